import { Problem } from '../problem.ts';
import { type Manifest, parseManifest } from '../manifest.ts';
import type { Bucket, StoredObject } from './bucket.ts';
import { backupFolder, type BackupName, databaseFolder, decodeDatabase, manifestFile, parseKey, startOfNames, timeOf } from './layout.ts';

/** A folder of the bucket that this program wrote, as the listing alone shows it: one request for a thousand objects. */
export interface BackupEntry {
  readonly name: BackupName;
  /** The time in its name, by the storage's clock. */
  readonly time: Date;
  /** When its newest object was written. */
  readonly modified: Date;
  readonly files: readonly StoredObject[];
  readonly bytes: number;
  /** Without a manifest it is no backup, but what a run under way or a dead one has left. */
  readonly manifest: StoredObject | undefined;
  readonly check: 'verified' | 'damaged' | 'unchecked';
  readonly drilled: boolean;
}

/** What a check writes into the folder of a backup. The newer of the first two counts. */
export const verdictFiles = { verified: 'verified.json', damaged: 'damaged.json', drilled: 'drilled.json' } as const;

/** Everything of one database in the bucket, oldest first. */
export async function catalogue(bucket: Bucket, prefix: string, database: string): Promise<BackupEntry[]> {
  const folders = new Map<BackupName, Map<string, StoredObject>>();
  for await (const object of bucket.list(databaseFolder(prefix, database))) {
    const key = parseKey(prefix, database, object.key);
    if (!key) continue;
    const files = folders.get(key.name) ?? new Map<string, StoredObject>();
    folders.set(key.name, files.set(key.file, object));
  }
  return [...folders].map(([name, files]) => entry(name, files)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const lastNameableTime = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * The time for the name of a new backup: now, or a second after every name that is there, whichever is later. So names tell the order in which backups
 * were made, also of two within a second, and where the storage's clock was set back. Called by who holds the lock.
 */
export async function timeForName(bucket: Bucket, prefix: string, database: string, now: Date): Promise<Date> {
  let time = now;
  for await (const { key } of bucket.list(databaseFolder(prefix, database), startOfNames(prefix, database, now))) {
    const name = parseKey(prefix, database, key)?.name;
    if (name !== undefined) time = new Date(Math.min(Math.max(time.getTime(), timeOf(name)!.getTime() + 1000), lastNameableTime));
  }
  return time;
}

function entry(name: BackupName, files: ReadonlyMap<string, StoredObject>): BackupEntry {
  const [verified, damaged] = [files.get(verdictFiles.verified), files.get(verdictFiles.damaged)];
  const verdict = damaged && (!verified || damaged.modified >= verified.modified) ? 'damaged' : verified ? 'verified' : 'unchecked';
  const objects = [...files.values()];
  return {
    name,
    time: timeOf(name)!,
    modified: new Date(Math.max(...objects.map(({ modified }) => modified.getTime()))),
    files: objects,
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    manifest: files.get(manifestFile),
    check: verdict,
    drilled: files.has(verdictFiles.drilled),
  };
}

/** The databases that have something in the bucket. */
export async function databasesIn(bucket: Bucket, prefix: string): Promise<string[]> {
  return (await bucket.folders(`${prefix}/`)).flatMap((part) => decodeDatabase(part) ?? []).sort();
}

/** A backup, with its manifest. */
export interface Backup {
  readonly entry: BackupEntry;
  readonly manifest: Manifest;
  /** Ends with a slash. */
  readonly folder: string;
}

/** @throws Problem `damaged` where the manifest cannot be used */
export async function openBackup(bucket: Bucket, prefix: string, database: string, entry: BackupEntry): Promise<Backup> {
  const folder = backupFolder(prefix, database, entry.name);
  const text = await bucket.text(`${folder}${manifestFile}`);
  if (text === undefined) throw new Problem('missing', `${entry.name} of ${database} has no manifest: it is no backup.`);
  return { entry, folder, manifest: parseManifest(text, entry.name, database) };
}

/** Which backup somebody asks for. */
export type Wanted =
  { readonly kind: 'latest' } | { readonly kind: 'name'; readonly name: string } | { readonly kind: 'before'; readonly time: Date };

/**
 * The backup that is asked for. The latest is the latest that is not known to be damaged.
 *
 * @throws Problem `missing` with what there is instead
 */
export function chooseBackup(entries: readonly BackupEntry[], wanted: Wanted, database: string): BackupEntry {
  const backups = entries.filter(({ manifest }) => manifest);
  if (backups.length === 0) throw new Problem('missing', `There is no backup of the database ${database} in the bucket under this prefix.`);
  const newest = backups.at(-1)!;
  if (wanted.kind === 'name') {
    const found = backups.find(({ name }) => name === wanted.name);
    if (found) return found;
    throw new Problem('missing', `There is no backup ${wanted.name} of ${database}; the newest is ${newest.name}. \`list\` shows all.`);
  }
  const limit = wanted.kind === 'before' ? wanted.time.getTime() : Infinity;
  const found = backups.filter(({ time, check }) => time.getTime() <= limit && check !== 'damaged').at(-1);
  if (found) return found;
  throw new Problem(
    'missing',
    wanted.kind === 'before'
      ? `There is no backup of ${database} from before ${wanted.time.toISOString()}; the oldest is ${backups[0]!.name}.`
      : `Every backup of ${database} is known to be damaged; the newest is ${newest.name}. Name one to use it all the same.`,
  );
}
