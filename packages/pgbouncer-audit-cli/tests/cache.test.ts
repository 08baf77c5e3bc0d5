import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cachedAudit } from '../src/cache/result-cache.ts';
import { audit, type AuditOptions } from '../src/audit.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const files = {
  '.git/HEAD': '',
  'package.json': '{ "name": "api", "workspaces": ["packages/*"], "dependencies": { "pg": "8.16.0" } }',
  'pgbouncer.ini': '[pgbouncer]\npool_mode = transaction\nmax_prepared_statements = 100\n',
  'tsconfig.json': '{ "extends": "./base.json" }',
  'base.json': '{ "compilerOptions": { "paths": { "@db": ["./src/db.ts"] } } }',
  'src/db.ts': "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n",
  'src/sql.ts': "export const statement = 'SET statement_timeout = 1';\n",
  'src/a.ts': "import { pool } from '@db';\nimport { statement } from './sql';\nexport const a = () => pool.query(statement);\n",
  'src/b.ts': "import { pool } from '@db';\nexport const b = () => pool.query({ name: 'b', text: 'SELECT 1' });\n",
};

type Options = AuditOptions & { readonly root: string; readonly today: string };
const optionsOf = (root: string, more: Partial<Options> = {}): Options => ({ paths: ['.'], cwd: root, root, today: '2026-06-01', ...more });
const cached = (root: string, more?: Partial<Options>) => cachedAudit(optionsOf(root, more), { outputs: [] });

/** Whether a run was answered from the cache: then it does not report progress. */
async function isAnswered(root: string, more: Partial<Options> = {}): Promise<boolean> {
  let worked = false;
  await cached(root, { ...more, onProgress: () => (worked = true) });
  return !worked;
}

function write(root: string, file: string, text: string): void {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), text);
}

