/** Controls of a terminal, and of the direction of a text; characters without a width; halves of a pair; what no text may hold. */
const unprintable =
  /[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/**
 * Text of the repository (a file name, a line of code) as a report may show it: characters that could move the cursor, change colours or
 * turn the direction of the text become visible. Every character stays one, so that columns keep their place.
 */
export function printable(text: string): string {
  return text.replace(/\t/g, ' ').replace(unprintable, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\uFFFD';
  });
}

/** The same for every text of a value, keys included. */
export function printableValue<T>(value: T): T;
export function printableValue(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map((each: unknown) => printableValue(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [printable(key), printableValue(each)]));
}
