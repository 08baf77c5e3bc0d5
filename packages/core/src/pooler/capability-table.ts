import type { PoolerProduct } from './profile.ts';

/**
 * What becomes of state that a session leaves on a server connection in transaction mode.
 * - `leak`: it stays there, for the next client; the client that made it may be elsewhere.
 * - `lost`: the pooler removes it when the transaction ends.
 * - `kept`: the pooler gives it to the client again, wherever it runs.
 * - `pinned`: the client keeps its server connection from then on, so that it works, and pools nothing.
 * - `setting`: kept where a setting that is off by default says so.
 */
export type StateFate = 'leak' | 'lost' | 'kept' | 'pinned' | 'setting' | 'unknown';

/** What can be asked of a pooler, with the values that answer. */
export interface Capabilities {
  /** Named protocol-level statements: `setting` where `max_prepared_statements`, or its like, has to be above 0. */
  readonly namedStatements: 'never' | 'setting' | 'always' | 'unknown';
  /** What that setting is where nobody sets it. */
  readonly preparedByDefault: number | 'unknown';
  /** `PREPARE` and `EXECUTE` in SQL. */
  readonly sqlPrepare: StateFate;
  /** A session-level `SET` of a parameter that is not tracked. */
  readonly sessionSet: StateFate;
  readonly setRole: StateFate;
  /** Parameters kept per client by themselves, lower case. */
  readonly tracked: readonly string[] | 'unknown';
  /** Whether every parameter that PostgreSQL reports is kept per client. */
  readonly tracksReported: boolean | 'unknown';
  /** A startup parameter that is not tracked. */
  readonly startup: 'refused' | 'dropped' | 'applied' | 'unknown';
  /** The startup parameter `options`: `parsed` where what is in it is treated one by one. */
  readonly startupOptions: 'refused' | 'parsed' | 'applied' | 'unknown';
  readonly advisoryLocks: StateFate;
  readonly listen: StateFate;
  readonly tempObjects: StateFate;
  /** What the pooler does to a server connection between two transactions. */
  readonly reset: string;
  /** Limits where nobody sets them. */
  readonly limits: string;
}

export type Capability = keyof Capabilities;

/** A document that says so. */
export type DocumentId = keyof typeof documents;

/** Experiments of the lab that show it, named as in a proof. */
export interface LabSource {
  readonly lab: string;
  readonly shows: readonly string[];
}

export interface Cell<K extends Capability = Capability> {
  readonly value: Capabilities[K];
  readonly source: DocumentId | LabSource;
}

export type Cells = { readonly [K in Capability]: Cell<K> };

/** One product from one version on; what a row of a version leaves out is as in the version before. */
export interface CapabilityRow {
  readonly product: PoolerProduct;
  /** `major.minor`; left out where the product is not told apart by versions. */
  readonly since?: string;
  /** The product is a PgBouncer, and has what the row leaves out from the PgBouncer of its version. */
  readonly isPgBouncer?: true;
  readonly cells: Partial<Cells>;
}