describe('the cache', () => {
  test('answers when nothing changed, with the very same result', async () => {
    const root = repository(files);
    const first = await cached(root);
    expect(await isAnswered(root)).toBe(true);
    expect(JSON.stringify(await cached(root))).toBe(JSON.stringify(first));
    expect(first).toEqual(audit(optionsOf(root)));
  });

  test('answers after files were touched, as on a fresh checkout: contents count', async () => {
    const root = repository(files);
    await cached(root);
    for (const file of Object.keys(files)) utimesSync(join(root, file), new Date(), new Date());
    expect(await isAnswered(root)).toBe(true);
  });

  test.each<[string, (root: string) => void]>([
    ['another file that a finding rests on', (root) => write(root, 'src/sql.ts', "export const statement = 'SELECT 1';\n")],
    ['the client, to a direct one', (root) => write(root, 'src/db.ts', files['src/db.ts'].replace('DATABASE_URL', 'DIRECT_URL'))],
    ['what a tsconfig extends', (root) => write(root, 'base.json', '{}')],
    ['the pooler', (root) => write(root, 'pgbouncer.ini', files['pgbouncer.ini'].replace('100', '0'))],
    ['a new file', (root) => write(root, 'src/c.ts', files['src/a.ts'])],
    ['a file less', (root) => rmSync(join(root, 'src/b.ts'))],
    ['a new folder', (root) => write(root, 'lib/deep/c.ts', files['src/b.ts'])],
    [
      'a file that an import comes to mean',
      (root) => write(root, 'src/sql/index.ts', '') /* no change of meaning, and yet of the listing */,
    ],
    ['a lock file', (root) => write(root, 'package-lock.json', '{ "packages": { "node_modules/pg": { "version": "8.0.0" } } }')],
    ['a .gitignore', (root) => write(root, '.gitignore', 'src/a.ts\n')],
    ['a name', (root) => renameSync(join(root, 'src/b.ts'), join(root, 'src/d.ts'))],
    [
      'a file that becomes a link',
      (root) => {
        renameSync(join(root, 'src/b.ts'), join(root, 'b.txt'));
        symlinkSync('../b.txt', join(root, 'src/b.ts'));
      },
    ],
  ])('works anew for a change of %s', async (_, change) => {
    const root = repository(files);
    await cached(root);
    change(root);
    expect(await isAnswered(root)).toBe(false);
    expect(await cached(root)).toEqual(audit(optionsOf(root)));
  });

  test('works anew for a change that leaves size and time as they were', async () => {
    const root = repository(files);
    const past = new Date('2020-01-01');
    for (const file of Object.keys(files)) utimesSync(join(root, file), past, past);
    await cached(root);
    write(root, 'src/sql.ts', files['src/sql.ts'].replace("'SET s", "'RET s"));
    utimesSync(join(root, 'src/sql.ts'), past, past);
    expect(await cached(root)).toEqual(audit(optionsOf(root)));
  });

  test.each<[string, Partial<Options>]>([
    ['settings', { settings: { directClients: ['pool'] } }],
    ['paths', { paths: ['src/b.ts'] }],
    ['tests', { includeTests: true }],
  ])('knows other %s apart', async (_, more) => {
    const root = repository(files);
    await cached(root);
    expect(await isAnswered(root, more)).toBe(false);
    expect(await cached(root, more)).toEqual(audit(optionsOf(root, more)));
    expect(await isAnswered(root)).toBe(true);
  });

  test('keeps a result for its day only where a suppression has a last one', async () => {
    const root = repository(files);
    await cached(root);
    expect(await isAnswered(root, { today: '2027-01-01' })).toBe(true);
    write(
      root,
      'src/a.ts',
      files['src/a.ts'].replace('export', '// eslint-disable-next-line pgbouncer/no-session-set -- soon until=2026-06-01\nexport'),
    );
    expect((await cached(root)).verdict.suppressed).toBe(1);
    expect((await cached(root, { today: '2026-06-02' })).verdict.suppressed).toBe(0);
  });

  test.each<[string, (text: string) => string]>([
    ['cut off', (text) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['altered', (text) => text.replace('not-ready', 'ready')],
    ['something else', () => '{}'],
  ])('that is %s is ignored, and made anew', async (_, damage) => {
    const root = repository(files);
    await cached(root);
    const folder = join(root, '.cache/pgbouncer-audit');
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.entry'))) {
      writeFileSync(join(folder, name), damage(readFileSync(join(folder, name), 'latin1')), 'latin1');
    }
    expect(await isAnswered(root)).toBe(false);
    expect(await isAnswered(root)).toBe(true);
    expect(await cached(root)).toEqual(audit(optionsOf(root)));
  });

  test('that cannot be written is as good as none', async () => {
    const root = repository({ ...files, '.cache': 'a file in its place' });
    expect(await cached(root)).toEqual(audit(optionsOf(root)));
  });

  test('never differs from an audit without it, whatever is edited in whatever order', async () => {
    const root = repository(files);
    const random = numbers(7);
    const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
    const contents: Readonly<Record<string, readonly string[]>> = {
      'src/db.ts': [files['src/db.ts'], files['src/db.ts'].replace('DATABASE_URL', 'DIRECT_URL'), ''],
      'src/sql.ts': [files['src/sql.ts'], "export const statement = 'LISTEN a';\n", "export const statement = 'SELECT 1';\n"],
      'src/sql/index.ts': ["export const statement = 'LISTEN b';\n"],
      'src/a.ts': [files['src/a.ts'], files['src/a.ts'].replace('./sql', './sql/index'), 'export const = ;'],
      'src/c.ts': [files['src/b.ts']],
      'base.json': [files['base.json'], '{}', '{ "compilerOptions": { "paths": { "@db": ["./src/c.ts"] } } }'],
      'pgbouncer.ini': [files['pgbouncer.ini'], files['pgbouncer.ini'].replace('100', '0'), 'nothing'],
      '.gitignore': ['src/a.ts\n', 'src/c.ts\n'],
      'src/.gitignore': ['sql.ts\n'],
    };
    for (let round = 0; round < 60; round++) {
      for (let edits = random(3); edits >= 0; edits--) {
        const file = pick(Object.keys(contents));
        if (random(4) === 0) rmSync(join(root, file), { force: true });
        else write(root, file, pick(contents[file]!));
      }
      expect(await cached(root), `round ${round}`).toEqual(audit(optionsOf(root)));
    }
  }, 60_000);
});

describe('--cache', () => {
  test('gives the same bytes, and its own outputs do not spoil it', async () => {
    const root = repository(files);
    const run = () => command(root, '--cache', '--reporter', 'json=out.json', '--baseline', 'known.json', '--update-baseline');
    await run();
    const first = readFileSync(join(root, 'out.json'), 'utf8');
    const entry = () => readdirSync(join(root, '.cache/pgbouncer-audit')).filter((name) => name.endsWith('.entry'));
    expect(entry()).toHaveLength(1);
    await run();
    expect(readFileSync(join(root, 'out.json'), 'utf8')).toBe(first);
  });

  test('lies where --cache-location says, ignored by git', async () => {
    const root = repository(files);
    await command(root, '--cache', '--cache-location', 'tmp/cache');
    expect(readFileSync(join(root, 'tmp/cache/.gitignore'), 'utf8')).toBe('*\n');
    expect(existsSync(join(root, '.cache'))).toBe(false);
  });
});

/** Numbers that look random, the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
