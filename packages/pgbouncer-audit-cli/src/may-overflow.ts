/**
 * Depths at which `oxc-parser` 0.159 was seen to end the whole process with a segmentation fault (8 MB of stack):
 * 5,000 nested brackets or templates, 20,000 links of `a => a =>`, `a ? b :`, `if .. else if`, `new new`. The limits keep far below.
 */
const maxBrackets = 500;
const maxLinks = 4_000;
const maxStatementLength = 20_000;

const linkPattern = /\?|=>|\belse\b/g;

/**
 * Whether a text might be nested too deeply for a native parser, which has no way to say so but to crash.
 * Errs towards true: strings and comments count like code.
 */
export function mayOverflow(text: string): boolean {
  let depth = 0;
  let statementStart = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 40: // (
      case 91: // [
      case 123: // {
        if (++depth > maxBrackets) return true;
        break;
      case 125: // }
        statementStart = at;
        depth = Math.max(0, depth - 1);
        break;
      case 41: // )
      case 93: // ]
        depth = Math.max(0, depth - 1);
        break;
      case 59: // ;
        statementStart = at;
        break;
    }
    if (at - statementStart > maxStatementLength) return true;
  }
  // A text shorter than this cannot hold enough links.
  if (text.length < maxLinks * 4) return false;
  let links = 0;
  for (const _ of text.matchAll(linkPattern)) if (++links > maxLinks) return true;
  return false;
}
