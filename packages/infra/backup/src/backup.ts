import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import type pg from 'pg';
import type { App } from './app.ts';
import { type Child, startProgram } from './child.ts';
import { encrypted } from './encryption.ts';
import { bytesText, durationText } from './format.ts';
import { removeLeftoversOf } from './leftovers.ts';
import { takeLock } from './lock.ts';
import { type BackupObject, type Manifest, manifestText } from './manifest.ts';
import { conninfo } from './postgres/conninfo.ts';
import {
  countLargeObjects,
  countRows,
  databaseProperties,
  extensions,
  openSnapshot,
  schemaObjects,
  serverFacts,
  type ServerFacts,
  tablespaces,
} from './postgres/facts.ts';
import { findPrograms, type PostgresPrograms } from './postgres/programs.ts';
import { Problem, problemOf } from './problem.ts';
import { openScratch, requireRoom } from './scratch.ts';
import { recipientsOf } from './settings.ts';
import { noteState, readState, writeState } from './state.ts';
import { bestEffort, type Bucket, partBytesFor } from './storage/bucket.ts';
import { timeForName } from './storage/catalogue.ts';
import { backupFolder, backupName, manifestFile } from './storage/layout.ts';
import { Summing } from './sums.ts';

export const programVersion = 'pg-backup 1';

/** Names run ahead of the clock by a second for each backup that took less than one. */
const clockToleranceMilliseconds = 60_000;

/** Everything that a run has found out before it changes anything. */
interface Run {
  readonly app: App;
  readonly database: string;
  readonly name: string;
  readonly folder: string;
  readonly startedAt: Date;
  readonly startedTick: number;
  readonly bucket: Bucket;
  readonly client: pg.Client;
  readonly facts: ServerFacts;
  readonly programs: PostgresPrograms;
  readonly compression: string;
  readonly recipients: readonly string[];
  readonly signal: AbortSignal;
}

/** What a run would do, for `--dry-run`. */
export interface BackupPlan {
  readonly database: string;
  readonly folder: string;
  readonly server: string;
  readonly databaseBytes: number;
  readonly dump: string;
}

/**
 * Makes a backup of one database. Until its manifest is written, last and at once, nothing that it stored is a backup; where anything fails, nothing
 * of it stays.
 *
 * @returns the manifest, or the plan where nothing was to be done
 * @throws Problem
 */
export async function makeBackup(app: App, database: string, dryRun: true): Promise<BackupPlan>;
export async function makeBackup(app: App, database: string, dryRun?: false): Promise<Manifest>;
export async function makeBackup(app: App, database: string, dryRun = false): Promise<Manifest | BackupPlan> {
  const { settings, log } = app;
  const bucket = app.bucket('write');
  const recipients = recipientsOf(settings);
  const startedTick = performance.now();
  const askedAt = await bucket.time();
  const client = await app.connect(database).catch((error: unknown) => {
    if (dryRun) throw error;
    return noted(app, database, askedAt, error);
  });
  const lost = new AbortController();
  let begun = false;
  client.on('end', () =>
    lost.abort(new Problem('failed', 'The connection that holds the lock and the snapshot was closed by PostgreSQL.')),
  );
  try {
    const facts = await serverFacts(client);
    const programs = await findPrograms(facts.major, settings.pgBin);
    const compression = compressionFor(settings.compression, programs.major);
    await takeLock(client, settings.prefix);
    // Only now: whoever held the lock until a moment ago has an earlier name.
    const startedAt = await bucket.time();
    const nameTime = await timeForName(bucket, settings.prefix, database, startedAt);
    if (nameTime.getTime() - startedAt.getTime() > clockToleranceMilliseconds) {
      log.warn(
        `A backup of ${database} is named after a time to come, ${new Date(nameTime.getTime() - 1000).toISOString()}: the clock of the S3 server ` +
          'was wrong then, or is now. This one is named after it, so that the newest stays the newest; retention keeps both until that time is past.',
      );
    }
    const name = backupName(nameTime);
    const folder = backupFolder(settings.prefix, database, name);
    const signal = AbortSignal.any([app.signal, lost.signal]);
    const run: Run = {
      app,
      database,
      name,
      folder,
      startedAt,
      startedTick,
      bucket,
      client,
      facts,
      programs,
      compression,
      recipients,
      signal,
    };
    if (dryRun) {
      const dump = `${settings.format}, ${compression}${recipients.length > 0 ? ', encrypted' : ''}`;
      return { database, folder: `s3://${bucket.name}/${folder}`, server: facts.version, databaseBytes: facts.databaseBytes, dump };
    }
    log.say(`Backup ${name} of ${database} begins: PostgreSQL ${facts.version}, ${bytesText(facts.databaseBytes)}.`);
    await noticeDeadRun(run);
    begun = true;
    return await published(run);
  } catch (error) {
    if (begun || dryRun) throw error;
    return await noted(app, database, askedAt, error);
  } finally {
    client.removeAllListeners('end');
    await bestEffort(() => client.end());
  }
}

