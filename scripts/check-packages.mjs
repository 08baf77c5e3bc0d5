// Packs the published packages, checks the archives, installs them into new projects and uses them there as a team would: ESLint 9 and 10,
// ESM and CommonJS, oxlint, the types of a configuration, the command.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetupError, exitOnSetupError, setUp } from './setup.mjs';
import { capture, pnpmCommand, publishedPackages, root, run, runTool, say } from './workspace.mjs';

const bad = `import { Pool } from 'pg';
const pool = new Pool();
export const hurry = () => pool.query("SET statement_timeout = '5s'");
`;
const good = `import { Pool } from 'pg';
const pool = new Pool();
export const now = () => pool.query('SELECT now()');
`;

const typedConfig = (statement) => `${statement}
import { defineConfig } from 'eslint/config';
export const config = defineConfig(pgbouncer.configs.recommended, {
  plugins: { pgbouncer },
  rules: { 'pgbouncer/no-session-set': 'error' },
});
`;

/** What a project of a team looks like that has just installed the two packages. */
const projectFiles = {
  'bad.js': bad,
  'good.js': good,
  'esm.config.mjs': `import pgbouncer from 'eslint-plugin-pgbouncer';
export default [pgbouncer.configs.recommended];
`,
  'commonjs.config.cjs': `const pgbouncer = require('eslint-plugin-pgbouncer');
module.exports = [pgbouncer.configs.recommended];
`,
  'oxlint.json': JSON.stringify({ jsPlugins: ['eslint-plugin-pgbouncer'], rules: { 'pgbouncer/no-session-set': 'error' } }),
  'types-esm.mts': typedConfig("import pgbouncer from 'eslint-plugin-pgbouncer';"),
  'types-commonjs.cts': typedConfig("import pgbouncer = require('eslint-plugin-pgbouncer');"),
};

const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-audit-packages-'));
try {
  exitOnSetupError(main);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function main() {
  setUp();
  const archives = publishedPackages.map(pack);
  const failures = [
    ...archives.flatMap((archive) => check(`publint ${archive.name}`, () => publint(archive))),
    ...check('types of eslint-plugin-pgbouncer', () => resolvesTypes(archives[0])),
    ...['9', '10'].flatMap((eslint) => checkProject(eslint, archives)),
  ];
  if (failures.length === 0) return;
  say(`${failures.length} failed: ${failures.join('; ')}`);
  process.exitCode = 1;
}

/** @returns the name of the check in an array where it failed, an empty one where it passed */
function check(name, action) {
  try {
    action();
    say(`passed  ${name}`);
    return [];
  } catch (error) {
    say(`FAILED  ${name}: ${error.message}`);
    return [name];
  }
}

function pack(packageFolder) {
  const destination = join(folder, packageFolder);
  mkdirSync(destination, { recursive: true });
  const [pnpm, ...args] = pnpmCommand();
  const { status, output } = capture(pnpm, [...args, 'pack', '--pack-destination', destination], { cwd: join(root, packageFolder) });
  if (status !== 0) throw new SetupError(`${packageFolder} could not be packed: ${output}`);
  const { name, version } = JSON.parse(readFileSync(join(root, packageFolder, 'package.json'), 'utf8'));
  return { name, version, path: join(destination, readdirSync(destination)[0]) };
}

function publint({ path }) {
  assert.equal(runTool('publint', ['run', path, '--strict']), 0, 'see the lines above');
}

function resolvesTypes({ path }) {
  assert.equal(runTool('attw', [path, '--profile', 'node16']), 0, 'see the lines above');
}

function checkProject(eslint, archives) {
  const project = join(folder, `eslint-${eslint}`);
  mkdirSync(project);
  for (const [name, text] of Object.entries(projectFiles)) writeFileSync(join(project, name), text);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'a-team', private: true, version: '1.0.0' }));
  const packages = [`eslint@${eslint}`, 'oxlint@^1.94.0', 'typescript@~6.0.3', '@types/node@20', ...archives.map(({ path }) => path)];
  const installed = run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...packages], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const named = (name) => `${name}, ESLint ${eslint}`;
  if (installed !== 0) return check(named('npm install'), () => assert.fail(`npm install ended with exit code ${installed}`));

  return [
    ...['esm.config.mjs', 'commonjs.config.cjs'].flatMap((config) => check(named(config), () => lints(project, config))),
    ...check(named('oxlint'), () => lintsInOxlint(project)),
    ...check(named('types of a configuration'), () => typeChecks(project)),
    ...check(named('pgbouncer-audit'), () => audits(project, archives[1].version)),
  ];
}

function lints(project, config) {
  const { status, output } = capture('npx', ['eslint', '--config', config, '--format', 'json', 'bad.js', 'good.js'], { cwd: project });
  assert.equal(status, 1, 'ESLint finds the error in bad.js');
  const rulesOf = (file) =>
    JSON.parse(output)
      .find(({ filePath }) => filePath.endsWith(file))
      .messages.map(({ ruleId }) => ruleId);
  assert.deepEqual(rulesOf('bad.js'), ['pgbouncer/no-session-set']);
  assert.deepEqual(rulesOf('good.js'), []);
}

function lintsInOxlint(project) {
  const { status, output } = capture('npx', ['oxlint', '--config', 'oxlint.json', '--format', 'json', 'bad.js', 'good.js'], {
    cwd: project,
  });
  assert.equal(status, 1, 'oxlint finds the error in bad.js');
  const errors = JSON.parse(output).diagnostics.filter(({ code }) => code?.startsWith('pgbouncer'));
  assert.deepEqual(
    errors.map(({ code, filename }) => [code, filename]),
    [['pgbouncer(no-session-set)', 'bad.js']],
  );
}

function typeChecks(project) {
  const files = ['types-esm.mts', 'types-commonjs.cts'];
  const status = run('npx', ['tsc', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', ...files], {
    cwd: project,
  });
  assert.equal(status, 0, 'see the lines above');
}

function audits(project, version) {
  const audit = (...args) => capture('npx', ['pgbouncer-audit', ...args], { cwd: project });
  assert.deepEqual(audit('--version'), { status: 0, output: `${version}\n` });
  assert.equal(audit('bad.js').status, 1, 'finds the error in bad.js');
  assert.equal(audit('good.js').status, 0, 'finds nothing in good.js');
}
