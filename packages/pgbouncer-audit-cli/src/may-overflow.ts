/**
 * Depths at which `oxc-parser` 0.159 was seen to end the whole process with a segmentation fault (8 MB of stack):
 * 5,000 nested brackets or templates, 20,000 links of `a => a =>`, `a ? b :`, `if .. else if`, `new new`. The limits keep far below.
 */
const maxBrackets = 500;
const maxLinks = 4_000;
const maxExpressionLength = 20_000;

const elsePattern = /\belse\b/g;

/**
 * Whether a text might be nested too deeply for a native parser, which has no way to say so but to crash.
 * Errs towards true: strings and comments count like code.
 */
export function mayOverflow(text: string): boolean {
  let depth = 0;
  let links = 0;
  let expressionStart = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 40: // (
      case 91: // [
      case 123: // {
        if (++depth > maxBrackets) return true;
        break;
      case 41: // )
      case 93: // ]
        if (depth > 0) depth--;
        break;
      case 63: // ?
        links++;
        break;
      case 62: // >
        if (text.charCodeAt(at - 1) === 61) links++;
        break;
      case 59: // ;
        links = 0;
        expressionStart = at;
        break;
      case 125: // }
        if (depth > 0) depth--;
        expressionStart = at;
        break;
      case 44: // ,
        expressionStart = at;
        break;
    }
    if (links > maxLinks || at - expressionStart > maxExpressionLength) return true;
  }
  // A text shorter than this cannot hold enough of them.
  return text.length > maxLinks * 5 && (text.match(elsePattern)?.length ?? 0) > maxLinks;
}