/** Writes down that nothing came of a run which had not begun to store anything. A lock that another run holds is that run's matter. */
async function noted(app: App, database: string, startedAt: Date, error: unknown): Promise<never> {
  const { message, outcome } = problemOf(app.signal.aborted ? app.signal.reason : error);
  const bucket = app.bucket('write');
  const last = await readState(bucket, app.settings.prefix, database, 'run').catch(() => undefined);
  if (outcome !== 'locked' && last?.outcome !== 'running') {
    await noteState(bucket, app.settings.prefix, database, 'run', {
      outcome,
      name: backupName(startedAt),
      startedAt: startedAt.toISOString(),
      finishedAt: startedAt.toISOString(),
      message: app.redact(message),
      systemIdentifier: '',
    });
  }
  throw error;
}

async function published(run: Run): Promise<Manifest> {
  const { app, bucket, database, name, facts } = run;
  const { prefix } = app.settings;
  const begun = { name, startedAt: run.startedAt.toISOString(), systemIdentifier: facts.systemIdentifier };
  await writeState(bucket, prefix, database, 'run', { outcome: 'running', ...begun });
  try {
    const manifest = await store(run);
    const { finishedAt, durationSeconds } = manifest;
    const storedBytes = manifest.objects.reduce((sum, { bytes }) => sum + bytes, 0);
    await noteState(bucket, prefix, database, 'success', {
      name,
      finishedAt,
      durationSeconds,
      storedBytes,
      databaseBytes: facts.databaseBytes,
      tables: manifest.rows?.length ?? 0,
      rows: manifest.rows?.reduce((sum, { rows }) => sum + rows, 0) ?? null,
    });
    await noteState(bucket, prefix, database, 'run', { outcome: 'done', ...begun, finishedAt, durationSeconds });
    app.log.say(`Backup ${name} of ${database} is complete: ${bytesText(storedBytes)} in ${durationText(durationSeconds)}.`);
    return manifest;
  } catch (error) {
    app.log.progress(undefined);
    const problem = app.signal.aborted
      ? problemOf(app.signal.reason)
      : run.signal.aborted
        ? problemOf(run.signal.reason)
        : problemOf(error);
    // What is left is no backup, and what cannot be removed now is removed by a later `prune`.
    await bestEffort(() => removeLeftoversOf(app, database, name));
    const finishedAt = await bucket.time().catch(() => new Date());
    await noteState(bucket, prefix, database, 'run', {
      outcome: problem.outcome,
      ...begun,
      finishedAt: finishedAt.toISOString(),
      durationSeconds: secondsSince(run.startedTick),
      message: app.redact(problem.message),
    });
    throw problem;
  }
}

