import type { CoverageResult } from '../../result.ts';
import { coverageDetail, leftOutDetail, plural } from '../words.ts';
import { html, type Markup } from './markup.ts';

/** How much of the SQL was read, and every file and place of which nothing can be said. */
export function coverage(read: CoverageResult): Markup {
  const { sites, partial, opaque, opaqueSites, skipped, notes } = read;
  const left = leftOutDetail(read);
  return html`<p>${coverageDetail(read)}${left && ` Left out: ${left}.`}</p>
    ${sites > 0 && bar(sites, partial, opaque)}
    ${
      skipped.length > 0 &&
      html`<h3>Files that could not be examined</h3>
        <ul>
          ${skipped.map(({ file, line, reason, detail }) => html`<li><span class="place">${file}${line !== undefined && `:${line}`}</span>: ${reason} (${detail})</li>`)}
        </ul>`
    }
    ${
      opaqueSites.length > 0 &&
      html`<details>
        <summary>${plural(opaqueSites.length, 'place')} whose SQL could not be read</summary>
        <ul class="places">
          ${opaqueSites.map(({ file, line }) => html`<li class="place">${file}:${line}</li>`)}
        </ul>
      </details>`
    }
    ${
      notes.length > 0 &&
      html`<details>
        <summary>${plural(notes.length, 'note')} on how files were read</summary>
        <ul>
          ${notes.map(({ file, note }) => html`<li><span class="place">${file}</span>: ${note}</li>`)}
        </ul>
      </details>`
    }`;
}

function bar(sites: number, partial: number, opaque: number): Markup {
  const share = (count: number): number => Math.round((count / sites) * 1000) / 10;
  const [part, none] = [share(partial), share(opaque)];
  const whole = 100 - part - none;
  return html`<div class="bar" aria-hidden="true">
    <svg viewBox="0 0 100 1" preserveAspectRatio="none">
      <rect class="read" width="${whole}" height="1" />
      <rect class="part" x="${whole}" width="${part}" height="1" />
      <rect class="none" x="${whole + part}" width="${none}" height="1" />
    </svg>
  </div>`;
}
