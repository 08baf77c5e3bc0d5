import type { Range } from '../place.ts';
import { grammar } from '../sql/grammar.ts';
import type { QuerySite } from './site.ts';

/**
 * The fingerprint of the statement of a query that a range stands in, as libpg_query makes it: the same for statements that differ in their constants
 * only, and so the same as in `pg_stat_statements` and in a log. A hole counts as a constant.
 *
 * @returns `undefined` where the text cannot be read: a hole may stand for more than a value
 */
export function statementFingerprint({ text, script }: QuerySite, range: Range): string | undefined {
  let parameters = 0;
  let sql = '';
  for (const part of text.parts) {
    if (part.kind === 'constant') sql += part.value;
    else if (part.role === 'value') sql += `$${++parameters}`;
    else return undefined;
  }
  const parsed = grammar.parse(sql);
  if (parsed.outcome !== 'parsed') return undefined;
  // A statement of its own range, where the string has several.
  const index = script.statements.findIndex((statement) => statement.range[0] <= range[0] && range[0] < statement.range[1]);
  const { stmt_location = 0, stmt_len } =
    parsed.statements[parsed.statements.length === script.statements.length ? Math.max(0, index) : 0] ?? {};
  const [start, end] = [parsed.offset(stmt_location), stmt_len ? parsed.offset(stmt_location + stmt_len) : sql.length];
  return parsed.statements.length > 1 && index < 0 ? undefined : grammar.fingerprint(sql.slice(start, end));
}
