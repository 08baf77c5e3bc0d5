import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianPackage } from '../../packages/lab/src/servers/debian-packages.ts';
import { BenchError } from './bench-error.ts';

/** Peers that are no dependency of this workspace: fetched where they are timed. */
const peers = { oxlint: '1.94.0', '@ast-grep/cli': '0.51.1', 'squawk-cli': '2.66.0' };

/** The programs beside ours, by their paths. */
export interface Programs {
  readonly time: string;
  readonly ripgrep: string;
  readonly oxlint: string;
  readonly astGrep: string;
  readonly squawk: string;
}

/**
 * Fetches what is timed, from Debian and from npm, once.
 *
 * @throws BenchError, or the lab's LabError, where one cannot be had
 */
export async function programs(cache: string): Promise<Programs> {
  const folder = join(cache, `peers-${Object.values(peers).join('-')}`);
  if (!existsSync(join(folder, 'node_modules/.bin/oxlint'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: peers }));
    try {
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    } catch (error) {
      throw new BenchError(
        `npm could not install ${Object.keys(peers).join(', ')}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const bin = (name: string): string => join(folder, 'node_modules/.bin', name);
  return {
    time: join(await debianPackage('time', 'bookworm'), 'usr/bin/time'),
    ripgrep: join(await debianPackage('ripgrep', 'bookworm'), 'usr/bin/rg'),
    oxlint: bin('oxlint'),
    astGrep: bin('ast-grep'),
    squawk: bin('squawk'),
  };
}
