import type pg from 'pg';
import { Problem } from './problem.ts';

/**
 * Takes the lock against a second run for the same database and prefix: a session-level advisory lock of PostgreSQL, on a connection that is known to
 * be direct. It is PostgreSQL itself that gives it back when the process dies, however it dies, so there is no time after which a lock counts as
 * abandoned and two runs could both believe that they hold it; a lock that is an object in the bucket would need one, and the right to delete.
 *
 * @throws Problem `locked`
 */
export async function takeLock(client: pg.Client, prefix: string): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${lockKey('$1')}) as taken`, [prefix]);
  if (rows[0]?.taken) return;
  const holder = await client.query<{ pid: number; since: Date; application: string; address: string | null }>(
    `select a.pid, a.backend_start as since, a.application_name as application, a.client_addr::text as address
     from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
       and (l.classid::bigint << 32 | l.objid::bigint) = ${lockKey('$1')}`,
    [prefix],
  );
  const [found] = holder.rows;
  const who = found
    ? ` It is server process ${found.pid} (${found.application || 'unnamed'}${found.address ? ` from ${found.address}` : ''}), connected since ${found.since.toISOString()}.`
    : '';
  throw new Problem('locked', `Another backup of this database is under way.${who} Wait for it, or find out why it does not end.`);
}

const lockKey = (prefix: string) => `hashtextextended('pg-backup:' || ${prefix}::text, 0)`;
