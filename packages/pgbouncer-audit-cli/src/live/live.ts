import { defaultProfile, type PoolerProfile } from '@pgbouncer-audit/core';
import { CheckPresenter } from '../checks/check-presenter.ts';
import { runChecks } from '../checks/run-checks.ts';
import { redactSettings } from '../checks/redact-settings.ts';
import type { Pooler } from '../deployment/facts.ts';
import { pgbouncerSettings } from '../deployment/pgbouncer-settings.ts';
import { redact } from '../redact.ts';
import type { AuditResult } from '../result.ts';
import { toolName, toolVersion } from '../tool.ts';
import { askAdminConsole, type AdminAnswers, type Row } from './admin-console.ts';
import { compare } from './compare.ts';
import type { LiveResult } from './live-result.ts';
import { observe, pooledPids } from './observe.ts';
import { askPostgres, type PostgresAnswers } from './postgres.ts';

/** The name under which findings show the answer of SHOW CONFIG. */
const configFile = 'SHOW CONFIG';

export interface LiveOptions {
  readonly adminUrl: string;
  readonly databaseUrl?: string;
  /** Seconds. */
  readonly timeout: number;
  /** What the audit assumed. */
  readonly assumed: Pick<AuditResult, 'discovery' | 'budget'>;
}

/**
 * Asks a running PgBouncer, and PostgreSQL where its URL is given, and holds the answers against what an audit assumed.
 *
 * @throws UsageError where one of them cannot be asked
 */
export async function live({ adminUrl, databaseUrl, timeout, assumed }: LiveOptions): Promise<LiveResult> {
  const console = await askAdminConsole(adminUrl, timeout);
  const postgres = databaseUrl === undefined ? undefined : await askPostgres(databaseUrl, timeout);

  const lines = console.config.map(({ key, value }) => `${key ?? ''} = ${isSecret(key) ? '***' : (value ?? '')}`);
  const differences = compare(assumed.discovery.profile, assumed.budget, console, postgres);
  const findings = runChecks(
    {
      deployment: {
        poolers: [poolerOf(console)],
        used: poolerOf(console),
        postgres: [],
        workloads: [],
        applications: [],
        variables: [],
        commands: [],
      },
      profile: profileOf(console),
      clients: [],
      findings: [],
      transactions: [],
      manifests: [],
      read: () => undefined,
    },
    new CheckPresenter(() => lines.join('\n')),
  )
    // PostgreSQL's own timeout does the same, and here it can be seen.
    .filter(({ hazard }) => hazard !== 'open-transaction-timeout' || !endsIdleTransactions(postgres))
    .toSorted((a, b) => a.line - b.line || (a.hazard < b.hazard ? -1 : 1));
  const observations = observe(console, postgres);

  const all = [...differences, ...findings.filter(({ dependsOn }) => !dependsOn), ...observations];
  const errors = all.filter(({ severity }) => severity === 'error').length;
  const pooled = pooledPids(console);
  return {
    kind: 'live',
    schemaVersion: 1,
    tool: { name: toolName, version: toolVersion },
    verdict: {
      state: differences.some(({ severity }) => severity === 'error') ? 'differs' : errors > 0 ? 'trouble' : 'as-assumed',
      errors,
      warnings: all.filter(({ severity }) => severity === 'warning').length,
    },
    pooler: {
      version: console.version,
      settings: console.config.flatMap(({ key, value, default: standard }) =>
        key !== undefined && pgbouncerSettings.has(key)
          ? [{ name: key, value: redactSettings(value ?? ''), ...(standard !== undefined && { isDefault: standard === (value ?? '') }) }]
          : [],
      ),
      databases: console.databases.map((row) => ({
        name: row['name'] ?? '',
        target: `${row['host'] ?? 'a socket'}:${row['port'] ?? ''}/${row['database'] ?? ''}`,
        ...present('poolSize', row['pool_size']),
        ...present('poolMode', row['pool_mode']),
      })),
      pools: console.pools.map((row) => ({
        database: row['database'] ?? '',
        user: row['user'] ?? '',
        poolMode: row['pool_mode'] ?? '',
        clientsActive: Number(row['cl_active'] ?? 0),
        clientsWaiting: Number(row['cl_waiting'] ?? 0),
        servers: ['sv_active', 'sv_idle', 'sv_used', 'sv_tested', 'sv_login'].reduce((sum, name) => sum + Number(row[name] ?? 0), 0),
        maxWait: Number(row['maxwait'] ?? 0),
      })),
      users: console.users.map((row) => ({ name: row['name'] ?? '', ...present('poolMode', row['pool_mode']) })),
    },
    ...(postgres && {
      postgres: {
        major: Math.floor(postgres.version / 10_000),
        settings: postgres.settings,
        roleSettings: postgres.roleSettings.map((each) => ({ ...each, ...(each.value !== undefined && { value: redact(each.value) }) })),
        sessions: {
          all: postgres.sessions.length,
          pooled: postgres.sessions.filter(({ pid }) => pooled.has(pid)).length,
          idleInTransaction: postgres.sessions.filter(({ state }) => state.startsWith('idle in transaction')).length,
        },
        advisoryLocks: postgres.advisoryLocks.length,
      },
    }),
    differences,
    findings,
    observations,
    notes: notesOf(console, postgres),
  };
}

