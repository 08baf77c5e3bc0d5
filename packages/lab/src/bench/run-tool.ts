import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { type PostgresTool, postgresTool } from '../servers/postgres-tools.ts';

/** How a program ended. */
export interface ToolRun {
  readonly code: number;
  readonly output: Buffer;
  readonly stderr: string;
}

/**
 * Runs a program of PostgreSQL's own against a server or a pooler. It ends with its connection.
 *
 * @param postgresql the server behind it
 * @param url with the password, which goes into the environment
 * @param input what it reads from its standard input
 */
export async function runTool(
  tool: PostgresTool,
  postgresql: 'installed' | '18',
  args: readonly string[],
  url: string,
  input: string | Buffer = '',
): Promise<ToolRun> {
  const program = await postgresTool(tool, postgresql);
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = ['--host', hostname, '--port', port, '--username', username, '--no-password', '--dbname', pathname.slice(1)];
  const child = spawn(program.command, [...program.args, ...connection, ...args], {
    // The decoder in between reads no TLS.
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', PGPASSWORD: password, PGSSLMODE: 'disable', PGGSSENCMODE: 'disable' },
  });
  child.stdin.on('error', () => undefined).end(input);
  const [output, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code: code ?? -1, output, stderr };
}
