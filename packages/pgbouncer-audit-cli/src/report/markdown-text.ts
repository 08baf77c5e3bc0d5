import { printable } from './printable.ts';

/** Joins nothing and shows nothing: keeps `@name`, `#1` and `www.` from becoming a mention, a reference or a link. */
const joint = '\u2060';

/** Text of the repository as text of Markdown: no markup, no HTML, no mention and no link comes of it. */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
    .replace(/^(\s*)([-+=])/, '$1\\$2')
    .replace(/[@#]|:(?=\/\/)|\b(www)\./gi, (found) => (found.length > 1 ? `${found.slice(0, -1)}${joint}.` : `${found}${joint}`))
    .replace(/\b(GH)-(?=\d)/g, `$1${joint}-`)
    .replace(/^(\s*\d+)\./, '$1\\.')
    .replace(/^\s+|\s+$/g, '');
}

/** Text of the repository as a code span, in one line. Within a table, too. */
export function markdownCode(text: string): string {
  const shown = printable(text).replace(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const padded = /^`|`$/.test(shown) || shown === '' ? ` ${shown} ` : shown;
  return `${fence}${padded}${fence}`;
}

/** A sentence in which code stands in backticks; none of it is trusted. */
export function markdownSentence(text: string): string {
  return printable(text)
    .split(/(`[^`]+`)/)
    .map((part) => (/^`[^`]+`$/.test(part) ? markdownCode(part.slice(1, -1)) : spaced(part)))
    .join('');
}

/** The escaped text with the blanks that it had at its ends. */
function spaced(part: string): string {
  const [, before = '', text = '', after = ''] = /^(\s*)([^]*?)(\s*)$/.exec(part)!;
  return `${before && ' '}${markdownText(text)}${after && ' '}`;
}
