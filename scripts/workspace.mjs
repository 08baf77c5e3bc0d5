// What every script of the workspace shares. Only Node's own modules: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the workspace, absolute. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The folders of the packages that are published, relative to the root. */
export const publishedPackages = ['packages/eslint-plugin-pgbouncer', 'packages/pgbouncer-audit-cli'];

/** Tells on standard error, so that the output of a command that follows can be piped. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a program to its end, with this process's standard streams unless `options.stdio` says otherwise.
 *
 * @returns its exit code; 127 where it could not be started
 */
export function run(command, args, options = {}) {
  return spawn(command, args, { stdio: 'inherit', ...options }).status;
}

/** Runs a program to its end, and gives back what it wrote to standard output. */
export function capture(command, args, options = {}) {
  const { status, stdout } = spawn(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
  return { status, output: stdout ?? '' };
}

/** Runs a program that a dependency of the workspace brings, such as `eslint`. */
export function runTool(name, args, options = {}) {
  return run(join(root, 'node_modules', '.bin', name), args, { cwd: root, ...options });
}

/**
 * The command that starts the pnpm which package.json names: an installed one of that very version, otherwise npx, which comes with npm.
 *
 * @returns a program and its first arguments
 */
export function pnpmCommand() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [, version] = packageManager.split('@');
  const installed = capture('pnpm', ['--version'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  return installed.output.trim() === version ? ['pnpm'] : ['npx', '--yes', `pnpm@${version}`];
}

function spawn(command, args, options) {
  // On Windows the programs of npm are .cmd files, which only a shell starts.
  const result = spawnSync(command, args, { shell: process.platform === 'win32', ...options });
  return { ...result, status: result.status ?? (result.error ? 127 : 1) };
}
