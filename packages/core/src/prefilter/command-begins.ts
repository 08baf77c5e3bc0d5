/** How many blanks are looked over. */
const maxBlanks = 99;

/**
 * Whether a command of SQL can begin at an offset of a source text: at the start of a string, of a template or of a line of one (also an escaped
 * one), behind another statement, a comment or a hole; with brackets before it or not.
 */
export function commandBegins(text: string, start: number): boolean {
  for (let at = start - 1; at >= start - maxBlanks; at--) {
    switch (text.charCodeAt(at)) {
      case 32: // blank
      case 9: // tab
      case 40: // (
        continue;
      case 10: // new line: the first of any line
      case 13:
      case 34: // "
      case 39: // '
      case 96: // `
      case 59: // ;
      case 125: // }
        return true;
      case 47: // */
        return text.charCodeAt(at - 1) === 42;
      case 110: // \n
      case 114: // \r
      case 116: // \t
        return text.charCodeAt(at - 1) === 92;
      default:
        // Not a number before the first character.
        return at < 0;
    }
  }
  return false;
}
