import type { PoolerSettings } from './servers/pgbouncer.ts';
import { poolerVersions } from './servers/pooler-versions.ts';

/** What an experiment connects to. */
export interface Environment {
  /** Names it in results and pages: `1.24`, `1.24 mps=0`, `session 1.24`, `direct`. */
  readonly id: string;
  readonly mode: 'transaction' | 'session' | 'direct';
  /** Major and minor of PgBouncer; undefined where the connection is direct. */
  readonly version?: string;
  /** What `max_prepared_statements` is in force; 0 where the version has none. */
  readonly maxPreparedStatements: number;
  readonly settings: PoolerSettings;
  /** The PostgreSQL behind it: the one that is installed (15 on Debian 12), or 18, which reports more parameters. */
  readonly postgresql: 'installed' | '18';
  /** The kind of connection in words, the version apart: `in transaction mode`. */
  readonly manner: string;
}

/** Every experiment runs in these: transaction mode of each version, and as controls session mode of each and a direct connection. */
export const standardEnvironments: readonly Environment[] = [
  ...poolerVersions.flatMap(({ version, maxPreparedStatements }) => [
    transaction(version, '', {}, 'transaction mode', maxPreparedStatements),
    ...(maxPreparedStatements > 0
      ? [transaction(version, ' mps=0', { max_prepared_statements: 0 }, 'transaction mode with max_prepared_statements = 0', 0)]
      : []),
  ]),
  ...poolerVersions.map(({ version, maxPreparedStatements }): Environment => ({
    id: `session ${version}`,
    mode: 'session',
    version,
    maxPreparedStatements,
    settings: { pool_mode: 'session' },
    postgresql: 'installed',
    manner: 'in session mode',
  })),
  { id: 'direct', mode: 'direct', maxPreparedStatements: 0, settings: {}, postgresql: 'installed', manner: 'without a pooler' },
];

const ignored = 'options,search_path,statement_timeout,lock_timeout,idle_in_transaction_session_timeout';

/** Configurations that only some experiments are about; those name them. */
export const specialEnvironments: readonly Environment[] = [
  ...poolerVersions.flatMap(({ version, maxPreparedStatements }) => [
    transaction(
      version,
      ' ignore',
      { ignore_startup_parameters: ignored },
      `transaction mode with ignore_startup_parameters = ${ignored}`,
      maxPreparedStatements,
    ),
    transaction(
      version,
      ' pool=1',
      { default_pool_size: 1, query_wait_timeout: 1 },
      'transaction mode with default_pool_size = 1 and query_wait_timeout = 1',
      maxPreparedStatements,
    ),
    transaction(version, ' clients=20', { max_client_conn: 20 }, 'transaction mode with max_client_conn = 20', maxPreparedStatements),
    transaction(version, ' idle=1', { client_idle_timeout: 1 }, 'transaction mode with client_idle_timeout = 1', maxPreparedStatements),
    transaction(version, ' statement', { pool_mode: 'statement' }, 'statement mode', maxPreparedStatements),
  ]),
  {
    ...transaction(
      '1.24',
      ' pg18',
      { track_extra_parameters: 'IntervalStyle,search_path' },
      'transaction mode with track_extra_parameters = IntervalStyle,search_path, PostgreSQL 18',
      200,
    ),
    postgresql: '18',
  },
  { ...transaction('1.26', ' pg18', {}, 'transaction mode, PostgreSQL 18', 200), postgresql: '18' },
];

/** The environments in which PgBouncer keeps search_path per client: PostgreSQL reports it from 18 on, and 1.24 has to be told to look. */
export const searchPathTracked = ['1.24 pg18', '1.26 pg18'];

/** @throws Error where no environment has this id */
export function environment(id: string): Environment {
  const found = [...standardEnvironments, ...specialEnvironments].find((candidate) => candidate.id === id);
  if (!found) throw new Error(`No environment is called "${id}".`);
  return found;
}

function transaction(
  version: string,
  suffix: string,
  settings: PoolerSettings,
  manner: string,
  maxPreparedStatements: number,
): Environment {
  return {
    id: `${version}${suffix}`,
    mode: 'transaction',
    version,
    maxPreparedStatements,
    // Small enough that a load of a few dozen clients shares servers.
    settings: { pool_mode: 'transaction', default_pool_size: 8, ...settings },
    postgresql: 'installed',
    manner: `in ${manner}`,
  };
}
