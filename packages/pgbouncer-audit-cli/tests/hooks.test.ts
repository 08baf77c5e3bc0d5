import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { commitAll, git, gitEnvironment } from './support/git.ts';
import { repository } from './support/repository.ts';

const templates = fileURLToPath(new URL('../templates', import.meta.url));
const require = createRequire(import.meta.url);

const files = {
  '.gitignore': 'node_modules\n',
  'package.json': '{ "name": "api", "private": true, "dependencies": { "pg": "8.16.0" } }',
  'src/db.ts': "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n",
};
const bad = "import { pool } from './db';\nexport const slow = () => pool.query('SET statement_timeout = 1');\n";
const good = "import { pool } from './db';\nexport const fast = () => pool.query('SELECT 1');\n";

/** What the package manager would have installed: the command, made of the sources. */
const program = `#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
const args = ['--import', ${JSON.stringify(pathToFileURL(require.resolve('tsx')).href)}, ${JSON.stringify(fileURLToPath(new URL('../src/bin.ts', import.meta.url)))}];
process.exit(spawnSync(process.execPath, [...args, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 9);
`;

/** A repository with the command installed, everything committed, and a hook to come. */
function project(overrides: Readonly<Record<string, string>> = {}): string {
  const root = repository({
    ...files,
    'node_modules/.bin/pgbouncer-audit': program,
    'node_modules/package.json': '{ "type": "module" }',
    ...overrides,
  });
  chmodSync(join(root, 'node_modules/.bin/pgbouncer-audit'), 0o755);
  commitAll(root);
  return root;
}

/** Links a program that this package depends on for its tests. @returns its path */
function install(root: string, name: string, path: string): string {
  const link = join(root, 'node_modules/.bin', name);
  symlinkSync(path, link);
  return link;
}

/** The file of a package that a command of it is. */
function programOf(name: string, command = name): string {
  let folder = dirname(require.resolve(`${name}/package.json`));
  folder = realpathSync(folder);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { bin: string | Record<string, string> };
  return join(folder, typeof bin === 'string' ? bin : bin[command]!);
}

