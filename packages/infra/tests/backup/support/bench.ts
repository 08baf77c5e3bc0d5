import { randomBytes } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type pg from 'pg';
import { postgresWithClients } from '../../../../lab/src/servers/postgres-tools.ts';
import {
  debianPostgres,
  type PostgresPackage,
  type PostgresServer,
  type PostgresSettings,
  startPostgres,
} from '../../../../lab/src/servers/postgresql.ts';
import { openRunFolder, type RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import type { S3Server } from '../../../../lab/src/servers/s3.ts';
import { lentTo } from '../../../../lab/src/servers/server-account.ts';
import type { Program } from '../../../../lab/src/servers/unpacked-program.ts';
import { program } from './program.ts';
import { startS3 } from './s3.ts';

/** How a run of the program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the program that can be ended. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export type Environment = Readonly<Record<string, string>>;

/** PostgreSQL, an S3 server, and the program as it is shipped, run as an account without privileges. */
export interface Bench {
  readonly folder: RunFolder;
  readonly postgres: PostgresServer;
  readonly s3: S3Server;
  readonly client: S3Client;
  /** Settings of a bucket of its own. */
  newBucket(name?: string): Promise<Environment>;
  /** A new database. */
  newDatabase(name?: string, sql?: string): Promise<string>;
  sql<Row extends pg.QueryResultRow>(database: string, text: string): Promise<Row[]>;
  start(environment: Environment, ...args: string[]): Promise<Running>;
  run(environment: Environment, ...args: string[]): Promise<Ended>;
  keys(environment: Environment): Promise<string[]>;
  unfinished(environment: Environment): Promise<number>;
  /** A file that only the servers' account may read; its path. */
  secretFile(name: string, text: string): Promise<string>;
  credentialsFile(name: string, accessKey: string, secretKey: string): Promise<string>;
  stop(): Promise<void>;
}

export interface BenchOptions {
  readonly startS3?: (folder: RunFolder) => Promise<S3Server>;
  readonly version?: PostgresPackage;
  /** Of PostgreSQL. */
  readonly settings?: (folder: RunFolder) => PostgresSettings;
}

export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const version = options.version ?? debianPostgres;
  const folder = await openRunFolder();
  const programs = await postgresWithClients(version, folder);
  const [postgres, s3] = await Promise.all([
    startPostgres(folder, programs, 'postgresql', options.settings?.(folder)),
    (options.startS3 ?? startS3)(folder),
  ]);
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    ...(s3.caFile !== undefined && { requestHandler: { httpsAgent: { ca: await readFile(s3.caFile) } } }),
    credentials: { accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey },
  });
  let number = 0;
  const unique = (prefix: string) => `${prefix}${++number}-${randomBytes(3).toString('hex')}`;
  const secretFile: Bench['secretFile'] = async (name, text) => folder.file(unique(`${name}-`), text);
  const credentialsFile: Bench['credentialsFile'] = (name, accessKey, secretKey) =>
    secretFile(name, `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secretKey}\n`);
  const passfile = await secretFile('pgpass', `127.0.0.1:*:*:*:${postgres.password}\n`);
  const credentials = await credentialsFile('credentials', s3.accessKey, s3.secretKey);
  const scratch = await folder.folder('scratch');
  const bundle = join(folder.path, 'pg-backup.mjs');
  await writeFile(bundle, await program());
  await chown(bundle, folder.account.uid, folder.account.gid);

  const bench: Bench = {
    folder,
    postgres,
    s3,
    client,
    secretFile,
    credentialsFile,
    async newBucket(name = unique('bucket-')) {
      await client.send(new CreateBucketCommand({ Bucket: name }));
      return {
        BACKUP_S3_BUCKET: name,
        BACKUP_S3_PREFIX: 'main',
        BACKUP_S3_ENDPOINT: s3.endpoint,
        BACKUP_S3_CREDENTIALS_FILE: credentials,
        BACKUP_SCRATCH: scratch,
        BACKUP_PG_BIN: programs,
        PGHOST: '127.0.0.1',
        PGPORT: String(postgres.port),
        PGUSER: 'postgres',
        PGPASSFILE: passfile,
        ...(s3.caFile !== undefined && { NODE_EXTRA_CA_CERTS: s3.caFile }),
        HOME: folder.path,
        PATH: process.env.PATH ?? '',
      };
    },
    async newDatabase(
      name = unique('database_').replaceAll('-', '_'),
      sql = 'create table t (id int primary key, v text); insert into t select i, md5(i::text) from generate_series(1, 1000) i',
    ) {
      const maintenance = await postgres.connect('postgres');
      await maintenance.query(`create database "${name.replaceAll('"', '""')}"`).finally(() => maintenance.end());
      if (sql) await bench.sql(name, sql);
      return name;
    },
    async sql(database, text) {
      const connection = await postgres.connect(database);
      const result = await connection.query(text).finally(() => connection.end());
      return (Array.isArray(result) ? [] : result.rows) as never;
    },
    async start(environment, ...args) {
      const command = lentTo(
        folder.account,
        underOf(environment, { command: process.execPath, args: [...(environment.NODE_ARGS?.split(' ') ?? []), bundle, ...args] }),
        'KILL',
      );
      const child = spawn(command.command, command.args, { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
      const [stdout, stderr]: [string[], string[]] = [[], []];
      child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
      const ended = once(child, 'close').then(([code, signal]) => ({
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        stdout: stdout.join(''),
        stderr: stderr.join(''),
      }));
      return { child, ended };
    },
    run: async (environment, ...args) => (await bench.start(environment, ...args)).ended,
    async keys({ BACKUP_S3_BUCKET: Bucket }) {
      const keys: string[] = [];
      for (let token: string | undefined, more = true; more;) {
        const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken: token }));
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
        token = page.NextContinuationToken;
        more = page.IsTruncated === true;
      }
      return keys;
    },
    async unfinished({ BACKUP_S3_BUCKET: Bucket }) {
      if (s3.unfinishedUploads) return s3.unfinishedUploads();
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.length;
    },
    async stop() {
      client.destroy();
      await s3.stop();
      await postgres.stop();
      await folder.remove();
    },
  };
  return bench;
}

/** With the program of `RUN_UNDER` before it, such as `prlimit` with a limit. */
function underOf({ RUN_UNDER }: Environment, program: Program): Program {
  const [command, ...args] = RUN_UNDER?.split(' ') ?? [];
  return command === undefined ? program : { command, args: [...args, program.command, ...program.args] };
}
