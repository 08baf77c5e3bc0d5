import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Problem } from './problem.ts';

/** A program that runs. */
export interface Child {
  readonly stdout: Readable;
  readonly stdin: Writable;
  /** Resolves when it has ended with exit code 0; rejects with its last words otherwise. */
  readonly done: Promise<void>;
  kill(): void;
}

/**
 * Starts a program, without a shell.
 *
 * @param signal ends it, by sending `ending`
 */
export function startProgram(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  ending: NodeJS.Signals = 'SIGTERM',
): Child {
  const child = spawn(command, args, { env: { ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.push(text);
    if (said.length > 200) said.splice(0, 100);
  });
  // Who reads too little or writes too much learns it from `done`.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined);
  const kill = () => void child.kill(ending);
  signal.addEventListener('abort', kill, { once: true });
  const name = basename(command);
  const done = ended();
  done.catch(() => undefined);
  return { stdout: child.stdout, stdin: child.stdin, done, kill };

  async function ended(): Promise<void> {
    try {
      const [code, killer] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      if (code === 0) return;
      const words = said.join('').trim().split('\n').slice(-6).join('; ');
      const how = killer ? `was ended by ${killer}` : `failed with exit code ${code}`;
      throw new Problem('failed', `${name} ${how}${words ? `: ${words.replace(/\.$/, '')}` : ''}.`);
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem('failed', `${name} could not be started: ${(error as Error).message}.`, { cause: error });
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }
}

/** Runs a program to its end; what it writes to standard output is given back. */
export async function runProgram(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const child = startProgram(command, args, environment, signal);
  child.stdin.end();
  const [text] = await Promise.all([textOf(child.stdout), child.done]);
  return text;
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of stream.setEncoding('utf8')) chunks.push(chunk as string);
  return chunks.join('');
}
