import { readFileSync } from 'node:fs';
import type pg from 'pg';
import type { Log } from './log.ts';
import { connectDirectly, type PostgresEnvironment } from './postgres/connection.ts';
import { passfileLines } from './postgres/passfile.ts';
import { proxyingOf, bucketAccess, type Rights, type Settings } from './settings.ts';
import { type Bucket, openBucket } from './storage/bucket.ts';

/** What every command works with. */
export interface App {
  readonly settings: Settings;
  readonly log: Log;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
  /** For PostgreSQL's own programs. */
  readonly environment: PostgresEnvironment;
  bucket(rights: Rights): Bucket;
  connect(database: string): Promise<pg.Client>;
  /** Text without secrets, for what is stored or served. */
  redact(text: string): string;
}

/** The variables that PostgreSQL's programs get: libpq's own, and what any program needs. Never those with the credentials of the bucket. */
export function postgresEnvironment(environment: NodeJS.ProcessEnv): PostgresEnvironment {
  const kept = Object.entries(environment).filter(
    ([name]) => /^PG[A-Z]/.test(name) || ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'].includes(name),
  );
  return {
    ...Object.fromEntries(kept),
    PGAPPNAME: 'pg-backup',
    PGCONNECT_TIMEOUT: environment.PGCONNECT_TIMEOUT ?? '15',
    LC_ALL: 'C.UTF-8',
  };
}

export function makeApp(parts: Omit<App, 'bucket' | 'connect'>): App {
  const buckets = new Map<Rights, Bucket>();
  return {
    ...parts,
    bucket(rights) {
      const bucket = buckets.get(rights) ?? openBucket(bucketAccess(parts.settings, rights));
      buckets.set(rights, bucket);
      return bucket;
    },
    connect: (database) => connectDirectly(parts.environment, database, proxyingOf(parts.settings)),
  };
}

/** Everything that must never be shown: the secrets in the files that the settings name. A file that cannot be read is reported elsewhere. */
export function secretsIn(environment: NodeJS.ProcessEnv): string[] {
  const read = (name: string) => {
    try {
      return readFileSync(environment[name] ?? '', 'utf8');
    } catch {
      return '';
    }
  };
  const credentials = ['', 'READER_', 'DELETER_'].map((role) => read(`BACKUP_S3_${role}CREDENTIALS_FILE`)).join('\n');
  return [
    ...[...credentials.matchAll(/^\s*aws_(?:secret_access_key|session_token)\s*=\s*(.*?)\s*$/gm)].map(([, secret]) => secret!),
    ...passfileLines(read('PGPASSFILE')).map(({ password }) => password),
    ...[environment.PGPASSWORD ?? '', environment.AWS_SECRET_ACCESS_KEY ?? ''],
  ].filter((secret) => secret !== '');
}