/** Where cells come from that the lab cannot show. */
export const documents = {
  features: { title: 'PgBouncer, feature map', at: 'https://www.pgbouncer.org/features.html' },
  config: { title: 'PgBouncer, configuration', at: 'https://www.pgbouncer.org/config.html' },
  changelog: { title: 'PgBouncer, changelog', at: 'https://www.pgbouncer.org/changelog.html' },
  azure: {
    title: 'Azure Database for PostgreSQL, parameters of PgBouncer',
    at: 'https://learn.microsoft.com/azure/postgresql/server-parameters/param-pgbouncer',
  },
  neon: { title: 'Neon, connection pooling', at: 'https://neon.com/faqs/postgres-services-built-in-connection-pooling' },
  neonPrepared: { title: 'Neon, prepared statements in the pooler', at: 'https://github.com/neondatabase/website/pull/1131' },
  neonStartup: { title: 'Neon, unsupported startup parameters', at: 'https://github.com/neondatabase/neon/issues/6291' },
  supavisorSettings: {
    title: 'Supavisor, settings',
    at: 'https://github.com/supabase/supavisor/blob/main/docs/configuration/env.md',
  },
  supavisorHandler: {
    title: 'Supavisor, source: resets in session mode only',
    at: 'https://github.com/supabase/supavisor/blob/main/lib/supavisor/db_handler.ex',
  },
  rds: { title: 'RDS Proxy, pinning', at: 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html' },
  pgcatConfig: { title: 'pgcat, configuration', at: 'https://github.com/postgresml/pgcat/blob/main/CONFIG.md' },
  pgcatServer: { title: 'pgcat, source: clean-up of a server', at: 'https://github.com/postgresml/pgcat/blob/main/src/server.rs' },
  pgdogMode: { title: 'PgDog, transaction mode', at: 'https://docs.pgdog.dev/features/transaction-mode' },
  pgdogPubSub: { title: 'PgDog, pub/sub', at: 'https://docs.pgdog.dev/features/connection-pooler/pub_sub/' },
  pgdogCleanup: {
    title: 'PgDog, source: clean-up of a server',
    at: 'https://github.com/pgdogdev/pgdog/blob/main/pgdog/src/backend/pool/cleanup.rs',
  },
  odysseyRules: { title: 'Odyssey, rules', at: 'https://github.com/yandex/odyssey/blob/master/docs/configuration/rules.md' },
  nothing: { title: 'nothing was found that says', at: undefined },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly at: string | undefined }>>;

function cell<K extends Capability>(value: Capabilities[K], source: Cell['source']): Cell<K> {
  return { value, source };
}

const unknown = { value: 'unknown', source: 'nothing' } as const;

const lab = (hazard: string, ...shows: string[]): LabSource => ({ lab: hazard, shows });

const firstTracked = ['client_encoding', 'datestyle', 'timezone', 'standard_conforming_strings'];

/** What the lab shows of every version that it runs, with the experiments that do. */
const labSources = {
  named: lab('no-named-prepared-statement', 'client.query({ name, text, values })'),
  sqlPrepare: lab('no-sql-prepare', 'PREPARE, then EXECUTE'),
  sessionSet: lab('no-session-set', "SET statement_timeout = '7777ms'"),
  setRole: lab('no-session-role', 'SET ROLE tenant_reader'),
  tracked: lab(
    'no-session-set',
    "SET TIME ZONE 'Asia/Tokyo'",
    "SET DateStyle = 'SQL, DMY'",
    'SET standard_conforming_strings = off',
    'SET IntervalStyle = iso_8601',
    "SET application_name = 'billing'",
  ),
  tracksReported: lab('no-session-role', 'SET SESSION AUTHORIZATION tenant_reader'),
  startup: lab('no-unsupported-startup-parameter', 'new Pool({ statement_timeout })'),
  startupOptions: lab(
    'no-unsupported-startup-parameter',
    "new Client({ options: '-c TimeZone=Asia/Tokyo' })",
    "new Client({ options: '-c statement_timeout=7777' })",
  ),
  advisoryLocks: lab('no-session-advisory-lock', 'mutual exclusion by pg_try_advisory_lock', 'a session lock whose client disconnects'),
  listen: lab('no-listen', 'LISTEN and the notification event'),
  tempObjects: lab(
    'no-session-temp-object',
    'CREATE TEMP TABLE staging AS SELECT 1 AS id, then its use',
    'CREATE TEMP TABLE with the name of a permanent one',
  ),
} as const;

/** What is the same in every version that the lab runs. */
const shownAlways: Partial<Cells> = {
  sqlPrepare: cell('leak', labSources.sqlPrepare),
  sessionSet: cell('leak', labSources.sessionSet),
  setRole: cell('leak', labSources.setRole),
  startup: cell('refused', labSources.startup),
  advisoryLocks: cell('leak', labSources.advisoryLocks),
  listen: cell('leak', labSources.listen),
  tempObjects: cell('leak', labSources.tempObjects),
};

/** The same cells, of the versions that the lab does not run. */
const documentedAlways: Partial<Cells> = {
  sqlPrepare: cell('leak', 'features'),
  sessionSet: cell('leak', 'features'),
  setRole: cell('leak', 'features'),
  startup: cell('refused', 'config'),
  advisoryLocks: cell('leak', 'features'),
  listen: cell('leak', 'features'),
  tempObjects: cell('leak', 'features'),
};

const withIntervalStyle = [...firstTracked, 'intervalstyle'];
const withApplicationName = [...withIntervalStyle, 'application_name'];

/** Every row. A profile of a version that has no row takes the row before it, one of an earlier version the first. */
export const capabilityTable: readonly CapabilityRow[] = [
  {
    product: 'pgbouncer',
    since: '1.18',
    cells: {
      ...shownAlways,
      namedStatements: cell('never', labSources.named),
      preparedByDefault: cell(0, labSources.named),
      tracked: cell(firstTracked, labSources.tracked),
      tracksReported: cell(false, labSources.tracksReported),
      startupOptions: cell('refused', labSources.startupOptions),
      reset: cell('none', 'config'),
      limits: cell('max_client_conn 100, default_pool_size 20', 'config'),
    },
  },
  {
    product: 'pgbouncer',
    since: '1.19',
    cells: {
      ...documentedAlways,
      namedStatements: cell('never', 'changelog'),
      preparedByDefault: cell(0, 'changelog'),
      tracked: cell(firstTracked, 'changelog'),
      tracksReported: cell(false, 'changelog'),
      startupOptions: cell('refused', 'changelog'),
    },
  },
  {
    product: 'pgbouncer',
    since: '1.20',
    cells: { tracked: cell(withIntervalStyle, 'changelog'), startupOptions: cell('parsed', 'changelog') },
  },
  { product: 'pgbouncer', since: '1.21', cells: { namedStatements: cell('setting', 'changelog') } },
  { product: 'pgbouncer', since: '1.22', cells: { tracked: cell(withApplicationName, 'changelog') } },
  { product: 'pgbouncer', since: '1.23', cells: {} },
  {
    product: 'pgbouncer',
    since: '1.24',
    cells: {
      ...shownAlways,
      namedStatements: cell('setting', labSources.named),
      preparedByDefault: cell(200, labSources.named),
      tracked: cell(withApplicationName, labSources.tracked),
      tracksReported: cell(false, labSources.tracksReported),
      startupOptions: cell('parsed', labSources.startupOptions),
    },
  },
  {
    product: 'pgbouncer',
    since: '1.25',
    cells: {
      ...documentedAlways,
      namedStatements: cell('setting', 'changelog'),
      preparedByDefault: cell(200, 'config'),
      tracked: cell(withApplicationName, 'changelog'),
      tracksReported: cell(false, 'changelog'),
      startupOptions: cell('parsed', 'changelog'),
    },
  },
  {
    product: 'pgbouncer',
    since: '1.26',
    cells: {
      ...shownAlways,
      namedStatements: cell('setting', labSources.named),
      preparedByDefault: cell(200, labSources.named),
      tracked: cell(withApplicationName, labSources.tracked),
      tracksReported: cell(true, labSources.tracksReported),
      startupOptions: cell('parsed', labSources.startupOptions),
    },
  },
  {
    product: 'azure-pgbouncer',
    isPgBouncer: true,
    cells: { preparedByDefault: cell(0, 'azure'), limits: cell('max_client_conn 5000, default_pool_size 50', 'azure') },
  },
  {
    product: 'neon',
    isPgBouncer: true,
    cells: {
      namedStatements: cell('always', 'neonPrepared'),
      preparedByDefault: unknown,
      startup: cell('refused', 'neonStartup'),
      startupOptions: cell('parsed', 'neonStartup'),
      sqlPrepare: cell('leak', 'neon'),
      sessionSet: cell('leak', 'neon'),
      setRole: cell('leak', 'neon'),
      advisoryLocks: cell('leak', 'neon'),
      listen: cell('leak', 'neon'),
      tempObjects: cell('leak', 'neon'),
      limits: cell('10,000 clients, 90 % of max_connections', 'neon'),
    },
  },
  {
    product: 'supavisor',
    cells: {
      namedStatements: cell('setting', 'supavisorSettings'),
      preparedByDefault: cell(0, 'supavisorSettings'),
      sqlPrepare: cell('leak', 'supavisorHandler'),
      sessionSet: cell('leak', 'supavisorHandler'),
      setRole: cell('leak', 'supavisorHandler'),
      tracked: unknown,
      tracksReported: unknown,
      startup: unknown,
      startupOptions: unknown,
      advisoryLocks: cell('leak', 'supavisorHandler'),
      listen: cell('leak', 'supavisorHandler'),
      tempObjects: cell('leak', 'supavisorHandler'),
      reset: cell('none', 'supavisorHandler'),
      limits: unknown,
    },
  },
  {
    product: 'rds-proxy',
    cells: {
      namedStatements: cell('always', 'rds'),
      preparedByDefault: unknown,
      sqlPrepare: cell('pinned', 'rds'),
      sessionSet: cell('pinned', 'rds'),
      setRole: cell('pinned', 'rds'),
      tracked: unknown,
      tracksReported: unknown,
      startup: unknown,
      startupOptions: unknown,
      advisoryLocks: cell('pinned', 'rds'),
      listen: cell('pinned', 'rds'),
      tempObjects: cell('pinned', 'rds'),
      reset: cell('none: a client that holds state keeps its server', 'rds'),
      limits: unknown,
    },
  },
  {
    product: 'pgcat',
    cells: {
      namedStatements: cell('setting', 'pgcatConfig'),
      preparedByDefault: unknown,
      sqlPrepare: cell('lost', 'pgcatServer'),
      sessionSet: cell('lost', 'pgcatServer'),
      setRole: cell('lost', 'pgcatServer'),
      tracked: unknown,
      tracksReported: unknown,
      startup: unknown,
      startupOptions: unknown,
      advisoryLocks: cell('leak', 'pgcatServer'),
      listen: unknown,
      tempObjects: cell('leak', 'pgcatServer'),
      reset: cell('RESET ROLE, RESET ALL, DEALLOCATE ALL, where the client changed something', 'pgcatServer'),
      limits: cell('pool_size 9 per user', 'pgcatConfig'),
    },
  },
  {
    product: 'pgdog',
    cells: {
      namedStatements: cell('always', 'pgdogMode'),
      preparedByDefault: unknown,
      sqlPrepare: unknown,
      sessionSet: cell('kept', 'pgdogMode'),
      setRole: cell('lost', 'pgdogCleanup'),
      tracked: unknown,
      tracksReported: unknown,
      startup: cell('applied', 'pgdogMode'),
      startupOptions: cell('applied', 'pgdogMode'),
      advisoryLocks: unknown,
      listen: cell('setting', 'pgdogPubSub'),
      tempObjects: cell('lost', 'pgdogCleanup'),
      reset: cell(
        'SET SESSION AUTHORIZATION DEFAULT, RESET ALL, pg_advisory_unlock_all(), DISCARD TEMP, where the client changed something',
        'pgdogCleanup',
      ),
      limits: unknown,
    },
  },
  {
    product: 'odyssey',
    cells: {
      namedStatements: cell('setting', 'odysseyRules'),
      preparedByDefault: cell(0, 'odysseyRules'),
      sqlPrepare: cell('lost', 'odysseyRules'),
      sessionSet: cell('lost', 'odysseyRules'),
      setRole: cell('lost', 'odysseyRules'),
      tracked: unknown,
      tracksReported: unknown,
      startup: unknown,
      startupOptions: unknown,
      advisoryLocks: cell('lost', 'odysseyRules'),
      listen: cell('setting', 'odysseyRules'),
      tempObjects: cell('lost', 'odysseyRules'),
      reset: cell('DISCARD ALL, unless pool_discard is off', 'odysseyRules'),
      limits: unknown,
    },
  },
];
