import type { AuditResult, Origin } from '../../result.ts';
import { dependencies } from '../findings.ts';
import { plural } from '../words.ts';
import { html, sentence, type Markup } from './markup.ts';

/** The pooler that the findings hold for, setting by setting: what was read, what was stated, and what nobody said. */
export function assumptions(result: AuditResult): Markup {
  const depending = (setting: string): Markup[] =>
    dependencies(result)
      .filter((each) => each.setting === setting)
      .map(({ count, holdsWhen }) => html`<div>${plural(count, 'finding')} when ${sentence(holdsWhen)}</div>`);
  return html`<p class="quiet">
      What was assumed is worth a look: where it is wrong, state the value under <code>profile</code> in
      <code>pgbouncer-audit.config.json</code>.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">setting</th>
          <th scope="col">value</th>
          <th scope="col">from</th>
          <th scope="col">what depends on it</th>
        </tr>
      </thead>
      <tbody>
        ${result.discovery.profile.map(
          ({ setting, value, source }) =>
            html`<tr>
              <td><code>${setting}</code></td>
              <td>${value || 'none'}</td>
              <td>${from(source)}</td>
              <td>${depending(setting)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function from(source: 'stated' | 'assumed' | Origin): Markup {
  if (source === 'assumed') return html`<strong>assumed</strong>`;
  return source === 'stated' ? html`stated in the configuration` : html`<span class="place">${source.file}:${source.line}</span>`;
}
