import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AuditResult } from '../src/result.ts';
import { command } from './support/command.ts';
import { commitAll, git } from './support/git.ts';
import { repository } from './support/repository.ts';

const files = {
  'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0" } }',
  '.gitignore': 'node_modules\n',
  'docker/pgbouncer.ini': '[pgbouncer]\npool_mode = transaction\nidle_transaction_timeout = 60\nmax_prepared_statements = 100\n',
  'src/db.ts':
    "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5000 });\npool.on('error', console.error);\n",
  'src/old.ts': "import { pool } from './db';\nexport const jobs = () => pool.query('LISTEN jobs');\n",
};
const bad = "import { pool } from './db';\nexport const slow = () => pool.query('SET statement_timeout = 1');\n";
const good = "import { pool } from './db';\nexport const fast = () => pool.query('SELECT 1');\n";

function committed(overrides: Readonly<Record<string, string>> = {}): string {
  const root = repository({ ...files, ...overrides });
  commitAll(root);
  return root;
}

async function found(root: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await command(root, '--format', 'json', ...args);
  const result = JSON.parse(stdout || '{ "findings": [] }') as AuditResult;
  return {
    code,
    stderr,
    at: result.findings.map(({ file, line }) => `${file}:${line}`),
    omitted: result.scope?.omitted,
    scope: result.scope,
  };
}

const write = (root: string, path: string, text: string) => writeFileSync(join(root, path), text);

