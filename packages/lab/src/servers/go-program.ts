import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { LabError } from '../lab-error.ts';
import { cacheFolder } from './cache-folder.ts';

const run = promisify(execFile);

/** A program that is built from a Go module. */
export interface GoProgram {
  readonly module: string;
  readonly version: string;
}

/** Whether this machine has Go. */
export async function hasGo(): Promise<boolean> {
  return run('go', ['version']).then(
    () => true,
    () => false,
  );
}

/**
 * Builds a program with `go install`, once; the cache keeps it. A build takes minutes.
 *
 * @returns the path of the program
 * @throws LabError where it cannot be built
 */
export async function goProgram({ module, version }: GoProgram): Promise<string> {
  const name = basename(module);
  const folder = join(cacheFolder(), `${name}-${version}`);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'building-'));
  try {
    const env = { ...process.env, GOBIN: work, GOFLAGS: '-buildvcs=false' };
    await run('go', ['install', '-trimpath', '-ldflags', '-s -w', `${module}@${version}`], { env, maxBuffer: 64 * 1024 * 1024 });
    // Another run may have been faster; either build will do.
    await rename(work, folder).catch(() => undefined);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const told = stderr.trim().split('\n').slice(-3).join(' ');
    throw new LabError(
      `${module} ${version} could not be built: ${told || (error as Error).message}. Is Go new enough, and its module proxy within reach?`,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return program;
}
