import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command } from './support/command.ts';
import { commitAll, git } from './support/git.ts';
import { repository } from './support/repository.ts';

const files = {
  'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0", "postgres": "3.4.7" } }',
  'pgbouncer.ini': '[pgbouncer]\npool_mode = transaction\nmax_prepared_statements = 0\n',
  'src/sql.ts': `import postgres from 'postgres';

export const plain = postgres(process.env.DATABASE_URL!);
export const sized = postgres(process.env.DATABASE_URL!, { max: 5 });
export const empty = postgres(process.env.DATABASE_URL!, {});
export const inBrackets = postgres((process.env.DATABASE_URL!));
export const spread = postgres(process.env.DATABASE_URL!, { ...shared });
`,
  'src/pool.ts': `import { Pool } from 'pg';
const pool = new Pool({ connectionString: process.env.DATABASE_URL });
export const one = (id: string) => pool.query({ name: 'one', text: 'SELECT $1', values: [id] });
export const two = () => pool.query({ text: 'SELECT 2', name: 'two' });
export const made = () => pool.query({ name: makeName(), text: 'SELECT 3' });
export const said = () => pool.query({ name: 'said', /* by us */ text: 'SELECT 4' });
export const set = () => pool.query('SET statement_timeout = 1');
`,
};
const read = (root: string, file: string) => readFileSync(join(root, file), 'utf8');

describe('--fix', () => {
  test('applies the edits that keep what the code means, and no other', async () => {
    const root = repository(files);
    const { code, stderr } = await command(root, '--fix');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'pgbouncer-audit: 5 findings fixed in 2 files.\n' });
    expect(read(root, 'src/sql.ts').split('\n').slice(2)).toEqual([
      'export const plain = postgres(process.env.DATABASE_URL!, { prepare: false });',
      'export const sized = postgres(process.env.DATABASE_URL!, { prepare: false, max: 5 });',
      'export const empty = postgres(process.env.DATABASE_URL!, { prepare: false });',
      'export const inBrackets = postgres((process.env.DATABASE_URL!));',
      'export const spread = postgres(process.env.DATABASE_URL!, { ...shared });',
      '',
    ]);
    expect(read(root, 'src/pool.ts').split('\n').slice(2, 4)).toEqual([
      "export const one = (id: string) => pool.query({ text: 'SELECT $1', values: [id] });",
      "export const two = () => pool.query({ text: 'SELECT 2' });",
    ]);
    expect(read(root, 'src/pool.ts').split('\n').slice(4)).toEqual(files['src/pool.ts'].split('\n').slice(4));
  });

  test('leaves nothing for a second run', async () => {
    const root = repository(files);
    await command(root, '--fix');
    const after = [read(root, 'src/sql.ts'), read(root, 'src/pool.ts')];
    expect((await command(root, '--fix')).stderr).toBe('pgbouncer-audit: 0 findings fixed in 0 files.\n');
    expect([read(root, 'src/sql.ts'), read(root, 'src/pool.ts')]).toEqual(after);
  });

  test('keeps the byte order mark, the line ends and the mode of a file, and a link a link', async () => {
    const text = `\uFEFF${files['src/sql.ts'].replaceAll('\n', '\r\n')}`;
    const root = repository({ ...files, '.git/HEAD': '', 'src/sql.ts': text });
    chmodSync(join(root, 'src/sql.ts'), 0o750);
    await command(root, '--fix');
    expect(read(root, 'src/sql.ts')).toBe(
      text
        .replace('plain = postgres(process.env.DATABASE_URL!)', 'plain = postgres(process.env.DATABASE_URL!, { prepare: false })')
        .replace('{ max: 5 }', '{ prepare: false, max: 5 }')
        .replace('{}', '{ prepare: false }'),
    );
    expect(statSync(join(root, 'src/sql.ts')).mode & 0o777).toBe(0o750);
    symlinkSync('sql.ts', join(root, 'src/linked.ts'));
    writeFileSync(join(root, 'src/sql.ts'), files['src/sql.ts']);
    await command(root, '--fix', 'src/linked.ts');
    expect(read(root, 'src/sql.ts')).toContain('plain = postgres(process.env.DATABASE_URL!, { prepare: false })');
  });

  test('leaves what is suppressed, what is known and what is not UTF-8 as it is, all but what is known', async () => {
    const suppressed = '// eslint-disable-next-line pgbouncer/postgres-js-prepare-option -- measured\nexport const plain';
    const text = files['src/sql.ts'].replace('export const plain', suppressed);
    const latin = Buffer.from(`${files['src/sql.ts']}// caf\u00e9\n`, 'latin1');
    const root = repository({ ...files, 'src/sql.ts': text, 'src/latin.ts': latin });
    await command(root, '--baseline', 'known.json', '--update-baseline');
    await command(root, '--baseline', 'known.json', '--fix');
    expect(read(root, 'src/sql.ts')).toContain('plain = postgres(process.env.DATABASE_URL!);');
    expect(read(root, 'src/sql.ts')).toContain('{ prepare: false, max: 5 }');
    expect(readFileSync(join(root, 'src/latin.ts'))).toEqual(latin);
  });
});

describe('--fix --dry-run', () => {
  test('changes nothing, and prints a patch that git applies to the same effect', async () => {
    const root = repository(files);
    commitAll(root);
    const { code, stdout } = await command(root, '--fix', '--dry-run');
    expect(code).toBe(0);
    expect(git(root, 'status', '--porcelain')).toBe('');
    writeFileSync(join(root, 'fix.patch'), stdout);
    git(root, 'apply', 'fix.patch');
    const patched = [read(root, 'src/sql.ts'), read(root, 'src/pool.ts')];
    git(root, 'checkout', '.');
    await command(root, '--fix');
    expect([read(root, 'src/sql.ts'), read(root, 'src/pool.ts')]).toEqual(patched);
  });

  test.each([
    [['--dry-run'], /give both/],
    [['--fix', '--staged'], /fix first, then stage/],
  ])('%j is exit code 2', async (args, message) => {
    const { code, stderr } = await command(repository(files), ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
