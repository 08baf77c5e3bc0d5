// Brings a fresh clone to the point where the commands of the workspace run. Only Node's own modules: it runs before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pnpmCommand, publishedPackages, root, run, runTool, say } from './workspace.mjs';

/** What could not be set up, in words for the person who ran the command. */
export class SetupError extends Error {}

/**
 * Installs the dependencies and builds packages, each only where something changed since the last time.
 *
 * @param packages folders of the published packages to build, relative to the root
 * @throws SetupError where a step fails
 */
export function setUp(packages = publishedPackages) {
  install();
  build(packages);
}

/** Installs the dependencies that the lock file names, unless it was done before. */
export function install() {
  requireNode();
  once('install', ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...manifests()], ['node_modules/.pnpm'], runInstall);
}

/** Builds packages, unless it was done before from the same sources. */
export function build(packages) {
  for (const folder of packages) {
    const sources = ['packages/core/src', ...['src', 'package.json', 'tsup.config.ts'].map((name) => join(folder, name))];
    once(`build ${basename(folder)}`, [...sources, 'tsconfig.base.json', 'pnpm-lock.yaml'], [join(folder, 'dist')], () => runBuild(folder));
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
  if (supported) return;
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  throw new SetupError(`Node ${process.versions.node} is not supported: install Node ${engines.node}, then run the command again.`);
}

function runInstall() {
  const [pnpm, ...args] = pnpmCommand();
  say(`Installing the dependencies with ${[pnpm, ...args].join(' ')} ...`);
  const status = run(pnpm, [...args, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'], {
    cwd: root,
    // Never waits for an answer, not even where it replaces a node_modules that another package manager made.
    env: { ...process.env, CI: 'true' },
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) throw new SetupError('The dependencies could not be installed: see the lines above; is the npm registry within reach?');
}

function runBuild(folder) {
  say(`Building ${folder} ...`);
  const status = runTool('tsup', ['--silent'], { cwd: join(root, folder), stdio: ['ignore', process.stderr, process.stderr] });
  if (status !== 0) throw new SetupError(`${folder} could not be built: see the lines above.`);
}

/** Does a step unless it was done before with the same inputs, and what it made is still there. Paths are relative to the root. */
function once(name, inputs, outputs, step) {
  const stamp = join(root, 'node_modules', '.cache', 'pgbouncer-audit-workspace', `${name.replaceAll(' ', '-')}.sha256`);
  const hash = hashOf(inputs);
  const done = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash && outputs.every((output) => existsSync(join(root, output)));
  if (done) return;
  step();
  mkdirSync(join(stamp, '..'), { recursive: true });
  writeFileSync(stamp, hash);
}

function hashOf(inputs) {
  const hash = createHash('sha256').update(process.version);
  for (const path of inputs.flatMap(filesIn)) hash.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function filesIn(path) {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (!isFolder(absolute)) return [path];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

/** The package.json of every package of the workspace. */
function manifests() {
  return ['packages', 'fixtures']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name, 'package.json')))
    .filter((path) => existsSync(join(root, path)))
    .sort();
}

function isFolder(absolute) {
  return statSync(absolute).isDirectory();
}

/** Runs `action`; where the set-up fails, says why in a line and ends the process with exit code 3. */
export function exitOnSetupError(action) {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exit(3);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  exitOnSetupError(() => setUp());
}
