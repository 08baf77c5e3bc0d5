/** What a name stands behind where it is no more than used: an argument, a parameter, an operand. */
const used = /(?:\(|\b(?:await|return|new|throw|typeof|yield|case|void|in|of))[ \t]*$/;

/** What takes a default export does not say so. */
const importsDefault = /\bimport\s+[\w$]+\s*(?:,|from\b)/;

/**
 * Whether a file may hold a name that another file declares: as a member, or bound by an import or a pattern. Where a name is a parameter, or a
 * variable of a function, of every file that has it (`db`, `tx`), a look at the text spares the parser most of them.
 *
 * What stands on the line before is not looked at, since a comment may end there.
 */
export function mayLeadElsewhere(text: string, name: string): boolean {
  if (name === 'default' && importsDefault.test(text)) return true;
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + name.length)) {
    if (continues(text.charCodeAt(at - 1)) || continues(text.charCodeAt(at + name.length))) continue;
    if (!used.test(text.slice(Math.max(0, at - 12), at))) return true;
  }
  return false;
}

/** Whether a character is part of a name. Beyond ASCII nearly every one is. */
function continues(code: number): boolean {
  return (
    (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 36 || code === 95 || code > 127
  );
}
