import { Problem } from './problem.ts';

/** One object of a backup. */
export interface BackupObject {
  /** Below the folder of the backup, such as `dump`. */
  readonly file: string;
  readonly role: 'dump' | 'globals';
  /** What is stored. */
  readonly bytes: number;
  readonly sha256: string;
  /** What comes out when it is decrypted; the same two where it is not encrypted. */
  readonly plainBytes: number;
  readonly plainSha256: string;
}

export interface TableRows {
  readonly schema: string;
  readonly table: string;
  readonly rows: number;
}

/** An object of the schema, and a digest of its definition. */
export interface SchemaObject {
  readonly kind: string;
  readonly name: string;
  readonly digest: string;
}

/** A setting of `ALTER DATABASE … SET`, and a right of `GRANT … ON DATABASE`: neither is in a dump that is restored under another name. */
export interface DatabaseProperties {
  readonly owner: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  /** `c`, `i` or `b`, as in pg_database. */
  readonly localeProvider: string;
  readonly locale: string | null;
  readonly icuRules: string | null;
  readonly connectionLimit: number;
  readonly comment: string | null;
  /** As `name=value`; an empty role is everybody. */
  readonly settings: readonly { readonly role: string; readonly setting: string }[];
  /** Null: the default ones. An empty grantee is PUBLIC. */
  readonly grants: readonly { readonly grantee: string; readonly privilege: string; readonly grantable: boolean }[] | null;
  /** The role with the id 10, which initdb made. */
  readonly bootstrapRole: string;
}

/** What a backup is: published last, and only what has one is a backup. */
export interface Manifest {
  readonly format: 1;
  readonly name: string;
  readonly database: string;
  /** By the storage's clock, before the snapshot was taken. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The moment that the data is of, by PostgreSQL's clock. */
  readonly snapshotAt: string;
  readonly lsn: string;
  readonly durationSeconds: number;
  readonly server: { readonly version: string; readonly major: number; readonly systemIdentifier: string; readonly databaseBytes: number };
  readonly client: { readonly pgDump: string; readonly program: string };
  readonly dump: { readonly format: 'custom' | 'directory'; readonly compression: string };
  readonly encryption: { readonly method: 'none' } | { readonly method: 'age'; readonly recipients: readonly string[] };
  readonly globals: 'with passwords' | 'without passwords';
  readonly objects: readonly BackupObject[];
  readonly properties: DatabaseProperties;
  readonly extensions: readonly string[];
  readonly tablespaces: readonly string[];
  /** Counted in the snapshot of the dump; null where that was switched off. */
  readonly rows: readonly TableRows[] | null;
  readonly largeObjects: number;
  readonly schema: readonly SchemaObject[];
}

/** The text of a manifest, as it is stored. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 1)}\n`;
}

/**
 * Reads a manifest.
 *
 * @throws Problem `damaged` where it is none, or of another backup than the one whose folder it lies in
 */
export function parseManifest(text: string, name: string, database: string): Manifest {
  const bad = (why: string) => new Problem('damaged', `The manifest of ${name} of ${database} cannot be used: ${why}. Use another backup.`);
  let value: Partial<Manifest> | null;
  try {
    value = JSON.parse(text) as Partial<Manifest> | null;
  } catch {
    throw bad('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || value.format !== 1) throw bad(`its format is not 1, the one that this program knows`);
  const missing = required.filter((key) => value[key] === undefined);
  if (missing.length > 0) throw bad(`it lacks ${missing.join(', ')}`);
  const manifest = value as Manifest;
  if (manifest.name !== name || manifest.database !== database) throw bad(`it is of ${manifest.name} of ${manifest.database}`);
  if (!manifest.objects.some(({ role }) => role === 'dump')) throw bad('it names no dump');
  const wrong = manifest.objects.find(
    ({ file, bytes, sha256 }) => file.split('/').includes('..') || !Number.isSafeInteger(bytes) || !/^[0-9a-f]{64}$/.test(sha256),
  );
  if (wrong) throw bad(`its entry for ${wrong.file} is not well formed`);
  return manifest;
}

const required = [
  'name',
  'database',
  'finishedAt',
  'snapshotAt',
  'server',
  'client',
  'dump',
  'encryption',
  'objects',
  'properties',
  'rows',
  'schema',
] as const satisfies readonly (keyof Manifest)[];
