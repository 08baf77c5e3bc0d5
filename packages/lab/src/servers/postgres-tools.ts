import { existsSync } from 'node:fs';
import { debianPackage } from './debian-packages.ts';
import { debianPostgres, newerPostgres, type PostgresPackage } from './postgresql.ts';
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
