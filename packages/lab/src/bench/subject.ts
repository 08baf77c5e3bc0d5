import type pg from 'pg';
import type postgres from 'postgres';

/** A connection of any driver, to be asked something on. */
export type Subject = Pick<pg.Client, 'query'> | Pick<postgres.Sql, 'unsafe'>;

/** A row, by column. */
export type Row = Record<string, unknown>;

/**
 * Runs a text by the simple query protocol, which leaves nothing prepared behind.
 *
 * @returns the rows of its last statement
 */
export async function ask(subject: Subject, text: string): Promise<Row[]> {
  const result: unknown = 'unsafe' in subject ? await subject.unsafe(text) : await subject.query(text);
  return rowsOf(result);
}

function rowsOf(result: unknown): Row[] {
  if (!Array.isArray(result)) return (result as { rows: Row[] }).rows;
  // Several statements: pg gives one result for each, postgres.js one list of rows for each.
  const last: unknown = result.at(-1);
  if (Array.isArray(last)) return [...(last as Row[])];
  if (typeof last === 'object' && last !== null && 'rows' in last && 'command' in last) return (last as { rows: Row[] }).rows;
  return [...(result as Row[])];
}

/** The process id of the server connection that answers at this moment. */
export async function serverOf(subject: Subject): Promise<number> {
  const [row] = await ask(subject, 'select pg_backend_pid() as pid');
  return Number(row?.pid);
}

/** The role that the server connection was opened for, whatever it became since. */
export async function roleOf(subject: Subject): Promise<'app' | 'postgres'> {
  const [row] = await ask(subject, 'select usename as role from pg_stat_activity where pid = pg_backend_pid()');
  return row?.role === 'postgres' ? 'postgres' : 'app';
}

/** A setting as the connection sees it; `unset` where it has no value. */
export async function settingOf(subject: Subject, name: string): Promise<string> {
  const [row] = await ask(subject, `select coalesce(nullif(current_setting('${name}', true), ''), 'unset') as value`);
  return String(row?.value);
}
