import type { AuditResult } from '../../result.ts';
import { rowArithmetic, rowPlaces, sumDetail } from '../budget-words.ts';
import { html, sentence, type Markup } from './markup.ts';
import { table } from './table.ts';

/** How many connections the code may open, held against what PgBouncer and PostgreSQL take, with the arithmetic and what it rests on. */
export function budget({ budget: found }: AuditResult): Markup | undefined {
  if (!found) return undefined;
  const { rows, sums, assumptions } = found;
  return html`<ul>
      ${sums.map((sum) => html`<li>${sum.exceeded ? html`<strong>${sumDetail(sum)}</strong>` : sumDetail(sum)}</li>`)}
    </ul>
    ${table(
      'Connections',
      ['service', 'client', 'reckoned', 'at most', 'where'],
      rows.map((row) => [
        html`${row.service}`,
        html`<code>${row.client.label}</code>${row.reach === 'direct' && html` <span class="quiet">(direct)</span>`}`,
        html`${rowArithmetic(row)}`,
        html`${row.total}`,
        html`${[`${row.client.file}:${row.client.line}`, ...rowPlaces(row)].map((place, index) => html`${index > 0 && html`<br />`}<span class="place">${place}</span>`)}`,
      ]),
      'No client opens a connection.',
    )}
    ${
      assumptions.length > 0 &&
      html`<h3>What the numbers rest on</h3>
        <ul>
          ${assumptions.map((each) => html`<li>${sentence(each)}</li>`)}
        </ul>`
    }`;
}
