import { type Environment } from './environments.ts';
import { type RunningEnvironment, startEnvironment } from './running-environment.ts';
import { type PoolerProgram, preparePooler } from './servers/pgbouncer.ts';
import { poolerVersions } from './servers/pooler-versions.ts';
import { postgresPrograms, startPostgres } from './servers/postgresql.ts';
import { openRunFolder } from './servers/run-folder.ts';

/** Servers for one run. Whoever opens it closes it. */
export interface Lab {
  /** The exact versions that run, such as `15.18` and, by minor version, `1.24.1`. */
  readonly versions: { readonly postgresql: string; readonly pgbouncer: Readonly<Record<string, string>> };
  /** Starts an environment. It stops with the lab, or before by its own `stop`. */
  start(environment: Environment): Promise<RunningEnvironment>;
  close(): Promise<void>;
}

/**
 * Starts PostgreSQL, and makes every version of PgBouncer ready to start.
 *
 * @throws LabError where a server is missing or does not come up
 */
export async function openLab(): Promise<Lab> {
  const folder = await openRunFolder();
  try {
    const poolers = new Map<string, PoolerProgram>();
    for (const version of poolerVersions) poolers.set(version.version, await preparePooler(folder, version));
    const postgres = await startPostgres(folder, await postgresPrograms());
    const running: RunningEnvironment[] = [];
    return {
      versions: {
        postgresql: postgres.version,
        pgbouncer: Object.fromEntries([...poolers].map(([version, { exactVersion }]) => [version, exactVersion])),
      },
      async start(environment) {
        const pooler = environment.version === undefined ? undefined : poolers.get(environment.version);
        const started = await startEnvironment(environment, folder, postgres, pooler);
        running.push(started);
        return started;
      },
      async close() {
        await Promise.allSettled(running.map((environment) => environment.stop()));
        await postgres.stop();
        await folder.remove();
      },
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}
