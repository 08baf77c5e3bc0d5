/** One escape of a JavaScript string or template, or a line end that a template normalises. */
const escapeSequence = /\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|x([0-9a-f]{2})|([0-3][0-7]{0,2}|[4-7][0-7]?)|(\r\n|[^]))|\r\n?/gi;

const singleCharacterEscapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  // Line continuations stand for nothing.
  '\n': '',
  '\r': '',
  '\r\n': '',
  '\u2028': '',
  '\u2029': '',
};

/**
 * Decodes what stands between the quotes of a JavaScript string, or in one chunk of a template literal.
 *
 * @param raw the source text, without its quotes, backticks or `${` `}`
 * @returns the value, and the offset in `raw` of every UTF-16 unit of it and of its end; `offsets` is undefined when the
 *   value is `raw` itself. An escape that JavaScript refuses (`\u{}`, `\xZ`) stays as it is written.
 */
export function cookedOffsets(raw: string): { value: string; offsets: number[] | undefined } {
  if (!raw.includes('\\') && !raw.includes('\r')) return { value: raw, offsets: undefined };

  let value = '';
  const offsets: number[] = [];
  let at = 0;
  const copyUpTo = (end: number) => {
    value += raw.slice(at, end);
    for (; at < end; at++) offsets.push(at);
  };

  for (const match of raw.matchAll(escapeSequence)) {
    const cooked = meaning(match);
    if (cooked === undefined) continue;
    copyUpTo(match.index);
    value += cooked;
    for (let unit = 0; unit < cooked.length; unit++) offsets.push(at);
    at += match[0].length;
  }
  copyUpTo(raw.length);
  offsets.push(at);
  return { value, offsets };
}

/** The text that an escape stands for; undefined when JavaScript refuses it. */
function meaning([all, codePoint, unit, byte, octal, character]: RegExpExecArray): string | undefined {
  const hexadecimal = codePoint ?? unit ?? byte;
  if (hexadecimal !== undefined) {
    const code = Number.parseInt(hexadecimal, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
  }
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
  if (character === undefined) return all.startsWith('\r') ? '\n' : undefined;
  if (character === 'u' || character === 'x') return undefined;
  return singleCharacterEscapes[character] ?? character;
}
