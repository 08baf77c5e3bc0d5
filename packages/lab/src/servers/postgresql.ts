import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { LabError } from '../lab-error.ts';
import { debianPackage } from './debian-packages.ts';
import { freePort } from './free-port.ts';
import type { RunFolder } from './run-folder.ts';
import { lentTo } from './server-account.ts';
import { startServer } from './server-process.ts';
import { unpackedProgram } from './unpacked-program.ts';

const run = promisify(execFile);

/** Settings of postgresql.conf, by name. */
export type PostgresSettings = Readonly<Record<string, string | number>>;

/** A PostgreSQL that runs for the lab alone. */
export interface PostgresServer {
  readonly port: number;
  /** Of every role; drawn for this run. */
  readonly password: string;
  /** As in `SHOW server_version`, such as `15.18`. */
  readonly version: string;
  /** A connection of the superuser to a database, which the caller ends. */
  connect(database: string): Promise<pg.Client>;
  stop(): Promise<void>;
  /** After `stop`: again, with the same data and on the same port. */
  start(): Promise<void>;
}

/** A PostgreSQL that Debian packages. */
export interface PostgresPackage {
  readonly package: string;
  readonly suite: string;
  /** The folder of its programs, from the root of the file system. */
  readonly programs: string;
}

/** What most of the claims are proven against, and a newer one that reports `search_path`. */
export const debianPostgres: PostgresPackage = { package: 'postgresql-15', suite: 'bookworm', programs: 'usr/lib/postgresql/15/bin' };
export const newerPostgres: PostgresPackage = { package: 'postgresql-18', suite: 'sid', programs: 'usr/lib/postgresql/18/bin' };

/** Whether this machine has the package installed, so that nothing needs to be fetched. */
export function isInstalled({ programs }: PostgresPackage): boolean {
  return existsSync(join('/', programs, 'initdb'));
}

/** The folder of PostgreSQL's programs: the installed ones, else those of the package, unpacked into the run's folder. */
export function postgresPrograms(postgres: PostgresPackage, folder: RunFolder): Promise<string> {
  return isInstalled(postgres) ? Promise.resolve(join('/', postgres.programs)) : unpackedPostgres(postgres, folder);
}

/** PostgreSQL starts its own programs by path, so each gets a script of its name before it that runs it with its own loader. */
async function unpackedPostgres(postgres: PostgresPackage, folder: RunFolder): Promise<string> {
  const root = await folder.folder(postgres.package, await debianPackage(postgres.package, postgres.suite));
  for (const name of ['initdb', 'postgres']) {
    const path = join(postgres.programs, name);
    await rename(join(root, path), join(root, `${path}.elf`));
    const { command, args } = await unpackedProgram(root, `${path}.elf`);
    await writeFile(join(root, path), `#!/bin/sh\nexec ${command} --argv0 "$0" ${args.join(' ')} "$@"\n`, { mode: 0o755 });
  }
  return join(root, postgres.programs);
}

/**
 * Starts PostgreSQL on 127.0.0.1 with an empty cluster and the roles of the lab: `postgres` (superuser), `app`, and `tenant_reader`, which `app`
 * may become.
 *
 * @param programs the folder of its programs
 * @param more settings beside the lab's own
 */
export async function startPostgres(
  folder: RunFolder,
  programs: string,
  name = 'postgresql',
  more: PostgresSettings = {},
): Promise<PostgresServer> {
  const data = await folder.folder(name);
  const password = randomBytes(12).toString('hex');
  const passwordFile = await folder.file(`${name}.password`, password);
  const initdb = lentTo(
    folder.account,
    {
      command: join(programs, 'initdb'),
      args: [
        '-D',
        data,
        '-U',
        'postgres',
        '-A',
        'md5',
        '--pwfile',
        passwordFile,
        '-E',
        'UTF8',
        '--locale=C',
        '--no-sync',
        '--no-instructions',
      ],
    },
    'KILL',
  );
  await run(initdb.command, initdb.args).catch((error: Error) => {
    throw new LabError(`initdb failed: ${error.message}`);
  });
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 300,
    fsync: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
    password_encryption: 'md5',
    timezone: 'Etc/UTC',
    ...more,
  };
  const server = lentTo(
    folder.account,
    {
      command: join(programs, 'postgres'),
      args: ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
    },
    'QUIT',
  );
  const connect = async (database: string) => {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const answers = async () => (await connect('postgres')).end();
  let running = await startServer('PostgreSQL', server, answers, 'SIGQUIT');
  const admin = await connect('postgres');
  await admin.query(`create role app login password '${password}'; create role tenant_reader; grant tenant_reader to app`);
  const { rows } = await admin.query<{ server_version: string }>('show server_version');
  await admin.end();
  return {
    port,
    password,
    version: (rows[0]?.server_version ?? '').split(' ')[0] ?? '',
    connect,
    stop: () => running.stop(),
    async start() {
      running = await startServer('PostgreSQL', server, answers, 'SIGQUIT');
    },
  };
}
