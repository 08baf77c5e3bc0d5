import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from './bench-error.ts';
import type { CodePackage } from './code-packages.ts';

/**
 * Fetches a package from npm and unpacks it, once.
 *
 * @param cache the folder that keeps what was unpacked
 * @returns the folder of its files
 * @throws BenchError where npm does not give it
 */
export function unpackedPackage({ name, version }: CodePackage, cache: string): string {
  const folder = join(cache, `${name.replaceAll('/', '+')}-${version}`);
  if (existsSync(folder)) return join(folder, 'package');
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'unpacking-'));
  try {
    execFileSync('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', work], { stdio: ['ignore', 'ignore', 'pipe'] });
    const archive = readdirSync(work).find((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw new Error('npm gave no archive');
    execFileSync('tar', ['-xzf', join(work, archive), '-C', work]);
    rmSync(join(work, archive));
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw new BenchError(`${name}@${version} could not be fetched from npm: ${error instanceof Error ? error.message : String(error)}`);
  }
  return join(folder, 'package');
}
