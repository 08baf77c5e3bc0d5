import fs from 'node:fs';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import plugin from '../src/index.ts';

const listens = `import { Pool } from 'pg';
const pool = new Pool({ connectionString: process.env.DATABASE_URL });
await pool.query('LISTEN jobs');
`;
const named = `import { Pool } from 'pg';
const pool = new Pool({ connectionString: process.env.DATABASE_URL });
export const one = () => pool.query({ name: 'one', text: 'SELECT 1', values: [] });
`;

/** A project with the files, and ESLint in it. */
function project(files: Readonly<Record<string, string>>, pgbouncer: object) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'plugin-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    overrideConfig: [plugin.configs.recommended, { settings: { pgbouncer } }],
  });
  const rulesOf = async (code: string) => {
    const [result] = await eslint.lintText(code, { filePath: join(root, 'src/db.js') });
    return result!.messages.map(({ ruleId }) => ruleId?.replace('pgbouncer/', ''));
  };
  return { root, write, rulesOf };
}

const ini = (...lines: string[]) => ['[databases]', '* = host=db', '[pgbouncer]', ...lines].join('\n');

describe('settings.pgbouncer.pgbouncerIni', () => {
  it('is the pooler that the code is judged by', async () => {
    const { rulesOf } = project(
      { 'deploy/pgbouncer.ini': ini('pool_mode = transaction', 'max_prepared_statements = 0') },
      {
        pgbouncerIni: 'deploy/pgbouncer.ini',
      },
    );
    expect(await rulesOf(named)).toEqual(['no-named-prepared-statement']);
    expect(await rulesOf(listens)).toEqual(['no-listen']);
  });

  it('names a pooler that supports prepared statements, and they are in order', async () => {
    const { rulesOf } = project(
      { 'deploy/pgbouncer.ini': ini('pool_mode = transaction', 'max_prepared_statements = 50') },
      {
        pgbouncerIni: 'deploy/pgbouncer.ini',
        profile: { version: '1.24' },
      },
    );
    expect(await rulesOf(named)).toEqual([]);
  });

  it('in session mode switches the rules of transaction mode off', async () => {
    const { rulesOf } = project({ 'pgbouncer.ini': ini('pool_mode = session') }, { pgbouncerIni: 'pgbouncer.ini' });
    expect(await rulesOf(listens)).toEqual([]);
  });

  it('gives way to what the profile states', async () => {
    const { rulesOf } = project(
      { 'pgbouncer.ini': ini('pool_mode = session') },
      {
        pgbouncerIni: 'pgbouncer.ini',
        profile: { poolMode: 'transaction' },
      },
    );
    expect(await rulesOf(listens)).toEqual(['no-listen']);
  });

  it('may be absolute', async () => {
    const elsewhere = project({ 'pgbouncer.ini': ini('pool_mode = session') }, {});
    const { rulesOf } = project({}, { pgbouncerIni: join(elsewhere.root, 'pgbouncer.ini') });
    expect(await rulesOf(listens)).toEqual([]);
  });

  it('is read with what it includes', async () => {
    const { rulesOf } = project(
      { 'deploy/pgbouncer.ini': ini('%include conf.d/mode.ini'), 'deploy/conf.d/mode.ini': 'pool_mode = session\n' },
      {
        pgbouncerIni: 'deploy/pgbouncer.ini',
      },
    );
    expect(await rulesOf(listens)).toEqual([]);
  });

  it('is read once, and again when it or what it includes has changed, or has come into being', async () => {
    const read = vi.spyOn(fs, 'readFileSync');
    syncBuiltinESMExports();
    onTestFinished(() => {
      read.mockRestore();
      syncBuiltinESMExports();
    });
    const { rulesOf, write } = project({ 'pgbouncer.ini': ini('%include mode.ini') }, { pgbouncerIni: 'pgbouncer.ini' });
    const readings = () => read.mock.calls.filter(([path]) => String(path).endsWith('pgbouncer.ini')).length;
    expect(await rulesOf(listens)).toEqual(['no-listen']);
    expect(await rulesOf(listens)).toEqual(['no-listen']);
    expect(readings()).toBe(1);
    write('mode.ini', 'pool_mode = session\n');
    expect(await rulesOf(listens)).toEqual([]);
    write('mode.ini', 'pool_mode = transaction\n');
    expect(await rulesOf(listens)).toEqual(['no-listen']);
    write('pgbouncer.ini', ini('pool_mode = session', '; no include'));
    expect(await rulesOf(listens)).toEqual([]);
    expect(await rulesOf(listens)).toEqual([]);
    expect(readings()).toBe(4);
  });

  it.each([
    [
      'is not there',
      {},
      /pgbouncerIni: `pgbouncer\.ini` cannot be read: it does not exist\. Relative paths start from .*, the folder that ESLint runs in\./,
    ],
    ['is a folder', { 'pgbouncer.ini/a': '' }, /`pgbouncer\.ini` cannot be read: it is not a file\./],
    ['is something else', { 'pgbouncer.ini': 'a = 1' }, /`pgbouncer\.ini` has no \[pgbouncer\] or \[databases\] section/],
    [
      'has a line that PgBouncer refuses',
      { 'pgbouncer.ini': ini('pool_mode transaction') },
      /pgbouncer\.ini:4: PgBouncer would refuse this line\./,
    ],
  ])('stops the run where it %s, and says what to do', async (_, files, message) => {
    const { rulesOf } = project(files, { pgbouncerIni: 'pgbouncer.ini' });
    await expect(rulesOf(listens)).rejects.toThrow(message);
    await expect(rulesOf(listens)).rejects.not.toHaveProperty('stack', expect.stringContaining('    at '));
  });

  it('is looked for again after it was missing', async () => {
    const { rulesOf, write } = project({}, { pgbouncerIni: 'pgbouncer.ini' });
    await expect(rulesOf(listens)).rejects.toThrow(/does not exist/);
    write('pgbouncer.ini', ini('pool_mode = session'));
    expect(await rulesOf(listens)).toEqual([]);
  });
});