function commit(root: string) {
  const { status, stdout, stderr } = spawnSync('git', ['commit', '--allow-empty', '--message=change'], {
    cwd: root,
    env: { ...gitEnvironment, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`, CI: 'true' },
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

/** What every hook has to do. */
async function holds(root: string): Promise<void> {
  const write = (file: string, text: string) => writeFileSync(join(root, file), text);
  git(root, 'add', '--all');
  expect(commit(root), 'a commit of the hook itself').toMatchObject({ status: 0 });

  write('src/a.ts', bad);
  git(root, 'add', 'src/a.ts');
  // What lies in the work tree is another matter.
  write('src/a.ts', good);
  const refused = commit(root);
  expect(refused.said).toContain('no-session-set');
  expect(refused.status).not.toBe(0);
  expect(readFileSync(join(root, 'src/a.ts'), 'utf8')).toBe(good);

  git(root, 'add', 'src/a.ts');
  const accepted = commit(root);
  expect(accepted.status, accepted.said).toBe(0);
  expect(git(root, 'status', '--porcelain')).toBe('');
}

describe('the ready-made hook refuses a commit by what is staged, and accepts a good one', () => {
  test('of plain git', async () => {
    const root = project();
    cpSync(join(templates, 'pre-commit'), join(root, '.git/hooks/pre-commit'));
    chmodSync(join(root, '.git/hooks/pre-commit'), 0o755);
    await holds(root);
  }, 60_000);

  test('of husky and lint-staged', async () => {
    const root = project();
    install(root, 'lint-staged', programOf('lint-staged'));
    const husky = spawnSync(process.execPath, [join(dirname(require.resolve('husky')), 'bin.js')], { cwd: root, encoding: 'utf8' });
    expect(husky.stderr + husky.stdout).toBe('');
    cpSync(join(templates, 'husky/pre-commit'), join(root, '.husky/pre-commit'));
    cpSync(join(templates, 'husky/lint-staged.config.mjs'), join(root, 'lint-staged.config.mjs'));
    await holds(root);
  }, 60_000);

  test('of lefthook', async () => {
    const root = project();
    const lefthook = install(root, 'lefthook', programOf('lefthook'));
    cpSync(join(templates, 'lefthook.yml'), join(root, 'lefthook.yml'));
    const installed = spawnSync(lefthook, ['install'], { cwd: root, env: gitEnvironment, encoding: 'utf8' });
    expect(installed.status, installed.stderr).toBe(0);
    await holds(root);
  }, 60_000);
});

describe('pre-commit.com', () => {
  test('finds the same hook in this repository as in the file to copy', () => {
    const [own] = parse(readFileSync(new URL('../../../.pre-commit-hooks.yaml', import.meta.url), 'utf8')) as Record<string, unknown>[];
    const copied = parse(readFileSync(join(templates, 'pre-commit-config.yaml'), 'utf8')) as {
      repos: [{ hooks: [Record<string, unknown>] }];
    };
    const { description: _, ...hook } = own!;
    expect(copied.repos[0].hooks[0]).toEqual(hook);
  });
});

describe('the ready-made job of CI', () => {
  /** Runs the commands of a job as its runner does, up to the first that fails. */
  function runAll(root: string, scripts: readonly string[]) {
    let said = '';
    for (const script of scripts) {
      const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd: root,
        env: { ...gitEnvironment, CI: 'true' },
        encoding: 'utf8',
      });
      said += stdout + stderr;
      if (status !== 0) return { status, said };
    }
    return { status: 0, said };
  }

  /** A project whose lock file names the command, so that `npm ci` installs it. */
  function locked(): string {
    const packageFolder = realpathSync(mkdtempSync(join(tmpdir(), 'audit-package-')));
    onTestFinished(() => rmSync(packageFolder, { recursive: true, force: true }));
    writeFileSync(
      join(packageFolder, 'package.json'),
      '{ "name": "pgbouncer-audit-cli", "version": "1.0.0", "type": "module", "bin": { "pgbouncer-audit": "cli.js" } }',
    );
    writeFileSync(join(packageFolder, 'cli.js'), program, { mode: 0o755 });
    const root = repository({
      ...files,
      'package.json': JSON.stringify({ name: 'api', private: true, devDependencies: { 'pgbouncer-audit-cli': `file:${packageFolder}` } }),
      'src/a.ts': bad,
    });
    const npm = spawnSync('npm', ['install', '--package-lock-only', '--offline', '--no-audit', '--no-fund'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(npm.status, npm.stderr).toBe(0);
    commitAll(root);
    return root;
  }

  const jobs: readonly (readonly [string, () => { scripts: readonly string[]; kept: readonly string[] }])[] = [
    [
      'GitHub',
      () => {
        const { jobs } = parse(readFileSync(join(templates, 'github-workflow.yml'), 'utf8')) as {
          jobs: { audit: { steps: { run?: string; uses?: string; with?: { path?: string; sarif_file?: string } }[] } };
        };
        const { steps } = jobs.audit;
        return {
          scripts: steps.flatMap(({ run }) => run ?? []),
          kept: steps.flatMap((step) => [step.with?.path?.replace('*', 'json') ?? [], step.with?.sarif_file ?? []].flat()),
        };
      },
    ],
    [
      'GitLab',
      () => {
        const { 'pgbouncer-audit': job } = parse(readFileSync(join(templates, 'gitlab-ci.yml'), 'utf8')) as Record<
          string,
          { script: string[]; artifacts: { paths: string[] } }
        >;
        return { scripts: job!.script, kept: job!.artifacts.paths };
      },
    ],
  ];

  test.each(jobs)(
    'of %s lets the known findings pass, refuses a new one, and leaves the reports that it keeps',
    (_, read) => {
      const { scripts, kept } = read();
      const root = locked();
      expect(scripts.length).toBeGreaterThan(1);
      const missing = runAll(root, scripts);
      expect(missing.said).toContain('does not exist. Write it once: --baseline pgbouncer-baseline.json --update-baseline');
      const written = runAll(root, ['npx --no-install pgbouncer-audit --baseline pgbouncer-baseline.json --update-baseline']);
      expect(written.status, written.said).toBe(0);

      const known = runAll(root, scripts);
      expect(known.status, known.said).toBe(0);
      expect(kept.length).toBeGreaterThan(1);
      for (const file of kept) rmSync(join(root, file));

      writeFileSync(join(root, 'src/b.ts'), bad.replace('SET statement_timeout = 1', 'LISTEN jobs'));
      const refused = runAll(root, scripts);
      expect(refused.status).toBe(1);
      expect(refused.said).toContain('no-listen');
      for (const file of kept) expect(existsSync(join(root, file)), file).toBe(true);
    },
    120_000,
  );
});
