import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackage } from './debian-packages.ts';
import { debianPostgres, isInstalled, newerPostgres, type PostgresPackage, postgresPrograms } from './postgresql.ts';
import type { RunFolder } from './run-folder.ts';
import { type Program, unpackedProgram } from './unpacked-program.ts';

/** A program of PostgreSQL's own that connects as a client. */
export type PostgresTool = 'pg_dump' | 'pg_restore';

/** The package with the programs that go with a server: pg_dump refuses a server that is newer than itself. */
export function clientPackage({ package: server, suite }: PostgresPackage): { readonly name: string; readonly suite: string } {
  return { name: server.replace('postgresql-', 'postgresql-client-'), suite };
}

/**
 * The installed program, else the one of Debian's package.
 *
 * @param postgresql the server that it is for
 */
export async function postgresTool(tool: PostgresTool, postgresql: 'installed' | '18'): Promise<Program> {
  const server = postgresql === '18' ? newerPostgres : debianPostgres;
  const path = `${server.programs}/${tool}`;
  if (existsSync(`/${path}`)) return { command: `/${path}`, args: [] };
  const { name, suite } = clientPackage(server);
  return unpackedProgram(await debianPackage(name, suite), path);
}

/**
 * The folder of PostgreSQL's programs, with the programs of its clients beside them (`pg_dump`, `pg_restore`, `psql` …), which Debian packages by themselves.
 */
export async function postgresWithClients(postgres: PostgresPackage, folder: RunFolder): Promise<string> {
  const programs = await postgresPrograms(postgres, folder);
  if (isInstalled(postgres)) return programs;
  const { name: clients, suite } = clientPackage(postgres);
  const root = await folder.folder(clients, await debianPackage(clients, suite));
  for (const name of ['pg_dump', 'pg_dumpall', 'pg_restore', 'pg_amcheck', 'psql', 'createdb']) {
    const { command, args } = await unpackedProgram(root, join(postgres.programs, name));
    // `$0` tells a program where its siblings are.
    await writeFile(join(programs, name), `#!/bin/sh\nexec ${command} --argv0 "$0" ${args.join(' ')} "$@"\n`, { mode: 0o755 });
  }
  return programs;
}