/** Stores everything, the manifest last. */
async function store(run: Run): Promise<Manifest> {
  const { app, bucket, client, database, facts, folder, name, programs, recipients } = run;
  const { settings } = app;
  const snapshot = await openSnapshot(client);
  const failed = new AbortController();
  const signal = AbortSignal.any([run.signal, failed.signal]);
  const during = { ...run, signal };

  const describe = async () => ({
    properties: await databaseProperties(client, facts.major),
    extensions: await extensions(client),
    tablespaces: await tablespaces(client),
    schema: await schemaObjects(client),
    largeObjects: await countLargeObjects(client),
    rows: settings.rowCounts === 'yes' ? await countRows(client, signal) : null,
  });
  // First and by itself: from then on the folder shows in every listing, so what a dead run leaves is found.
  const globals = await storedGlobals(during);
  const [described, dump] = await allOrNone(failed, [
    describe(),
    settings.format === 'custom' ? streamedDump(during, snapshot.id) : parallelDump(during, snapshot.id),
  ] as const);
  await client.query('commit');

  const objects = [...dump, globals];
  for (const object of objects) {
    const stored = await bucket.size(`${folder}${object.file}`);
    if (stored !== object.bytes) {
      throw new Problem('failed', `The storage has ${stored ?? 'no'} bytes of ${object.file}, and ${object.bytes} were sent.`);
    }
  }
  signal.throwIfAborted();
  const finishedAt = await bucket.time();
  const manifest: Manifest = {
    format: 1,
    name,
    database,
    startedAt: run.startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    snapshotAt: snapshot.time,
    lsn: snapshot.lsn,
    durationSeconds: secondsSince(run.startedTick),
    server: { version: facts.version, major: facts.major, systemIdentifier: facts.systemIdentifier, databaseBytes: facts.databaseBytes },
    client: { pgDump: programs.version, program: programVersion },
    dump: { format: settings.format, compression: run.compression },
    encryption: recipients.length > 0 ? { method: 'age', recipients } : { method: 'none' },
    globals: settings.rolePasswords === 'yes' ? 'with passwords' : 'without passwords',
    objects,
    ...described,
  };
  await bucket.put(`${folder}${manifestFile}`, manifestText(manifest), true);
  return manifest;
}

async function streamedDump(run: Run, snapshot: string): Promise<BackupObject[]> {
  const child = startPgDump(run, snapshot, ['--format=custom']);
  child.stdin.end();
  return [await stored(run, 'dump', 'dump', output(child), run.facts.databaseBytes * 2)];
}

/** The parallel way: pg_dump writes files, so the dump takes its size in the scratch folder until it is stored. */
async function parallelDump(run: Run, snapshot: string): Promise<BackupObject[]> {
  const scratch = await openScratch(run.app.settings.scratch);
  try {
    await requireRoom(scratch.path, run.facts.databaseBytes / 4, 'a dump in directory format');
    const target = join(scratch.path, 'dump');
    const child = startPgDump(run, snapshot, ['--format=directory', `--jobs=${run.app.settings.jobs}`, `--file=${target}`]);
    child.stdin.end();
    child.stdout.resume();
    await child.done;
    const objects: BackupObject[] = [];
    for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const content = createReadStream(path, { signal: run.signal }) as AsyncIterable<Uint8Array>;
      objects.push(await stored(run, `directory/${relative(target, path)}`, 'dump', content, (await stat(path)).size));
    }
    return objects;
  } finally {
    await scratch.remove();
  }
}

async function storedGlobals(run: Run): Promise<BackupObject> {
  const { app, database, programs, signal } = run;
  const child = startProgram(
    programs.path('pg_dumpall'),
    [
      '--globals-only',
      '--no-tablespaces',
      '--no-password',
      `--database=${conninfo(database)}`,
      ...(app.settings.rolePasswords === 'yes' ? [] : ['--no-role-passwords']),
    ],
    app.environment,
    signal,
  );
  child.stdin.end();
  return stored(run, 'globals.sql', 'globals', output(child), 0).catch((error: unknown) => {
    const { outcome, message } = problemOf(error);
    const hint = /permission denied.*pg_authid/.test(message)
      ? ' Grant the role pg_read_all_data, or set BACKUP_ROLE_PASSWORDS=no to leave the passwords of the roles out.'
      : '';
    throw new Problem(outcome, `${message}${hint}`, { cause: error });
  });
}

