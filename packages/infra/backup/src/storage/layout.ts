import { randomBytes } from 'node:crypto';

// PREFIX/DATABASE/YYYY/MM/DD/<name>/{dump,globals.sql,manifest.json,…}
// PREFIX/DATABASE/state/<kind>.json

/** What a backup is called: a second of the storage's clock, and 8 hexadecimal digits. No two of a database share a second, so names sort by time. */
export type BackupName = string;

/** The file whose presence makes a backup of a folder. */
export const manifestFile = 'manifest.json';

/** A key that this program wrote, taken apart. */
export interface BackupKey {
  readonly name: BackupName;
  /** The path below the folder of the backup, such as `dump` or `directory/toc.dat`. */
  readonly file: string;
}

/** A new name. */
export function backupName(time: Date): BackupName {
  return `${time.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
}

/** What every name of a second begins with; names of later seconds sort behind it. */
export function startOfNames(prefix: string, database: string, time: Date): string {
  return backupFolder(prefix, database, backupName(time)).replace(/[0-9a-f]{8}\/$/, '');
}

const namePattern = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-[0-9a-f]{8}$/;

/** The time in a name, or undefined where this is no name of a backup. */
export function timeOf(name: string): Date | undefined {
  const parts = namePattern.exec(name);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/**
 * A database's name as one part of a key. Everything but letters of ASCII, digits, `_` and `-` becomes `.XX`, the bytes of UTF-8 in hexadecimal: such
 * a key needs no quoting in a URL, a shell or a file system, and no two names share one.
 */
export function encodeDatabase(database: string): string {
  return [...Buffer.from(database, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_-]/.test(character) ? character : `.${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** The database that a part of a key stands for, or undefined where it is not one of ours. */
export function decodeDatabase(part: string): string | undefined {
  const bytes = part.replace(/\.([0-9A-F]{2})/g, (_, hex: string) => `%${hex}`);
  try {
    const database = decodeURIComponent(bytes);
    return encodeDatabase(database) === part ? database : undefined;
  } catch {
    return undefined;
  }
}

/** Where the keys of one database begin; ends with a slash. */
export function databaseFolder(prefix: string, database: string): string {
  return `${prefix}/${encodeDatabase(database)}/`;
}

/** Where the keys of one backup begin; ends with a slash. */
export function backupFolder(prefix: string, database: string, name: BackupName): string {
  const [, year, month, day] = namePattern.exec(name) ?? [];
  if (day === undefined) throw new RangeError(`${name} is no name of a backup`);
  return `${databaseFolder(prefix, database)}${year}/${month}/${day}/${name}/`;
}

/** Takes a key apart; undefined for every key that this program does not write, which it then never touches. */
export function parseKey(prefix: string, database: string, key: string): BackupKey | undefined {
  const start = databaseFolder(prefix, database);
  if (!key.startsWith(start)) return undefined;
  const [year, month, day, name = '', ...file] = key.slice(start.length).split('/');
  if (!timeOf(name) || file.length === 0 || file.some((part) => part === '')) return undefined;
  if (`${year}${month}${day}` !== name.slice(0, 8)) return undefined;
  return { name, file: file.join('/') };
}

/** Where the outcome of the last work of a kind is kept. */
export function stateKey(prefix: string, database: string, kind: string): string {
  return `${databaseFolder(prefix, database)}state/${kind}.json`;
}
