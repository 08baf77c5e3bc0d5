import type { AuditResult, FindingResult } from '../../result.ts';
import { byUrgency, dependencies, failureLabels, type WorkItem } from '../findings.ts';
import { groupBy } from '../../group-by.ts';
import { plural } from '../words.ts';
import { findingId, hazardLink } from './finding-list.ts';
import { html, sentence, type Markup } from './markup.ts';

/** How many files an item of work names; the list of findings has them all. */
const maxFiles = 8;

/** What to do on Monday: one piece of work for each family, and what is left to check before the switch. */
export function work(result: AuditResult, items: readonly WorkItem[]): Markup {
  const blocking = items.filter(({ blockers }) => blockers > 0).length;
  const intro =
    items.length === 0
      ? 'No code has to change.'
      : `${blocking > 0 ? `The first ${blocking === 1 ? 'item is' : `${blocking} are`} needed before the switch. ` : ''}In this order: what goes wrong without an error first, then what fails, then what waits or slows down.`;
  return html`<p class="quiet">${intro}</p>
    <ol class="work">
      ${items.map((item) => workItem(result, item))} ${beforeTheSwitch(result)}
    </ol>`;
}

function workItem(result: AuditResult, { id, family, failure, blockers, risks, quiet, findings }: WorkItem): Markup {
  const files = [...groupBy(byUrgency(findings), ({ file }) => file)];
  const hazards = [...groupBy(findings, ({ hazard }) => hazard)];
  const chips = [
    blockers > 0 && html`<span class="chip blocker">${plural(blockers, 'blocker')}</span> `,
    risks > 0 && html`<span class="chip risk">${plural(risks, 'risk')}</span> `,
    quiet > 0 && html`<span class="chip possible">${quiet} quiet</span> `,
  ];
  return html`<li${blockers === 0 && html` class="later"`}>
<div class="head"><h3>${family.title}</h3><span>${chips}</span></div>
<p>${sentence(family.breaks)}</p>
${
  family.cure.length > 0 &&
  html`<ol class="cure">
    ${family.cure.map((step) => html`<li>${sentence(step)}</li>`)}
  </ol>`
}
<p class="quiet">${plural(findings.length, 'place')} in ${plural(files.length, 'file')}. Worst case: ${failureLabels[failure]}. Why, with code to copy:</p>
<ul class="hazards">${hazards.map(([hazard, group]) => html`<li>${hazardLink(result, hazard)} <span class="quiet">${group.length}</span></li>`)}</ul>
<ul class="places">${files.slice(0, maxFiles).map(([file, group]) => html`<li class="place">${file}${placeLinks(result, group)}</li>`)}${
    files.length > maxFiles && html`<li><a href="#group-${id}">and ${plural(files.length - maxFiles, 'more file')}</a></li>`
  }</ul>
</li>
`;
}

function placeLinks({ findings: all }: AuditResult, findings: readonly FindingResult[]): Markup {
  const links = findings.map(
    (finding) => html`<a href="#${findingId(all, finding)}" aria-label="${finding.file}, line ${finding.line}">:${finding.line}</a>`,
  );
  return html`${links}`;
}

function beforeTheSwitch(result: AuditResult): Markup {
  const { discovery, coverage, verdict } = result;
  const assumed = discovery.profile.filter(({ source }) => source === 'assumed').length;
  const steps = [
    ...dependencies(result).map(
      ({ setting, assumed: value, holdsWhen, count }) =>
        html`Check <code>${setting}</code>, which was assumed to be ${value}: ${plural(count, 'more finding')}
          ${count === 1 ? 'counts' : 'count'} when ${sentence(holdsWhen)}.`,
    ),
    assumed > 0 &&
      html`Look over the <a href="#assumptions">${plural(assumed, 'setting')} that the verdict assumes</a>, and state in the configuration
        what differs.`,
    coverage.opaqueSites.length > 0 &&
      html`<a href="#coverage">Look at ${plural(coverage.opaqueSites.length, 'place')}</a> whose SQL could not be read.`,
    coverage.skipped.length > 0 &&
      html`<a href="#coverage">Look at ${plural(coverage.skipped.length, 'file')}</a> that could not be examined.`,
    verdict.state !== 'ready' &&
      html`Audit again, until it says ready. Then keep <code>pgbouncer-audit</code> in CI, so that nothing new gets in.`,
    verdict.state === 'ready' && html`Keep <code>pgbouncer-audit</code> in CI, so that nothing new gets in.`,
  ].filter((step) => step !== false);
  return html`<li class="later">
    <div class="head"><h3>Before the switch</h3></div>
    <ol class="cure">
      ${steps.map((step) => html`<li>${step}</li>`)}
    </ol>
  </li>`;
}