describe('--since', () => {
  test('lists what the changed lines are responsible for, committed or not, and leaves what was there', async () => {
    const root = committed();
    git(root, 'checkout', '-q', '-b', 'feature');
    write(root, 'src/new.ts', bad);
    git(root, 'add', '.');
    git(root, 'commit', '-qm', 'second');
    write(root, 'src/untracked.ts', bad);
    expect(await found(root, '--since', 'main')).toMatchObject({ code: 1, at: ['src/new.ts:2', 'src/untracked.ts:2'], omitted: 1 });
    const { stdout } = await command(root, '--since', 'main');
    expect(stdout).toMatch(
      /^CHANGED SINCE main: 2 findings to act on; 1 other not listed\.\nwhole {4}NOT READY for transaction mode: 3 blockers/,
    );
  });

  test('starts where the branch left: what main got meanwhile is not its change', async () => {
    const root = committed();
    git(root, 'checkout', '-q', '-b', 'feature');
    write(root, 'src/new.ts', bad);
    git(root, 'add', '.');
    git(root, 'commit', '-qm', 'second');
    git(root, 'checkout', '-q', 'main');
    write(root, 'src/old.ts', good);
    git(root, 'commit', '-qam', 'repaired on main');
    git(root, 'checkout', '-q', 'feature');
    expect((await found(root, '--since', 'main')).at).toEqual(['src/new.ts:2']);
  });

  test('is 0 when the change does no harm, and the whole is known all the same', async () => {
    const root = committed();
    write(root, 'src/old.ts', `// a comment\n${files['src/old.ts']}`);
    expect(await found(root, '--since', 'HEAD')).toMatchObject({ code: 0, at: [], omitted: 1 });
  });

  test('lists a finding elsewhere that rests on a changed line', async () => {
    const root = committed({ 'src/db.ts': files['src/db.ts'].replace('DATABASE_URL', 'DIRECT_URL') });
    expect(await found(root, '--since', 'HEAD')).toMatchObject({ code: 0, at: [] });
    write(root, 'src/db.ts', files['src/db.ts']);
    expect(await found(root, '--since', 'HEAD')).toMatchObject({ code: 1, at: ['src/old.ts:2'] });
  });

  test('lists everything where the pooler was changed', async () => {
    const root = committed();
    write(root, 'docker/pgbouncer.ini', files['docker/pgbouncer.ini'].replace('100', '0'));
    const { at, scope } = await found(root, '--since', 'HEAD');
    expect({ at, widened: scope?.widened }).toEqual({
      at: ['src/old.ts:2'],
      widened: 'maxPreparedStatements was changed (docker/pgbouncer.ini:4)',
    });
  });

  test('knows files with any name, renamed ones and binary ones', async () => {
    const names = ['src/with "quotes".ts', 'src/with\ttab.ts', 'src/ünïcode 漢.ts', 'src/-dash.ts', 'src/new\nline.ts'];
    const root = committed({ 'src/moved.ts': bad, 'logo.png': '\0\u0001' });
    git(root, 'mv', 'src/moved.ts', 'src/renamed.ts');
    write(root, 'logo.png', '\0\u0002');
    for (const name of names) write(root, name, bad.replace('slow', `slow${'er'.repeat(name.length)}`).replace('statement', 'lock'));
    git(root, 'add', '.');
    // A rename changes no line.
    expect((await found(root, '--since', 'HEAD')).at.toSorted()).toEqual(names.map((name) => `${name}:2`).toSorted());
  });

  test.each([
    [
      'a branch that does not exist',
      ['--since', 'origin/nowhere'],
      /--since origin\/nowhere: there is no such commit or branch here.*fetch-depth: 0/,
    ],
    ['an option in its place', ['--since=--help'], /there is no such commit/],
    ['both kinds of change', ['--since', 'main', '--staged'], /name different changes/],
    ['a baseline to be written', ['--since', 'main', '--baseline', 'b', '--update-baseline'], /written from a whole audit/],
  ])('%s is exit code 2', async (_, args, message) => {
    const { code, stderr } = await command(committed(), ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('tells the lines of the files around one in conflict, which counts as a whole', async () => {
    const root = committed({ 'src/a.ts': good, 'src/m.ts': good, 'src/z.ts': bad });
    for (const [branch, line] of [
      ['feature', 'pool.query("SET timezone = \'UTC\'");\n'],
      ['main', 'pool.query("SET role = x");\n'],
    ] as const) {
      git(root, 'checkout', '-q', ...(branch === 'main' ? ['main'] : ['-b', branch]));
      write(root, 'src/m.ts', good + line);
      git(root, 'commit', '-qam', branch);
    }
    try {
      git(root, 'merge', 'feature');
    } catch {
      // It leaves the file in conflict.
    }
    write(root, 'src/a.ts', bad);
    write(root, 'src/z.ts', `${bad}export const more = () => pool.query('LISTEN more');\n`);
    git(root, 'add', 'src/a.ts', 'src/z.ts');
    expect(git(root, 'status', '--porcelain')).toContain('UU src/m.ts');
    expect((await found(root, '--staged')).at).toEqual(['src/a.ts:2', 'src/m.ts:3', 'src/z.ts:3']);
  });

  test('outside of a git repository is exit code 2', async () => {
    const { code, stderr } = await command(repository(files), '--since', 'main');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--since/);
  });
});

describe('--staged', () => {
  test('judges what is staged, not what lies in the work tree', async () => {
    const root = committed();
    write(root, 'src/a.ts', bad);
    git(root, 'add', '.');
    write(root, 'src/a.ts', good);
    expect(await found(root, '--staged')).toMatchObject({ code: 1, at: ['src/a.ts:2'] });
    git(root, 'add', '.');
    write(root, 'src/a.ts', bad);
    expect(await found(root, '--staged')).toMatchObject({ code: 0, at: [] });
  });

  test('judges it by the other files as they are staged', async () => {
    const root = committed({ 'src/a.ts': good });
    write(root, 'src/db.ts', files['src/db.ts'].replace('DATABASE_URL', 'DIRECT_URL'));
    write(root, 'src/a.ts', bad);
    git(root, 'add', 'src/a.ts');
    expect(await found(root, '--staged')).toMatchObject({ code: 1, at: ['src/a.ts:2'] });
    git(root, 'add', 'src/db.ts');
    expect(await found(root, '--staged')).toMatchObject({ code: 0, at: [] });
  });

  test('sees a file that was deleted after it was staged, and none that is not staged', async () => {
    const root = committed();
    write(root, 'src/a.ts', bad.replace('./db', './later'));
    git(root, 'add', '.');
    rmSync(join(root, 'src/a.ts'));
    write(root, 'src/later.ts', files['src/db.ts']);
    write(root, 'src/unstaged.ts', bad);
    // Without its module the name alone tells what `pool` is.
    expect(await found(root, '--staged')).toMatchObject({ at: ['src/a.ts:2'] });
  });

  test('leaves findings on lines that the commit does not touch', async () => {
    const root = committed();
    write(root, 'src/old.ts', `${files['src/old.ts']}export const fast = () => pool.query('SELECT 1');\n`);
    git(root, 'add', '.');
    expect(await found(root, '--staged')).toMatchObject({ code: 0, at: [], omitted: 1 });
  });

  test('leaves tests alone, and a commit without code is no failure', async () => {
    const root = committed();
    write(root, 'src/a.test.ts', bad);
    write(root, 'README.md', 'text');
    git(root, 'add', '.');
    const { code, stdout } = await command(root, '--staged');
    expect({ code, first: stdout.split('\n')[0] }).toEqual({ code: 0, first: 'STAGED: nothing to act on in 0 files.' });
  });

  test('works before the first commit, and from a folder below the top', async () => {
    const root = repository({ ...files, 'src/a.ts': bad });
    git(root, 'init', '-q');
    git(root, 'add', '.');
    expect(await found(join(root, 'src'), '--staged')).toMatchObject({ code: 1, at: ['src/a.ts:2', 'src/old.ts:2'] });
  });

  test('changes neither the index nor the work tree', async () => {
    const root = committed();
    write(root, 'src/a.ts', bad);
    git(root, 'add', '.');
    write(root, 'src/a.ts', good);
    chmodSync(join(root, 'src/a.ts'), 0o600);
    const before = git(root, 'status', '--porcelain=v2');
    await found(root, '--staged');
    expect(git(root, 'status', '--porcelain=v2')).toBe(before);
    expect(readFileSync(join(root, 'src/a.ts'), 'utf8')).toBe(good);
  });
});
