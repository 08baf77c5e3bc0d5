import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../lab-error.ts';
import type { Program } from './unpacked-program.ts';

/** A server that runs and answers. */
export interface ServerProcess {
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it answers.
 *
 * @param name for messages, such as `PgBouncer 1.24`
 * @param answers resolves once the server answers, rejects as long as it does not
 * @param stopSignal the signal that ends it at once
 * @throws LabError where it ends or stays silent for 30 seconds; the message holds the end of its log
 */
export async function startServer(
  name: string,
  program: Program,
  answers: () => Promise<unknown>,
  stopSignal: NodeJS.Signals,
): Promise<ServerProcess> {
  // LANG of the machine may name a locale that the server's own libraries do not know.
  const child = spawn(program.command, program.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
    detached: true,
  });
  const log: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => log.push(text));
  const failed = once(child, 'error').then(([error]) => {
    throw new LabError(`${name} could not be started: ${(error as Error).message}.`);
  });
  failed.catch(() => undefined);
  const until = Date.now() + 30_000;
  while (Date.now() < until && child.exitCode === null && child.signalCode === null) {
    const ready = await Promise.race([
      failed,
      answers().then(
        () => true,
        () => false,
      ),
    ]);
    if (ready) return { stop: () => stop(child, stopSignal) };
    await sleep(25);
  }
  await stop(child, 'SIGKILL');
  throw new LabError(`${name} did not come up. The end of its log:\n${log.join('').split('\n').slice(-12).join('\n')}`);
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const timeout = new AbortController();
  await Promise.race([
    ended,
    sleep(5_000, undefined, { signal: timeout.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    ),
  ]);
  timeout.abort();
  await ended;
}
