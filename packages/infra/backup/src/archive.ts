import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { App } from './app.ts';
import type { Child } from './child.ts';
import { decrypted, readIdentities } from './encryption.ts';
import type { BackupObject } from './manifest.ts';
import { findPrograms, type PostgresPrograms } from './postgres/programs.ts';
import { Problem } from './problem.ts';
import type { Backup } from './storage/catalogue.ts';
import { Summing } from './sums.ts';

/** The secret keys that a backup needs; none where it is not encrypted. */
export function identitiesFor(app: App, backup: Backup): string[] | undefined {
  if (backup.manifest.encryption.method === 'none') return [];
  return app.settings.identities === undefined ? undefined : readIdentities(app.settings.identities);
}

/** @throws Problem `usage` where a key is needed and none is at hand */
export function requireIdentities(app: App, backup: Backup): string[] {
  const identities = identitiesFor(app, backup);
  if (identities) return identities;
  throw new Problem('usage', `${backup.manifest.name} is encrypted: name the file with the secret key in BACKUP_AGE_IDENTITIES_FILE.`);
}

/** The programs that a dump was made with. */
export function programsFor(app: App, backup: Backup): Promise<PostgresPrograms> {
  return findPrograms(Number.parseInt(backup.manifest.client.pgDump, 10), app.settings.pgBin);
}

/** What is stored, byte by byte; it ends only where its size and sum are those of the manifest. */
export async function* storedContent(app: App, backup: Backup, object: BackupObject, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const sums = new Summing();
  try {
    yield* sums.through(app.bucket('read').read(`${backup.folder}${object.file}`, signal));
  } catch (error) {
    if (!(error instanceof Problem) || !(error.cause instanceof Error) || error.cause.name !== 'NoSuchKey') throw error;
    throw new Problem('damaged', `${object.file} of ${backup.manifest.name} is gone from the bucket.`, { cause: error });
  }
  const { bytes, sha256 } = sums.result();
  if (bytes !== object.bytes) throw damaged(object, backup, `has ${bytes} bytes and not the ${object.bytes} that were stored`);
  if (sha256 !== object.sha256) throw damaged(object, backup, 'has another SHA-256 than what was stored');
}

/** The same, decrypted where it is encrypted. */
export async function* plainContent(
  app: App,
  backup: Backup,
  object: BackupObject,
  identities: readonly string[],
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const stored = storedContent(app, backup, object, signal);
  if (backup.manifest.encryption.method === 'none') {
    yield* stored;
    return;
  }
  const sums = new Summing();
  yield* sums.through(decrypted(stored, identities));
  const { bytes, sha256 } = sums.result();
  if (bytes !== object.plainBytes || sha256 !== object.plainSha256)
    throw damaged(object, backup, 'decrypts to something else than the dump');
}

function damaged(object: BackupObject, backup: Backup, what: string): Problem {
  return new Problem('damaged', `${object.file} of ${backup.manifest.name} of ${backup.manifest.database} ${what}. Use another backup.`);
}

export async function plainText(
  app: App,
  backup: Backup,
  object: BackupObject,
  identities: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of plainContent(app, backup, object, identities, signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Hands everything to a program, and waits until it has ended well. It may end before it has read the last bytes; they are read all the same, so that
 * every byte is checked.
 */
export async function feed(child: Child, content: AsyncIterable<Uint8Array>): Promise<void> {
  child.stdout.resume();
  let open = true;
  const closed = new Promise<void>((resolve) => {
    const close = () => {
      open = false;
      resolve();
    };
    child.stdin.once('close', close).once('error', close);
    void child.done.then(close, close);
  });
  try {
    for await (const chunk of content) {
      if (open && !child.stdin.write(chunk)) await Promise.race([once(child.stdin, 'drain').catch(() => undefined), closed]);
    }
  } catch (error) {
    // Its input must not look complete.
    child.kill();
    await child.done.catch(() => undefined);
    throw error;
  }
  child.stdin.end();
  await child.done;
}

/** Writes the files of a dump in directory format below a folder, for `pg_restore` to read. */
export async function download(
  app: App,
  backup: Backup,
  identities: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  const target = join(folder, 'dump');
  for (const object of backup.manifest.objects.filter(({ role }) => role === 'dump')) {
    const path = join(target, object.file.replace(/^directory\//, '').replace(/\.age$/, ''));
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.from(plainContent(app, backup, object, identities, signal), { objectMode: false }), createWriteStream(path));
  }
  return target;
}

export function objectOf(backup: Backup, role: BackupObject['role']): BackupObject {
  const object = backup.manifest.objects.find((candidate) => candidate.role === role);
  if (!object) throw new Problem('damaged', `The manifest of ${backup.manifest.name} names no ${role}.`);
  return object;
}
