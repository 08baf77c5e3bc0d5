import type { AuditResult, FindingResult } from '../../result.ts';
import { isQuiet } from '../findings.ts';
import { baselineDetail, plural, scopeDetail, verdictDetail, verdictLabels } from '../words.ts';
import { html, sentence, type Markup } from './markup.ts';

/** The answer first: ready or not, why, and in four numbers how big it is. */
export function verdict(result: AuditResult, listed: readonly FindingResult[]): Markup {
  const { state, blockers, risks, possible, dependent } = result.verdict;
  const { sites, opaque, partial } = result.coverage;
  const numbers: readonly [string, string | number][] = [
    ['blockers', blockers],
    ['risks', risks],
    ['possible, or if a setting differs', possible + dependent],
    ['SQL sites read in full', sites === 0 ? 'none found' : `${sites - partial - opaque} of ${sites}`],
  ];
  return html`<div class="verdict ${state}">
    <h1>${verdictLabels[state]}</h1>
    ${explanation(result, listed)} ${part(result)}
    <dl class="numbers">
      ${numbers.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

function explanation(result: AuditResult, listed: readonly FindingResult[]): Markup {
  const { state, blockers, risks, dependent } = result.verdict;
  if (state === 'nothing-examined') return html`<p>${sentence(verdictDetail(result))}</p>`;
  const blocking = listed.filter((finding) => finding.severity === 'error' && !isQuiet(finding));
  const files = new Set(blocking.map(({ file }) => file)).size;
  // What is listed may be a part of what the verdict is about.
  const where = blocking.length === blockers ? ` in ${plural(files, 'file')}` : '';
  const first =
    blockers > 0
      ? `${plural(blockers, 'place')}${where} ${blockers === 1 ? 'breaks' : 'break'} when PgBouncer gives out server connections per transaction. Fix ${blockers === 1 ? 'it' : 'them'} before the switch.`
      : 'Nothing was found that breaks when PgBouncer gives out server connections per transaction.';
  const rest = [
    ...(risks > 0 ? [`${plural(risks, 'risk')} may follow after it.`] : []),
    ...(dependent > 0
      ? [`${plural(dependent, 'more finding')} would count if a setting is not what was assumed: see what the verdict assumes.`]
      : []),
  ];
  return html`<p>${first} ${rest.join(' ')}</p>
    <p class="quiet">
      In transaction mode every transaction may run on another PostgreSQL connection. What is left on one (a setting, a lock, a LISTEN, a
      temporary table) meets whoever gets it next.
    </p>`;
}

function part(result: AuditResult): Markup | false {
  const details = [scopeDetail(result), baselineDetail(result)].filter((detail) => detail !== undefined);
  return details.length > 0 && html`<p>${sentence(details.join(' '))}</p>`;
}