function startPgDump(run: Run, snapshot: string, format: readonly string[]): Child {
  const { app, compression, database, programs, signal } = run;
  return startProgram(
    programs.path('pg_dump'),
    [...format, compressArgument(compression, programs.major), `--snapshot=${snapshot}`, '--no-password', `--dbname=${conninfo(database)}`],
    app.environment,
    signal,
  );
}

/** What a program writes; it ends only after the program has ended well, so that no reader takes a part for the whole. */
async function* output(child: Child): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    await child.done;
  } finally {
    child.kill();
  }
}

async function stored(
  run: Run,
  file: string,
  role: BackupObject['role'],
  content: AsyncIterable<Uint8Array>,
  expectedBytes: number,
): Promise<BackupObject> {
  const { app, bucket, folder, recipients, signal } = run;
  const [plain, sent] = [new Summing(), new Summing()];
  const key = `${folder}${file}${recipients.length > 0 ? '.age' : ''}`;
  const shown = setInterval(() => {
    const seconds = secondsSince(run.startedTick);
    app.log.progress(`${file}: ${bytesText(plain.bytes)} in ${durationText(seconds)}, ${bytesText(plain.bytes / seconds)}/s`);
  }, 500);
  try {
    const passed = plain.through(content);
    const outgoing = recipients.length > 0 ? await encrypted(passed, recipients) : passed;
    const body = Readable.from(sent.through(outgoing), { objectMode: false });
    await bucket.upload(key, body, partBytesFor(expectedBytes), signal);
  } finally {
    clearInterval(shown);
    app.log.progress(undefined);
  }
  const [{ bytes, sha256 }, { bytes: plainBytes, sha256: plainSha256 }] = [sent.result(), plain.result()];
  return { file: key.slice(folder.length), role, bytes, sha256, plainBytes, plainSha256 };
}

/** All results; where one fails the others are ended, waited for, and the failure that came first is told. */
async function allOrNone<T extends readonly unknown[]>(
  failed: AbortController,
  work: { readonly [I in keyof T]: Promise<T[I]> },
): Promise<T> {
  const first = (error: unknown) => {
    if (!failed.signal.aborted) failed.abort(error);
    throw error;
  };
  const results = await Promise.allSettled(work.map((promise) => promise.catch(first)));
  if (failed.signal.aborted) throw failed.signal.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

/** The lock is ours, so a run on the same server that says it is under way is dead: its remains go, and its end is told. */
async function noticeDeadRun({ app, bucket, database, facts }: Run): Promise<void> {
  const last = await readState(bucket, app.settings.prefix, database, 'run');
  if (last?.outcome !== 'running' || last.systemIdentifier !== facts.systemIdentifier) return;
  app.log.warn(`The run ${last.name}, begun at ${last.startedAt}, died: what it left behind is removed.`);
  await bestEffort(() => removeLeftoversOf(app, database, last.name));
}

function compressionFor(wanted: string, major: number): string {
  if (wanted === 'auto') return major >= 16 ? 'zstd:3' : 'gzip:6';
  if (major < 16 && /^(zstd|lz4)/.test(wanted)) {
    throw new Problem(
      'usage',
      `BACKUP_COMPRESSION is ${wanted}, which pg_dump knows from PostgreSQL 16 on; this is ${major}: use auto or gzip:6.`,
    );
  }
  return wanted;
}

function compressArgument(compression: string, major: number): string {
  if (compression === 'none') return '--compress=0';
  const [method, level = '6'] = compression.split(':');
  return major >= 16 ? `--compress=${compression}` : method === 'gzip' ? `--compress=${level}` : '--compress=6';
}

export function secondsSince(tick: number): number {
  return Math.round(performance.now() - tick) / 1000;
}
