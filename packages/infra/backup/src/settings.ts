import { existsSync, readFileSync } from 'node:fs';
import type { ServerSideEncryption } from '@aws-sdk/client-s3';
import { Cron } from 'croner';
import type { Proxying } from './postgres/connection.ts';
import { Problem } from './problem.ts';
import { readRecipients } from './encryption.ts';
import type { BucketAccess } from './storage/bucket.ts';

/** A variable of the environment that the program reads. */
interface Variable<T> {
  readonly name: string;
  /** For `--help` and docs/backup.md. */
  readonly about: string;
  /** Undefined: it has to be set. */
  readonly default?: string;
  readonly read: (text: string) => T;
}

const variable = <T>(name: string, about: string, read: (text: string) => T, fallback?: string): Variable<T> => ({
  name,
  about,
  read,
  ...(fallback !== undefined && { default: fallback }),
});

const text = (value: string) => value;
const optional = (value: string) => (value === '' ? undefined : value);
const yes = oneOf('yes', 'no');
const existingFile = (value: string) => {
  if (!existsSync(value)) throw new TypeError(`there is no file ${value}`);
  return value;
};
const optionalFile = (value: string) => (value === '' ? undefined : existingFile(value));

function oneOf<const T extends string>(...values: readonly T[]) {
  return (value: string): T => {
    if (values.includes(value as T)) return value as T;
    throw new TypeError(`it is one of ${values.join(', ')}`);
  };
}

function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  return (value: string): number => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    throw new TypeError(`it is a whole number from ${min}${max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : ''}`);
  };
}

function cron(value: string): string {
  try {
    new Cron(value, { paused: true }).stop();
    return value;
  } catch {
    throw new TypeError('it is five fields of cron, such as "17 2 * * *", or @daily');
  }
}

function zone(value: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return value;
  } catch {
    throw new TypeError('it is the name of a time zone, such as Europe/Berlin');
  }
}

function list(value: string): string[] {
  if (!value.startsWith('['))
    return value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  try {
    const parsed: unknown = JSON.parse(value);
    if (Array.isArray(parsed) && parsed.every((part) => typeof part === 'string' && part !== '')) return parsed as string[];
  } catch {
    // Told below.
  }
  throw new TypeError('it is names with commas between them, or an array of JSON');
}

function prefix(value: string): string {
  const trimmed = value.replace(/^\/+|\/+$/g, '');
  if (trimmed !== '' && trimmed.split('/').every((part) => /^[A-Za-z0-9_.=-]+$/.test(part) && !/^\.+$/.test(part))) return trimmed;
  throw new TypeError('it is one or more names of letters, digits, ".", "_", "=" and "-" with slashes between them');
}

function endpoint(value: string): string | undefined {
  if (value === '') return undefined;
  if (!/^https?:\/\/[^/@]+\/?$/.test(value)) throw new TypeError('it is a URL such as http://minio:9000, without a user and a path');
  return value;
}

function compression(value: string): string {
  if (/^(auto|none|(gzip|zstd|lz4)(:\d{1,2})?)$/.test(value)) return value;
  throw new TypeError('it is auto, none, or a method and a level such as zstd:3 or gzip:6');
}

/** Everything that can be set. */
export const variables = {
  bucket: variable('BACKUP_S3_BUCKET', 'the bucket', text),
  prefix: variable('BACKUP_S3_PREFIX', 'what every key begins with: one name for each PostgreSQL server', prefix),
  endpoint: variable('BACKUP_S3_ENDPOINT', "the URL of the S3 server; empty: Amazon's own", endpoint, ''),
  region: variable('BACKUP_S3_REGION', 'its region', text, 'us-east-1'),
  pathStyle: variable('BACKUP_S3_PATH_STYLE', 'the bucket in the path (MinIO, Ceph) and not in the host name', yes, 'yes'),
  credentials: variable(
    'BACKUP_S3_CREDENTIALS_FILE',
    'a file as the AWS tools have it, with aws_access_key_id and aws_secret_access_key',
    existingFile,
  ),
  readerCredentials: variable(
    'BACKUP_S3_READER_CREDENTIALS_FILE',
    'the same for verify, drill and restore; empty: the one above',
    optionalFile,
    '',
  ),
  deleterCredentials: variable('BACKUP_S3_DELETER_CREDENTIALS_FILE', 'the same for prune; empty: the first one', optionalFile, ''),
  sse: variable('BACKUP_S3_SSE', 'encryption by the server: none, AES256, aws:kms', oneOf('none', 'AES256', 'aws:kms'), 'none'),
  timeout: variable('BACKUP_S3_TIMEOUT', 'seconds without a byte after which a connection is given up', wholeNumber(1), '60'),
  attempts: variable('BACKUP_S3_ATTEMPTS', 'how often a request is tried', wholeNumber(1, 100), '10'),
  databases: variable('BACKUP_DATABASES', 'the databases, with commas between them, or an array of JSON', list, ''),
  format: variable(
    'BACKUP_FORMAT',
    'custom (streamed), or directory (parallel; needs the size of the dump in BACKUP_SCRATCH)',
    oneOf('custom', 'directory'),
    'custom',
  ),
  jobs: variable('BACKUP_JOBS', 'connections of a dump in directory format and of a restore of one', wholeNumber(1, 64), '2'),
  compression: variable(
    'BACKUP_COMPRESSION',
    'auto (zstd from PostgreSQL 16 on, gzip before), none, or a method and level',
    compression,
    'auto',
  ),
  rolePasswords: variable('BACKUP_ROLE_PASSWORDS', 'whether globals.sql holds the verifiers of the passwords', yes, 'yes'),
  rowCounts: variable('BACKUP_ROW_COUNTS', "whether every table's rows are counted", yes, 'yes'),
  recipients: variable('BACKUP_AGE_RECIPIENTS_FILE', 'public keys of age: backups are encrypted for them', optionalFile, ''),
  identities: variable('BACKUP_AGE_IDENTITIES_FILE', 'secret keys of age, for verify, drill and restore', optionalFile, ''),
  days: variable('BACKUP_KEEP_DAYS', 'days that a backup is kept', wholeNumber(1), '30'),
  keep: variable('BACKUP_KEEP_AT_LEAST', 'good backups that are kept whatever their age', wholeNumber(1), '7'),
  leftoverHours: variable('BACKUP_LEFTOVER_HOURS', 'age at which what a dead run left behind is removed', wholeNumber(1), '24'),
  schedule: variable('BACKUP_SCHEDULE', 'when serve makes backups (cron)', cron, '17 2 * * *'),
  drillSchedule: variable('BACKUP_DRILL_SCHEDULE', 'when serve restores the newest ones for trial (cron)', cron, '41 4 * * 0'),
  zone: variable('BACKUP_TIME_ZONE', 'the time zone of both', zone, 'Etc/UTC'),
  listen: variable('BACKUP_LISTEN', 'address and port of /metrics and /healthz', text, '0.0.0.0:9187'),
  pgBin: variable('BACKUP_PG_BIN', "the folder of PostgreSQL's programs; empty: the usual places", optional, ''),
  scratch: variable('BACKUP_SCRATCH', 'a folder for drills and for the directory format; empty: the one for temporary files', optional, ''),
  sessionProxy: variable('BACKUP_ALLOW_SESSION_PROXY', 'go through a proxy that keeps one server for each session', yes, 'no'),
} as const satisfies Readonly<Record<string, Variable<unknown>>>;

