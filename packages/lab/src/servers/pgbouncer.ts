import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { LabError } from '../lab-error.ts';
import { debianPackage } from './debian-packages.ts';
import { freePort } from './free-port.ts';
import type { PoolerVersion } from './pooler-versions.ts';
import type { PostgresServer } from './postgresql.ts';
import type { RunFolder } from './run-folder.ts';
import { lentTo } from './server-account.ts';
import { startServer } from './server-process.ts';
import { type Program, unpackedProgram } from './unpacked-program.ts';

const run = promisify(execFile);

/** A PgBouncer program that this machine can run. */
export interface PoolerProgram extends PoolerVersion {
  readonly program: Program;
  /** Such as `1.24.1`. */
  readonly exactVersion: string;
}

/**
 * Makes a version of PgBouncer runnable in this run.
 *
 * @throws LabError where it cannot be had, or where the Debian suite has moved on to another version than the lab's results are for
 */
export async function preparePooler(folder: RunFolder, version: PoolerVersion): Promise<PoolerProgram> {
  const cached = await debianPackage('pgbouncer', version.suite);
  // The servers' account need not be able to read the home of the user who keeps the cache.
  const root = await folder.folder(`pgbouncer-${version.version}`, cached);
  const program = await unpackedProgram(root, 'usr/sbin/pgbouncer');
  const { stdout } = await run(program.command, [...program.args, '--version']);
  const exactVersion = /^PgBouncer (\S+)/i.exec(stdout)?.[1] ?? 'unknown';
  if (!exactVersion.startsWith(`${version.version}.`)) {
    throw new LabError(
      `Debian ${version.suite} packages PgBouncer ${exactVersion} (in ${cached}), and the lab's results are for ${version.version}. ` +
        `Change src/servers/pooler-versions.ts, run \`pnpm lab --update\`, and judge what changed.`,
    );
  }
  return { ...version, program, exactVersion };
}

/** Settings of pgbouncer.ini, by name. */
export type PoolerSettings = Readonly<Record<string, string | number>>;

/** A PgBouncer that runs for the lab alone. */
export interface PoolerServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts PgBouncer on 127.0.0.1. Whatever database a client asks for, it gets a pool of its own that leads to `database`: an experiment that asks
 * for a name nobody used before starts with a pool that is empty.
 */
export async function startPooler(
  folder: RunFolder,
  name: string,
  pooler: PoolerProgram,
  postgres: PostgresServer,
  database: string,
  settings: PoolerSettings,
): Promise<PoolerServer> {
  // A pooler that is restarted keeps its port.
  const port = Number(settings.listen_port ?? (await freePort()));
  const users = ['postgres', 'app'].map((user) => `"${user}" "${postgres.password}"\n`).join('');
  const all: PoolerSettings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'md5',
    auth_file: await folder.file(`${name}.users`, users),
    admin_users: 'postgres',
    ...settings,
  };
  const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
  const ini = await folder.file(
    `${name}.ini`,
    ['[databases]', `* = host=127.0.0.1 port=${postgres.port} dbname=${database}`, '[pgbouncer]', ...lines, ''].join('\n'),
  );
  const command = lentTo(folder.account, { command: pooler.program.command, args: [...pooler.program.args, '-q', ini] }, 'KILL');
  const answers = async () => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password: postgres.password, database: 'pgbouncer' });
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
  };
  const running = await startServer(`PgBouncer ${pooler.exactVersion} (${name})`, command, answers, 'SIGKILL');
  return { port, stop: running.stop };
}
