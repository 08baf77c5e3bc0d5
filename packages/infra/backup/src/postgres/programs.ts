import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Problem } from '../problem.ts';

const run = promisify(execFile);

/** The programs of one version of PostgreSQL. */
export interface PostgresPrograms {
  readonly major: number;
  /** What `pg_dump --version` says. */
  readonly version: string;
  path(name: 'pg_dump' | 'pg_dumpall' | 'pg_restore' | 'pg_amcheck' | 'initdb' | 'postgres'): string;
  has(name: 'pg_amcheck' | 'initdb' | 'postgres'): boolean;
}

/**
 * Finds the programs of a major version: of that one, because a newer `pg_dump` writes what an older server cannot take back, and an older one
 * refuses a newer server.
 *
 * @param folder where to look first and only, if it is given
 * @throws Problem `refused` where there are only programs of other versions
 */
export async function findPrograms(major: number, folder: string | undefined): Promise<PostgresPrograms> {
  const folders =
    folder === undefined
      ? [
          `/usr/lib/postgresql/${major}/bin`,
          `/usr/pgsql-${major}/bin`,
          ...(process.env.PATH ?? '').split(':').filter((entry) => entry !== ''),
        ]
      : [folder];
  const seen: string[] = [];
  for (const bin of folders) {
    const programs = await programsIn(bin);
    if (programs?.major === major) return programs;
    if (programs) seen.push(`${programs.version} in ${bin}`);
  }
  throw new Problem(
    'refused',
    `The server is PostgreSQL ${major}, and there is no pg_dump of version ${major} here${seen.length > 0 ? `, only ${[...new Set(seen)].join(', ')}` : ''}. ` +
      `Install postgresql-client-${major}, or name its folder in BACKUP_PG_BIN.`,
  );
}

async function programsIn(folder: string): Promise<PostgresPrograms | undefined> {
  if (!existsSync(join(folder, 'pg_dump'))) return undefined;
  const { stdout } = await run(join(folder, 'pg_dump'), ['--version']).catch(() => ({ stdout: '' }));
  const version = /\(PostgreSQL\) (\S+)/.exec(stdout)?.[1];
  if (version === undefined) return undefined;
  return {
    major: Number.parseInt(version, 10),
    version,
    path: (name) => join(folder, name),
    has: (name) => existsSync(join(folder, name)),
  };
}
