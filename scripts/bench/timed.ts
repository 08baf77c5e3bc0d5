import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchError } from './bench-error.ts';

/** What one run of a program took, its children included. */
export interface Taken {
  /** In seconds. */
  readonly wall: number;
  /** User and system, in seconds. */
  readonly cpu: number;
  /** The largest resident set of one of its processes, in megabytes. */
  readonly memory: number;
}

/** A command, with where and how it is run. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Exit codes that are no failure; a linter that finds something ends with 1. */
  readonly accepts?: readonly number[];
}

/**
 * Runs a command to its end, with GNU time around it.
 *
 * @param time the program `time`
 * @throws BenchError where it ends with a code that it must not end with: what fails is not to be timed
 */
export function timed(time: string, { command, args, cwd, accepts = [0] }: Command): Taken {
  const output = join(tmpdir(), `bench-time-${process.pid}`);
  try {
    const started = process.hrtime.bigint();
    const { status, stderr } = spawnSync(time, ['--quiet', '--format=%U %S %M', `--output=${output}`, command, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      ...(cwd !== undefined && { cwd }),
    });
    const wall = Number(process.hrtime.bigint() - started) / 1e9;
    if (status === null || !accepts.includes(status)) {
      throw new BenchError(`\`${[command, ...args].join(' ').slice(0, 300)}\` ended with ${status}: ${stderr.slice(-500)}`);
    }
    const [user = 0, system = 0, kilobytes = 0] = readFileSync(output, 'utf8').trim().split('\n').at(-1)!.split(' ').map(Number);
    return { wall, cpu: user + system, memory: kilobytes / 1024 };
  } finally {
    rmSync(output, { force: true });
  }
}
