import { connected } from './connect.ts';

/** What a running PostgreSQL says, as far as the user may see it. */
export interface PostgresAnswers {
  readonly version: number;
  readonly settings: Readonly<Record<string, string>>;
  /** Settings of roles and databases; the value of a parameter with a dot in its name is not kept: it may be a secret of the application. */
  readonly roleSettings: readonly { readonly role: string; readonly database: string; readonly name: string; readonly value?: string }[];
  readonly sessions: readonly PostgresSession[];
  readonly advisoryLocks: readonly { readonly pid: number; readonly key: string; readonly mode: string }[];
  /** False where the user may not see what others run. */
  readonly seesOthers: boolean;
}

export interface PostgresSession {
  readonly pid: number;
  readonly user: string;
  readonly database: string;
  readonly application: string;
  readonly state: string;
  /** Seconds since its state changed. */
  readonly since: number;
  /** Its last statement began with LISTEN; of others nothing of the text is kept. */
  readonly listens: boolean;
}

const names = [
  'max_connections',
  'superuser_reserved_connections',
  'idle_in_transaction_session_timeout',
  'statement_timeout',
  'server_version_num',
];

/**
 * Asks PostgreSQL in one transaction that is read-only and short, so that nothing is left behind, also through a pooler.
 *
 * @throws UsageError where it cannot be reached
 */
export async function askPostgres(url: string, timeout: number): Promise<PostgresAnswers> {
  return connected(url, { name: 'PostgreSQL', timeout }, async (client) => {
    await client.query('BEGIN TRANSACTION READ ONLY');
    await client.query(`SET LOCAL statement_timeout = ${Math.ceil(timeout * 1000)}`);
    await client.query('SET LOCAL lock_timeout = 1000');
    const settings = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_catalog.pg_settings where name = any($1)',
      [names],
    );
    const roles = await client.query<{ role: string | null; database: string | null; config: readonly string[] }>(
      `select r.rolname as role, d.datname as database, s.setconfig as config from pg_catalog.pg_db_role_setting s
         left join pg_catalog.pg_roles r on r.oid = s.setrole left join pg_catalog.pg_database d on d.oid = s.setdatabase
        order by 2 nulls first, 1 nulls first`,
    );
    const sessions = await client.query<
      Record<'pid' | 'since', number> &
        Record<'user' | 'database' | 'application' | 'state', string | null> & { listens: boolean; visible: boolean }
    >(
      `select pid, usename as user, datname as database, application_name as application, state,
              coalesce(extract(epoch from now() - state_change), 0)::float8 as since,
              coalesce(query ~* '^\\s*listen\\s', false) as listens, query <> '<insufficient privilege>' as visible
         from pg_catalog.pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by pid`,
    );
    const locks = await client.query<{ pid: number; key: string; mode: string }>(
      `select pid, case when objsubid = 1 then ((classid::bigint << 32) | objid::bigint)::text else classid || ', ' || objid end as key, mode
         from pg_catalog.pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid() order by pid, 2`,
    );
    await client.query('ROLLBACK');
    const values = Object.fromEntries(settings.rows.map(({ name, setting }) => [name, setting]));
    return {
      version: Number(values['server_version_num'] ?? 0),
      settings: values,
      roleSettings: roles.rows.flatMap(({ role, database, config }) =>
        config.map((entry) => {
          const at = entry.indexOf('=');
          const name = entry.slice(0, at);
          return {
            role: role ?? 'all roles',
            database: database ?? 'all databases',
            name,
            ...(!name.includes('.') && { value: entry.slice(at + 1) }),
          };
        }),
      ),
      sessions: sessions.rows.map(({ pid, user, database, application, state, since, listens }) => ({
        pid,
        user: user ?? '',
        database: database ?? '',
        application: application ?? '',
        state: state ?? '',
        since: Math.round(since),
        listens,
      })),
      advisoryLocks: locks.rows,
      seesOthers: sessions.rows.every(({ visible }) => visible),
    };
  });
}
