import { type Directive, reasonOf } from '../directive.ts';
import type { Range } from '../place.ts';
import type { SuppressionProblem } from '../suppression.ts';
import { grammar, type Token } from './grammar.ts';

const word = 'pgbouncer-ignore';

/**
 * The directives in the comments of an SQL file, as PostgreSQL's own scanner tells comments from strings:
 *
 * - `-- pgbouncer-ignore RULE[, RULE]: reason` reaches the statement that follows; behind code, what begins on its line;
 * - `-- pgbouncer-ignore-file RULE[, RULE]: reason` reaches the whole file.
 *
 * Comments in the block of a `DO` are read as well.
 *
 * @param path as findings spell it
 */
export function sqlDirectives(
  path: string,
  text: string,
): { readonly directives: readonly Directive[]; readonly problems: readonly SuppressionProblem[] } {
  if (!text.includes(word)) return { directives: [], problems: [] };
  const directives = directivesIn(path, text, [0, text.length]);
  if (directives !== undefined) return { directives, problems: [] };
  const at = text.indexOf(word);
  return {
    directives: [],
    problems: [
      {
        kind: 'unread',
        message: `PostgreSQL's scanner cannot read this file (a string or comment without end, or it is too long), so no \`${word}\` in it counts.`,
        place: { file: path, range: [at, at + word.length] },
      },
    ],
  };
}

/** The directives of a stretch of the text; `undefined` where the scanner cannot read it. */
function directivesIn(file: string, text: string, [from, to]: Range): readonly Directive[] | undefined {
  const scanned = grammar.scanWithComments(text.slice(from, to));
  if (scanned === undefined) return undefined;
  const shift = <T extends Pick<Token, 'start' | 'end'>>(each: T) => ({ ...each, start: each.start + from, end: each.end + from });
  const tokens = scanned.tokens.map(shift);
  const found = scanned.comments.map(shift).flatMap((comment) => {
    const said = directiveOf(text.slice(comment.start, comment.end));
    if (!said) return [];
    const [start, end] = said.wholeFile ? [0, Number.POSITIVE_INFINITY] : reach(comment, tokens, text);
    const { rules, reason, until } = said;
    const directive: Directive = {
      rules,
      reason,
      ...(until !== undefined && { until }),
      place: { file, range: [comment.start, comment.end] },
      covers: ({ range }) => start <= range[0] && range[0] < end,
    };
    return [directive];
  });
  const inner = blocks(tokens).flatMap((block) => directivesIn(file, text, block) ?? []);
  return [...found, ...inner].sort((a, b) => a.place.range[0] - b.place.range[0]);
}

/** What a comment says, if it is a directive. */
function directiveOf(comment: string) {
  const content = comment.replace(/^(?:--+|\/\*+)|\*+\/$/g, '').trim();
  const match = /^pgbouncer-ignore(-file)?(?![\w-])([^]*)$/.exec(content);
  if (!match) return undefined;
  const said = match[2]!;
  const colon = said.indexOf(':');
  const names = colon < 0 ? (/^\s*[\w/-]+(?:\s*,\s*[\w/-]+)*/.exec(said)?.[0] ?? '') : said.slice(0, colon);
  return {
    wholeFile: match[1] !== undefined,
    rules: names
      .split(',')
      .map((name) => name.trim().replace(/^pgbouncer\//, ''))
      .filter((name) => name !== ''),
    ...reasonOf(colon < 0 ? '' : said.slice(colon + 1).replace(/\s+/g, ' ')),
  };
}

/** Behind code it is about its line, else about what follows up to the next semicolon. */
function reach(comment: Pick<Token, 'start' | 'end'>, tokens: readonly Token[], text: string): Range {
  const lineStart = text.lastIndexOf('\n', comment.start - 1) + 1;
  if (tokens.some(({ start, end }) => end > lineStart && start < comment.start)) {
    const lineEnd = text.indexOf('\n', comment.start);
    return [lineStart, lineEnd < 0 ? text.length : lineEnd];
  }
  const next = tokens.findIndex(({ start, text: token }) => start >= comment.end && token !== ';');
  const semicolon = next < 0 ? undefined : tokens.slice(next).find(({ text: token }) => token === ';');
  return [comment.end, semicolon?.end ?? text.length];
}

/** What stands between the dollar quotes of `DO` statements. */
function blocks(tokens: readonly Token[]): Range[] {
  const found: Range[] = [];
  let first: string | undefined;
  for (const { kind, text, start, end } of tokens) {
    const quote = kind === 'string' && first === 'do' ? /^\$[^$]*\$/.exec(text)?.[0].length : undefined;
    if (quote !== undefined) found.push([start + quote, end - quote]);
    first = text === ';' ? undefined : (first ?? text);
  }
  return found;
}
