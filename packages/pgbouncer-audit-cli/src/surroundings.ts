import type { Lines } from './lines.ts';

/** How far up it is looked, and how many lines are taken: enough for any code that is read by people. */
const maxLookedAt = 2_000;
const maxTaken = 8;

/** A line that opens nothing: empty, a comment, or brackets that only close. */
const opensNothing = /^(?:$|\/\/|\/?\*|--|[)\]}>;,`'"\s]+$)/;

/**
 * The lines that a line stands below, by their indentation: the statement, the function, the class. They tell equal code in two places of
 * a file apart, and stay the same when lines are added, removed or changed beside it.
 */
export function surroundings(lines: Lines, line: number): string {
  const taken: string[] = [];
  let indentation = indentationOf(lines.text(line));
  for (let at = line - 1; at >= 1 && line - at < maxLookedAt && indentation > 0 && taken.length < maxTaken; at--) {
    const text = lines.text(at).slice(0, 200);
    if (opensNothing.test(text.trim())) continue;
    const own = indentationOf(text);
    if (own >= indentation) continue;
    taken.push(text.trim().replace(/\s+/g, ' '));
    indentation = own;
  }
  return taken.join('\n');
}

function indentationOf(text: string): number {
  return /^[ \t]*/.exec(text)![0].length;
}
