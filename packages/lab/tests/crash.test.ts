import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openRunFolder } from '../src/servers/run-folder.ts';

const program = `
  import { debianPostgres, postgresPrograms, startPostgres } from './src/servers/postgresql.ts';
  import { openRunFolder } from './src/servers/run-folder.ts';
  const folder = await openRunFolder();
  const { port } = await startPostgres(folder, await postgresPrograms(debianPostgres, folder));
  console.log(JSON.stringify({ folder: folder.path, port }));
  setInterval(() => undefined, 1000);
`;

test('a lab that is killed leaves no server behind, and the next one removes its folder', async () => {
  const lab = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { folder, port } = await firstLine(lab);
  expect(await listens(port)).toBe(true);

  lab.kill('SIGKILL');
  await once(lab, 'exit');
  for (let wait = 0; wait < 100 && (await listens(port)); wait++) await sleep(50);
  expect(await listens(port)).toBe(false);
  expect(existsSync(folder)).toBe(true);

  const next = await openRunFolder();
  expect(existsSync(folder)).toBe(false);
  await next.remove();
});

async function firstLine({ stdout }: ChildProcess): Promise<{ folder: string; port: number }> {
  if (!stdout) throw new Error('The lab has no output.');
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as { folder: string; port: number };
  throw new Error('The lab ended before it was up.');
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false));
  });
}
