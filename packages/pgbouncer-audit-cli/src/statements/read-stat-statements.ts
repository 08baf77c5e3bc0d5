import { connected } from '../live/connect.ts';
import { UsageError } from '../errors.ts';
import type { SeenStatement } from './collect.ts';

/** Rows that are taken from the server at once. */
const chunk = 500;

/**
 * Reads `pg_stat_statements` in one transaction that is read-only and short.
 *
 * @returns how many texts could not be seen
 * @throws UsageError where the server cannot be reached, or does not have the extension
 */
export async function readStatStatements(
  url: string,
  timeout: number,
  add: (statement: SeenStatement) => void,
): Promise<{ hidden: number }> {
  return connected(url, { name: 'PostgreSQL', timeout }, async (client) => {
    await client.query('BEGIN TRANSACTION READ ONLY');
    await client.query(`SET LOCAL statement_timeout = ${Math.ceil(timeout * 1000)}`);
    const { rows: extension } = await client.query<{ schema: string }>(
      `select quote_ident(n.nspname) as schema from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements'`,
    );
    if (!extension[0]) {
      throw new UsageError(
        'The database has no pg_stat_statements. Add it to shared_preload_libraries, restart, run CREATE EXTENSION pg_stat_statements, and let the application run for a while; or give a log instead.',
      );
    }
    const view = `${extension[0].schema}.pg_stat_statements`;
    // What functions run themselves (PostgreSQL 14 and later tell) was not sent by a client.
    const { rows: columns } = await client.query(
      `select 1 from pg_catalog.pg_attribute where attrelid = $1::regclass and attname = 'toplevel'`,
      [view],
    );
    try {
      await client.query(
        `declare seen no scroll cursor for select s.query, s.calls::float8 as calls, r.rolname as user, d.datname as database from ${view} s
           left join pg_catalog.pg_roles r on r.oid = s.userid left join pg_catalog.pg_database d on d.oid = s.dbid
          ${columns.length > 0 ? 'where s.toplevel' : ''} order by s.calls desc, s.query`,
      );
    } catch (cause) {
      if ((cause as { code?: string }).code === '55000')
        throw new UsageError('pg_stat_statements is installed but not loaded. Add it to shared_preload_libraries, and restart PostgreSQL.');
      throw cause;
    }
    let hidden = 0;
    for (;;) {
      const { rows } = await client
        .query<{ query: string | null; calls: number; user: string | null; database: string | null }>(`fetch ${chunk} from seen`)
        .catch((cause: unknown) => {
          if ((cause as { code?: string }).code === '55000')
            throw new UsageError(
              'pg_stat_statements is installed but not loaded. Add it to shared_preload_libraries, and restart PostgreSQL.',
            );
          throw cause;
        });
      for (const { query, calls, user, database } of rows) {
        if (query === null || query === '<insufficient privilege>') hidden++;
        else
          add({
            sql: query,
            calls,
            named: false,
            context: 'unknown',
            ...(user !== null && { user }),
            ...(database !== null && { database }),
          });
      }
      if (rows.length < chunk) break;
    }
    await client.query('ROLLBACK');
    return { hidden };
  });
}
