import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { debianPackage } from '../../../lab/src/servers/debian-packages.ts';
import { freePort } from '../../../lab/src/servers/free-port.ts';
import { preparePooler } from '../../../lab/src/servers/pgbouncer.ts';
import { poolerVersions } from '../../../lab/src/servers/pooler-versions.ts';
import { debianPostgres, postgresPrograms, type PostgresServer, startPostgres } from '../../../lab/src/servers/postgresql.ts';
import { openRunFolder, type RunFolder } from '../../../lab/src/servers/run-folder.ts';
import { lentTo } from '../../../lab/src/servers/server-account.ts';
import { startServer } from '../../../lab/src/servers/server-process.ts';
import { type Program, unpackedProgram } from '../../../lab/src/servers/unpacked-program.ts';
import { drawSecrets, type SecretFiles } from '../../src/secrets.ts';
import { shipped } from './shipped.ts';

export interface Stack {
  readonly folder: RunFolder;
  readonly postgres: PostgresServer;
  /** A superuser's direct connection to the database `app`. */
  readonly administrator: pg.Client;
  /** A direct connection of a role that is not open yet. */
  directClient(user: string, password: string): pg.Client;
  readonly secrets: SecretFiles;
  /** A file as `PGPASSFILE` for the role of the health check. */
  readonly healthPassfile: string;
  readonly psql: Program;
  /** Starts PgBouncer with the shipped pgbouncer.ini; `settings` replace some of its values. `listen_port` takes the place of one that has ended. */
  startPooler(settings?: Readonly<Record<string, string | number>>): Promise<Pooler>;
  stop(): Promise<void>;
}

export interface Pooler {
  readonly port: number;
  /** What starts it, for a shell. */
  readonly commandLine: string;
  /** Changes the file that it was started with; a reload reads it. */
  edit(settings: Readonly<Record<string, string | number>>): void;
  /** A client that is not connected yet; without `tls` it speaks plain text. */
  client(user: string, password: string, database?: string, tls?: ConnectionOptions): pg.Client;
  /** A connection of the administrator to the console. */
  console(): Promise<pg.Client>;
  signal(name: NodeJS.Signals): void;
  /** Resolves once a new client is no longer let in, as when PgBouncer is stopping. */
  refusesNewClients(): Promise<void>;
  isRunning(): boolean;
  stop(): Promise<void>;
}

/** PostgreSQL with the roles that a deployment has, prepared by the shipped SQL files alone. */
export async function startStack(): Promise<Stack> {
  const folder = await openRunFolder();
  const postgres = await startPostgres(folder, await postgresPrograms(debianPostgres, folder));
  const maintenance = await postgres.connect('postgres');
  await maintenance.query('create database app owner app');
  await maintenance.end();
  const administrator = await postgres.connect('app');
  // What PostgreSQL does when it is left alone; the lab's own is MD5.
  await administrator.query("set password_encryption = 'scram-sha-256'");
  const secrets = drawSecrets(shipped('pgbouncer/userlist.txt.template'));
  await administrator.query(shipped('pgbouncer/auth_query.sql'));
  await administrator.query(secrets['roles.sql']!);
  await administrator.query(shipped('monitoring/postgres_exporter.sql'));
  await administrator.query(secrets['postgres_exporter.sql']!);

  const poolerVersion = poolerVersions.at(-1)!;
  const { program, exactVersion } = await preparePooler(folder, poolerVersion);
  const userlist = await folder.file('userlist.txt', secrets['userlist.txt']!);
  const healthPassfile = await folder.file('health.pgpass', secrets['pgbouncer_health.pgpass']!);
  const psql = await unpackedProgram(await debianPackage('postgresql-client-15', 'bookworm'), 'usr/lib/postgresql/15/bin/psql');
  const poolers: Pooler[] = [];

  return {
    folder,
    postgres,
    administrator,
    directClient(user, password) {
      const made = new pg.Client({ host: '127.0.0.1', port: postgres.port, user, password, database: 'app' });
      made.on('error', () => undefined);
      return made;
    },
    secrets,
    healthPassfile,
    psql,
    async startPooler(settings = {}) {
      const port = Number(settings.listen_port ?? (await freePort()));
      const pidfile = join(folder.path, `pgbouncer-${poolers.length}.pid`);
      const ini = await folder.file(
        `pgbouncer-${poolers.length}.ini`,
        withSettings(shipped('pgbouncer/pgbouncer.ini'), {
          app: `host=127.0.0.1 port=${postgres.port} dbname=app`,
          health: `host=127.0.0.1 port=${postgres.port} dbname=app pool_size=1 reserve_pool_size=0 max_db_connections=3`,
          auth_file: userlist,
          listen_addr: '127.0.0.1',
          listen_port: port,
          pidfile,
          ...settings,
        }),
      );
      const client: Pooler['client'] = (user, password, database = 'app', tls) => {
        const made = new pg.Client({ host: '127.0.0.1', port, user, password, database, ...(tls && { ssl: tls }) });
        made.on('error', () => undefined);
        return made;
      };
      const console = async () => {
        const tls = settings.client_tls_sslmode === 'require' ? { rejectUnauthorized: false } : undefined;
        const made = client('pgbouncer_admin', passwordIn(secrets, 'pgbouncer_admin'), 'pgbouncer', tls);
        await made.connect();
        return made;
      };
      const command = lentTo(folder.account, { command: program.command, args: [...program.args, ini] }, 'KILL');
      const running = await startServer(
        `PgBouncer ${exactVersion}`,
        command,
        async () => {
          // Where several share a port, another one may answer.
          readFileSync(pidfile);
          await (await console()).end();
        },
        'SIGKILL',
      );
      const pid = Number(readFileSync(pidfile, 'utf8'));
      const pooler: Pooler = {
        port,
        commandLine: [program.command, ...program.args, ini].join(' '),
        edit: (changes) => writeFileSync(ini, withSettings(readFileSync(ini, 'utf8'), changes)),
        client,
        console,
        signal: (name) => void process.kill(pid, name),
        async refusesNewClients() {
          for (let refused = false; !refused;) {
            const newcomer = client('pgbouncer_admin', passwordIn(secrets, 'pgbouncer_admin'), 'pgbouncer');
            refused = await newcomer.connect().then(
              () => false,
              () => true,
            );
            await newcomer.end().catch(() => undefined);
          }
        },
        isRunning: () => isRunning(pid),
        stop: running.stop,
      };
      poolers.push(pooler);
      return pooler;
    },
    async stop() {
      for (const pooler of poolers) await pooler.stop();
      await administrator.end();
      await postgres.stop();
      await folder.remove();
    },
  };
}

/** The password of a role in its file for `PGPASSFILE`. */
export function passwordIn(secrets: SecretFiles, role: string): string {
  return secrets[`${role}.pgpass`]!.trim().split(':')[4]!;
}

/** The text with other values; every name must be in it. */
function withSettings(ini: string, settings: Readonly<Record<string, string | number>>): string {
  return Object.entries(settings).reduce((text, [name, value]) => {
    const line = new RegExp(`^${name} =.*$`, 'm');
    if (!line.test(text)) throw new Error(`pgbouncer.ini has no line for ${name}`);
    return text.replace(line, () => `${name} = ${value}`);
  }, ini);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