type Variables = typeof variables;
export type Settings = { readonly [Name in keyof Variables]: ReturnType<Variables[Name]['read']> };

/**
 * Reads the settings.
 *
 * @throws Problem `usage` with everything that is wrong, and never with the value of a secret
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const wrong: string[] = [];
  for (const name of ['PGPASSWORD', 'AWS_SECRET_ACCESS_KEY', 'BACKUP_S3_SECRET_ACCESS_KEY']) {
    if (environment[name] !== undefined)
      wrong.push(`${name} is set: secrets are read from files only (PGPASSFILE, BACKUP_S3_CREDENTIALS_FILE)`);
  }
  const known = new Set<string>(Object.values(variables).map(({ name }) => name));
  for (const name of Object.keys(environment)) {
    if (name.startsWith('BACKUP_') && !known.has(name)) wrong.push(`${name} is no setting of this program`);
  }
  const settings = Object.entries<Variable<unknown>>(variables).map(([key, { name, read, ...rest }]) => {
    // Compose hands an empty text over for a variable that has no value.
    const value = environment[name] || rest.default;
    if (value === undefined) {
      wrong.push(`${name} is not set`);
      return [key, undefined];
    }
    try {
      return [key, read(value)];
    } catch (error) {
      wrong.push(`${name} is "${value}": ${(error as Error).message}`);
      return [key, undefined];
    }
  });
  if (wrong.length > 0) throw new Problem('usage', `${wrong.join('; ')}. \`--help\` lists every setting.`);
  return Object.fromEntries(settings) as Settings;
}

export function proxyingOf(settings: Settings): Proxying {
  return settings.sessionProxy === 'yes' ? 'allow-session-proxy' : 'refuse';
}

export function recipientsOf(settings: Settings): string[] {
  return settings.recipients === undefined ? [] : readRecipients(settings.recipients);
}

/** The rights that a command needs; deleting is a right of its own. */
export type Rights = 'write' | 'read' | 'delete';

/** How the bucket is reached with certain rights. */
export function bucketAccess(settings: Settings, rights: Rights): BucketAccess {
  const files = { write: undefined, read: settings.readerCredentials, delete: settings.deleterCredentials };
  const credentialsFile = files[rights] ?? settings.credentials;
  return {
    endpoint: settings.endpoint,
    region: settings.region,
    bucket: settings.bucket,
    pathStyle: settings.pathStyle === 'yes',
    credentials: readCredentials(credentialsFile),
    credentialsFile,
    serverSideEncryption: settings.sse === 'none' ? undefined : (settings.sse satisfies ServerSideEncryption),
    timeoutSeconds: settings.timeout,
    attempts: settings.attempts,
  };
}

function readCredentials(file: string): BucketAccess['credentials'] {
  const values = new Map(
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const parts = /^\s*(aws_access_key_id|aws_secret_access_key|aws_session_token)\s*=\s*(.*?)\s*$/.exec(line);
        return parts ? [[parts[1]!, parts[2]!] as const] : [];
      }),
  );
  const [id, secret, token] = ['aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'].map((name) => values.get(name));
  if (!id || !secret) throw new Problem('usage', `${file} lacks a line "aws_access_key_id = …" or one "aws_secret_access_key = …".`);
  return { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) };
}
