import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Environment } from './environments.ts';
import { type PoolerProgram, startPooler } from './servers/pgbouncer.ts';
import type { PostgresServer } from './servers/postgresql.ts';
import type { RunFolder } from './servers/run-folder.ts';

/** What experiments leave behind may be in any schema: migrations have one of their own. */
const emptied = `
  set client_min_messages to error;
  do $$
  declare own name;
  begin
    for own in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
      execute format('drop schema %I cascade', own);
    end loop;
  end $$;
  create schema public authorization app`;

/** An environment that is up, with a database of its own. */
export interface RunningEnvironment {
  readonly environment: Environment;
  /** A superuser's direct connection to the database. */
  readonly administrator: pg.Client;
  directUrl(user: 'app' | 'postgres'): string;
  /** Empties the database, and names a pool that nobody used before. */
  freshPool(): Promise<{ url(user: 'app' | 'postgres'): string }>;
  /** Ends every server connection to the database but the administrator's. */
  endServers(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts what an environment needs. `pooler` is undefined where it is direct. */
export async function startEnvironment(
  environment: Environment,
  folder: RunFolder,
  postgres: PostgresServer,
  pooler: PoolerProgram | undefined,
): Promise<RunningEnvironment> {
  const database = `lab_${environment.id.replaceAll(/\W+/g, '_')}`;
  const maintenance = await postgres.connect('postgres');
  await maintenance.query(`create database ${database} owner app`);
  await maintenance.end();
  const administrator = await postgres.connect(database);
  const server = pooler && (await startPooler(folder, database, pooler, postgres, database, environment.settings));
  const urlOf = (port: number, name: string) => (user: string) => `postgres://${user}:${postgres.password}@127.0.0.1:${port}/${name}`;
  const directUrl = urlOf(postgres.port, database);
  let pools = 0;

  const endServers = async () => {
    const others = 'from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
    // PostgreSQL's own waiting looks every 100 ms only.
    for (let ending = true; ending;) {
      const { rowCount } = await administrator.query(`select pg_terminate_backend(pid) ${others}`);
      ending = rowCount !== 0;
      if (ending) await sleep(4);
    }
  };
  return {
    environment,
    administrator,
    directUrl,
    endServers,
    async freshPool() {
      await endServers();
      await administrator.query(emptied);
      return { url: server ? urlOf(server.port, `pool_${++pools}`) : directUrl };
    },
    async stop() {
      await administrator.end();
      await server?.stop();
    },
  };
}
