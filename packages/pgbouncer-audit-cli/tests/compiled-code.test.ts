import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from './support/repository.ts';

const cli = join(import.meta.dirname, '../dist/cli.js');
const files = {
  'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0" } }',
  'src/a.ts': `import { Pool } from 'pg';\nawait new Pool().query("SET statement_timeout = '5s'");\n`,
};

function audited(cacheHome: string, more: NodeJS.ProcessEnv = {}): string {
  return execFileSync(process.execPath, [cli, repository(files), '--format', 'json', '--fail-on', 'never'], {
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: cacheHome, ...more },
  });
}

const plain = (): string => audited(repository({}), { NODE_DISABLE_COMPILE_CACHE: '1' });

const compiledIn = (cacheHome: string): string[] => {
  const folder = join(cacheHome, 'pgbouncer-audit');
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
};

/** Later releases of Node do it themselves, and look after it. */
describe.runIf(process.version.startsWith('v20.'))('compiled code of the command', () => {
  test('is kept where only the user can read and write, and read by the next run', () => {
    const home = repository({});
    expect(audited(home)).toBe(plain());
    const kept = compiledIn(home);
    expect(kept.length).toBeGreaterThan(2);
    expect(kept.map((file) => statSync(file).mode & 0o077)).toEqual(kept.map(() => 0));
    const times = kept.map((file) => statSync(file).mtimeMs);
    expect(audited(home)).toBe(plain());
    expect(kept.map((file) => statSync(file).mtimeMs)).toEqual(times);
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['altered in its middle', (bytes) => Buffer.concat([bytes.subarray(0, 5_000), Buffer.alloc(2_000, 7), bytes.subarray(7_000)])],
    ['something else', () => Buffer.from('function () {}')],
  ])('that is %s is not run, and made anew', (_, damage) => {
    const home = repository({});
    audited(home);
    const whole = compiledIn(home).map((file) => statSync(file).size);
    for (const file of compiledIn(home)) writeFileSync(file, damage(readFileSync(file)));
    expect(audited(home)).toBe(plain());
    expect(compiledIn(home).map((file) => statSync(file).size > 10_000)).toEqual(whole.map((size) => size > 10_000));
  });

  test('is not taken from a folder that others can write to', () => {
    const home = repository({});
    mkdirSync(join(home, 'pgbouncer-audit'));
    chmodSync(join(home, 'pgbouncer-audit'), 0o777);
    expect(audited(home)).toBe(plain());
    expect(compiledIn(home)).toEqual([]);
  });

  test('is not kept where its folder cannot be made, or the user says so', () => {
    const home = repository({ 'pgbouncer-audit': 'a file in its place' });
    expect(audited(home)).toBe(plain());
    const other = repository({});
    expect(audited(other, { NODE_DISABLE_COMPILE_CACHE: '1' })).toBe(plain());
    expect(compiledIn(other)).toEqual([]);
  });
});
