import { printable } from '../printable.ts';

/** HTML that is trusted, because it was made by the tag below. */
class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Markup };

/** What may stand between the pieces of a template: text, which is escaped, and markup, which is not. Nothing comes of what is absent. */
type Value = string | number | false | undefined | Markup | readonly Value[];

/** HTML from a template. Every text in it is escaped, so that none can become markup; the template itself is trusted. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + valueText(values[index - 1]) + string));
}

/** Text of this program that is HTML already. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** A sentence in which code stands in backticks. */
export function sentence(text: string): Markup {
  const parts = text.split(/(`[^`]+`)/).map((part) => (/^`[^`]+`$/.test(part) ? html`<code>${part.slice(1, -1)}</code>` : html`${part}`));
  return html`${parts}`;
}

function valueText(value: Value): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(valueText).join('');
  return escaped(String(value));
}

function escaped(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