function present<Name extends string>(name: Name, value: string | undefined): { [Key in Name]?: string } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as { [Key in Name]?: string };
}

/** Settings whose value may hold a password: LDAP's bindpasswd stands in its options. */
function isSecret(key: string | undefined): boolean {
  return /ldap|password|secret/.test(key ?? '');
}

function poolerOf({ config, databases, version }: AdminAnswers): Pooler {
  const at = (line: number) => ({ file: configFile, line });
  const settings = config.flatMap(({ key, value }, index) =>
    key === undefined || isSecret(key) ? [] : [{ name: key, value: value ?? '', origin: at(index + 1) }],
  );
  return {
    product: 'pgbouncer',
    label: configFile,
    origin: at(1),
    settings: settings.filter(({ name, value }) => value !== '' || name !== 'auth_user'),
    databases: databases
      .filter(isOwn)
      .map((row) => ({ name: row['name'] ?? '', origin: at(1), parameters: new Map([['dbname', row['database'] ?? '']]) })),
    version: { name: 'version', value: version.split('.').slice(0, 2).join('.'), origin: at(1) },
    exactVersion: { name: 'version', value: version, origin: at(1) },
    complete: true,
  };
}

function isOwn(row: Row): boolean {
  return row['name'] !== 'pgbouncer';
}

function profileOf({ version }: AdminAnswers): PoolerProfile {
  return { ...defaultProfile, version: version.split('.').slice(0, 2).join('.'), sources: { version: { file: configFile, line: 1 } } };
}

function endsIdleTransactions(postgres: PostgresAnswers | undefined): boolean {
  return (
    postgres !== undefined &&
    (Number(postgres.settings['idle_in_transaction_session_timeout'] ?? 0) > 0 ||
      postgres.roleSettings.some(
        ({ name, value }) => name === 'idle_in_transaction_session_timeout' && value !== undefined && !/^0\D*$/.test(value),
      ))
  );
}

function notesOf(console: AdminAnswers, postgres: PostgresAnswers | undefined): string[] {
  const notes: string[] = [];
  if (!postgres) notes.push('PostgreSQL was not asked. Give --database-url for max_connections, settings of roles, locks and LISTENs.');
  if (postgres && !postgres.seesOthers)
    notes.push('The user may not see what other sessions run, so that a LISTEN may be missed. Grant it pg_read_all_stats (or pg_monitor).');
  if (postgres && console.servers.length > 0 && pooledPids(console).size === 0)
    notes.push('SHOW SERVERS names no process, so that sessions of the pooler cannot be told from others.');
  const tracked = console.config.find(({ key }) => key === 'track_extra_parameters')?.['value'] ?? '';
  for (const { role, database, name } of postgres?.roleSettings ?? []) {
    if (
      name === 'search_path' &&
      (tracked.includes('search_path') || Number(console.version.split('.')[1]) >= 26) &&
      (postgres?.version ?? 0) >= 180_000
    )
      notes.push(
        `search_path of ${role} on ${database} is set in PostgreSQL, and the pooler tracks search_path: a change of it reaches a running pool only after RECONNECT.`,
      );
  }
  return notes;
}
