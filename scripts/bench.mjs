// `pnpm bench [rounds]`: times the audit and the plugin against peers, on the same files, in turns of one run. Ratios carry over to other
// machines; seconds do not.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exitOnSetupError, setUp } from './setup.mjs';
import { root, run } from './workspace.mjs';

const rounds = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-audit-bench-'));
const quiet = { cwd: join(folder, 'corpus'), stdio: 'ignore' };
try {
  exitOnSetupError(() => setUp());
  bench();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function bench() {
  const files = makeCorpus();
  const eslint = (config) => () => quietly('eslint', ['--no-config-lookup', '--config', config, '.']);
  const parsed = join(folder, 'parsed.config.mjs');
  const plugged = join(folder, 'plugged.config.mjs');
  const language = `languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } }, linterOptions: { reportUnusedDisableDirectives: 'off' }`;
  writeFileSync(parsed, `export default [{ files: ['**/*.js'], ${language} }];\n`);
  writeFileSync(
    plugged,
    `import pgbouncer from ${JSON.stringify(join(root, 'packages/eslint-plugin-pgbouncer/dist/index.js'))};
export default [{ files: ['**/*.js'], ${language} }, pgbouncer.configs.all];\n`,
  );
  const subjects = {
    'read and search every file (grep)': () => run('grep', ['-rlE', 'sql|query|pg|postgres', 'corpus'], { cwd: folder, stdio: 'ignore' }),
    'ESLint without a rule': eslint(parsed),
    'ESLint with every rule of the plugin': eslint(plugged),
    'pgbouncer-audit': () => run(process.execPath, [join(root, 'packages/pgbouncer-audit-cli/dist/cli.js'), '.'], quiet),
  };
  const seconds = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, subject] of Object.entries(subjects)) seconds[name].push(timed(subject));
  }
  const base = median(seconds['ESLint without a rule']);
  console.log(`${files} JavaScript files of installed packages, median of ${rounds} rounds:`);
  for (const [name, times] of Object.entries(seconds)) {
    console.log(`${median(times).toFixed(2).padStart(8)} s  ${(median(times) / base).toFixed(3).padStart(7)} x  ${name}`);
  }
}

function quietly(name, args) {
  return run(join(root, 'node_modules', '.bin', name), args, quiet);
}

/** Real code that is there anyway: packages that talk to PostgreSQL, and one that does not. Outside node_modules, which every tool leaves out. */
function makeCorpus() {
  const installed = {
    'drizzle-orm': 'packages/lab/node_modules/drizzle-orm',
    pg: 'packages/lab/node_modules/pg',
    postgres: 'packages/lab/node_modules/postgres',
    eslint: 'node_modules/eslint',
  };
  let files = 0;
  for (const [name, link] of Object.entries(installed)) {
    const source = realpathSync(join(root, link));
    for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || !entry.name.endsWith('.js') || path.slice(source.length).includes('node_modules')) continue;
      const target = join(folder, 'corpus', name, path.slice(source.length));
      mkdirSync(dirname(target), { recursive: true });
      cpSync(path, target);
      files++;
    }
  }
  writeFileSync(join(folder, 'corpus', 'package.json'), JSON.stringify({ name: 'corpus', type: 'module', dependencies: { pg: '*' } }));
  return files;
}

function timed(subject) {
  const started = process.hrtime.bigint();
  subject();
  return Number(process.hrtime.bigint() - started) / 1e9;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
