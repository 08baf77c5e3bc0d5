import type { AuditResult, CallPathResult, EvidenceResult, FindingResult } from '../../result.ts';
import { byUrgency, label, type WorkItem } from '../findings.ts';
import { groupBy } from '../../group-by.ts';
import { callPathLabels, dependsDetail, plural } from '../words.ts';
import { html, sentence, type Markup } from './markup.ts';

/** The anchor of a finding. Its number, because a fingerprint says nothing to who reads an address. */
export function findingId(all: readonly FindingResult[], finding: FindingResult): string {
  return `finding-${all.indexOf(finding) + 1}`;
}

/** Every finding that is listed, by family in the order of the work, with the form that filters them. */
export function findingList(result: AuditResult, items: readonly WorkItem[]): Markup {
  if (items.length === 0) return html`<p class="quiet">None.</p>`;
  return html`${filter(items)}
  ${items.map(
    ({ id, family, findings }) =>
      html`<div class="group" id="group-${id}">
        <h3 class="family">${family.title} <span class="quiet">(${findings.length})</span></h3>
        ${byUrgency(findings).map((finding) => article(result, finding, id))}
      </div> `,
  )}`;
}

/** What does not count: only possible, or true for another value of a setting. Folded, because nobody has to act on it. */
export function quietFindings(result: AuditResult, findings: readonly FindingResult[]): Markup | undefined {
  if (findings.length === 0) return undefined;
  return html`<p class="quiet">
      Only possible, because something could not be read, or true only for another value of a setting that was assumed.
    </p>
    <details>
      <summary>${plural(findings.length, 'finding')}</summary>
      ${[...groupBy(findings, ({ hazard }) => hazard)].map(([, group]) => group.map((finding) => article(result, finding)))}
    </details>`;
}

/** Findings that stand, and that a baseline says to be worked off later. */
export function knownFindings(result: AuditResult, findings: readonly FindingResult[]): Markup | undefined {
  if (findings.length === 0) return undefined;
  return html`<details>
    <summary>${plural(findings.length, 'finding')}</summary>
    ${findings.map((finding) => article(result, finding))}
  </details>`;
}

/** Findings that a comment in the code says not to count, with the reason it gives. */
export function suppressedFindings(result: AuditResult, findings: readonly FindingResult[]): Markup | undefined {
  if (findings.length === 0 && result.suppressionProblems.length === 0) return undefined;
  const problems = result.suppressionProblems.map(
    ({ file, line, message }) => html`<li><span class="place">${file}:${line}</span> ${sentence(message)}</li>`,
  );
  return html`${
    problems.length > 0 &&
    html`<p>Comments that suppress nothing, or not any more:</p>
      <ul>
        ${problems}
      </ul>`
  }
  ${
    findings.length > 0 &&
    html`<details>
      <summary>${plural(findings.length, 'finding')}</summary>
      ${findings.map((finding) => article(result, finding))}
    </details>`
  }`;
}

function filter(items: readonly WorkItem[]): Markup {
  const kinds = [...new Set(items.flatMap(({ findings }) => findings.map(label)))];
  const order = ['blocker', 'risk', 'info', 'depends', 'possible'];
  return html`<form class="filter" hidden role="search" aria-label="Filter the findings">
    <label>Search <input type="search" name="words" autocomplete="off" placeholder="file, hazard, SQL" /></label>
    <label
      >Family
      <select name="family">
        <option value="">all</option>
        ${items.map(({ id, family, findings }) => html`<option value="${id}">${family.title} (${findings.length})</option>`)}
      </select></label
    >
    <fieldset aria-label="Kinds">
      ${order
        .filter((kind) => kinds.includes(kind))
        .map((kind) => html`<label class="inline"><input type="checkbox" name="kind" value="${kind}" checked /> ${kind}</label>`)}
    </fieldset>
    <output role="status"></output>
  </form>`;
}

function article(result: AuditResult, finding: FindingResult, family = ''): Markup {
  const { hazard, file, line, column, message, confidence, dependsOn, evidence, callPaths, suggestions, suppression } = finding;
  const kind = suppression ? 'suppressed' : label(finding);
  const title = `${file}:${line}:${column}`;
  return html`<article class="finding" id="${findingId(result.findings, finding)}" data-family="${family}" data-kind="${kind}">
    ${family ? html`<h4 class="title place">${title}</h4>` : html`<h3 class="title place">${title}</h3>`}
    <p class="meta"><span class="chip ${kind}">${kind}</span> ${hazardLink(result, hazard)} <span class="quiet">${confidence}</span></p>
    ${frame(finding)}
    <p>${sentence(message)}</p>
    ${dependsOn && html`<p>${sentence(dependsDetail(dependsOn))}</p>`}
    ${suppression && html`<p>Suppressed at <span class="place">${suppression.place.file}:${suppression.place.line}</span>${suppression.until && ` until ${suppression.until}`}: ${suppression.reason}</p>`}
    ${suggestions.map((suggestion) => html`<p class="fix"><strong>Fix:</strong> ${sentence(suggestion.message)}.</p>`)} ${chain(evidence)}
    ${callPaths?.map((path) => way(finding, path))}
  </article> `;
}

/** A link to the page of a hazard. A saved result may say anything; what leads to no web page is no link. */
export function hazardLink({ hazards }: AuditResult, hazard: string): Markup {
  const url = hazards[hazard]?.url ?? '';
  return /^https:\/\//.test(url) ? html`<a href="${url}" rel="noopener noreferrer">${hazard}</a>` : html`<span>${hazard}</span>`;
}

function frame({ line, frame: { text, start, end } }: FindingResult): Markup | undefined {
  if (text.trim() === '') return undefined;
  const indent = text.length - text.trimStart().length;
  const from = Math.min(indent, start - 1);
  return html`<pre
    class="frame"
  ><span class="line">${line}</span><code>${text.slice(from, start - 1)}<mark>${text.slice(start - 1, end - 1)}</mark>${text.slice(end - 1)}</code></pre>`;
}

function chain(evidence: readonly EvidenceResult[]): Markup | undefined {
  if (evidence.length === 0) return undefined;
  return html`<ol class="because" aria-label="Because">
    ${evidence.map(
      ({ text, place }, index) =>
        html`<li>
          ${index === 0 ? 'because ' : '← '}${sentence(text)}${place && html` <span class="place">${place.file}:${place.line}:${place.column}</span>`}
        </li>`,
    )}
  </ol>`;
}

/** A way by which the place is reached, in the order in which it runs. */
function way({ file, line, column }: FindingResult, { transaction, steps }: CallPathResult): Markup {
  const title = callPathLabels[transaction];
  return html`<ol class="because" aria-label="Reached ${title}">
    <li><strong>${title}</strong></li>
    ${steps.map(
      ({ text, place }) =>
        html`<li>→ ${sentence(text)}${place && html` <span class="place">${place.file}:${place.line}:${place.column}</span>`}</li>`,
    )}
    <li>→ this statement <span class="place">${file}:${line}:${column}</span></li>
  </ol>`;
}
