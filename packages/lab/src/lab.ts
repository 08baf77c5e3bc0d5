import type { Environment } from './environments.ts';
import { type RunningEnvironment, startEnvironment } from './running-environment.ts';
import { type PoolerProgram, preparePooler } from './servers/pgbouncer.ts';
import { poolerVersions } from './servers/pooler-versions.ts';
import {
  debianPostgres,
  newerPostgres,
  postgresPrograms,
  type PostgresServer,
  type PostgresSettings,
  startPostgres,
} from './servers/postgresql.ts';
import { postgresTool } from './servers/postgres-tools.ts';
import { openRunFolder } from './servers/run-folder.ts';

/** Servers for one run. Whoever opens it closes it. */
export interface Lab {
  /** The exact versions that ran so far, such as `15.18` and, by minor version, `1.24.1`. */
  versions(): Promise<{ readonly postgresql: readonly string[]; readonly pgbouncer: Readonly<Record<string, string>> }>;
  /** Starts an environment. It stops with the lab, or before by its own `stop`. */
  start(environment: Environment): Promise<RunningEnvironment>;
  close(): Promise<void>;
}

/**
 * Makes every version of PgBouncer ready to start. PostgreSQL starts with the first environment that needs it.
 *
 * @param settings of PostgreSQL, beside the lab's own
 * @throws LabError where a server is missing or does not come up
 */
export async function openLab(settings: PostgresSettings = {}): Promise<Lab> {
  const folder = await openRunFolder();
  const running: RunningEnvironment[] = [];
  const servers = new Map<Environment['postgresql'], Promise<PostgresServer>>();
  const poolers = new Map<string, PoolerProgram>();

  const serverFor = (postgresql: Environment['postgresql']) => {
    const started = servers.get(postgresql) ?? startServerOf(postgresql);
    servers.set(postgresql, started);
    return started;
  };
  const startServerOf = async (postgresql: Environment['postgresql']) => {
    // So that no experiment waits for it.
    await postgresTool('pg_dump', postgresql);
    return postgresql === 'installed'
      ? startPostgres(folder, await postgresPrograms(debianPostgres, folder), 'postgresql', settings)
      : startPostgres(folder, await postgresPrograms(newerPostgres, folder), 'postgresql-data-18', settings);
  };
  try {
    for (const version of poolerVersions) poolers.set(version.version, await preparePooler(folder, version));
    await serverFor('installed');
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return {
    async versions() {
      const started = await Promise.all(servers.values());
      return {
        postgresql: started.map(({ version }) => version).sort(),
        pgbouncer: Object.fromEntries([...poolers].map(([version, { exactVersion }]) => [version, exactVersion])),
      };
    },
    async start(environment) {
      const pooler = environment.version === undefined ? undefined : poolers.get(environment.version);
      const started = await startEnvironment(environment, folder, await serverFor(environment.postgresql), pooler);
      running.push(started);
      return started;
    },
    async close() {
      await Promise.allSettled(running.map((environment) => environment.stop()));
      await Promise.allSettled([...servers.values()].map(async (server) => (await server).stop()));
      await folder.remove();
    },
  };
}
