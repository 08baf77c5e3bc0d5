import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { formats } from '../src/report/reporters.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const tool = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const loader = import.meta.resolve('tsx');

/** Enough findings for reports that take a while to be written, and a fix in every file. */
const count = 60;
const code = (index: number): string =>
  [
    "import postgres from 'postgres';",
    `export const sql${index} = postgres(process.env.DATABASE_URL!);`,
    ...Array.from({ length: 30 }, (_, line) => `export const set${line} = () => sql${index}\`SET geqo = off\`;`),
    '',
  ].join('\n');
const files = {
  'package.json': '{ "name": "api", "dependencies": { "postgres": "3.4.9" } }',
  'pgbouncer.ini': '[databases]\napp = host=db\n[pgbouncer]\npool_mode = transaction\nmax_prepared_statements = 0\n',
  ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`src/f${index}.ts`, code(index)])),
};

const outputs = ['a.html', 'a.sarif', 'a.json', 'a.md', 'a.xml'];
const args = [
  ...['--fix', '--cache', '--cache-location', '.audit-cache', '--baseline', 'baseline.json', '--update-baseline'],
  ...['-r', 'html=a.html', '-r', 'sarif=a.sarif', '-r', 'json=a.json', '-r', 'markdown=a.md', '-r', 'junit=a.xml'],
];

/** Runs the tool as a process of its own. @returns its exit code, or `null` where it was killed */
function run(cwd: string, isTime: () => boolean): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', loader, tool, '.', ...args], { cwd, stdio: 'ignore' });
    const poll = setInterval(() => {
      if (isTime()) child.kill('SIGKILL');
    }, 1);
    child.on('exit', (exitCode) => {
      clearInterval(poll);
      resolve(exitCode);
    });
  });
}

const names = (root: string): string[] =>
  [root, join(root, 'src'), join(root, '.audit-cache')].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [],
  );
const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** Whether a whole file stands there: each format ends with its own last words. */
const isWhole: Readonly<Record<string, (text: string) => boolean>> = {
  'a.html': (text) => text.trimEnd().endsWith('</html>'),
  'a.sarif': (text) => JSON.parse(text) !== undefined,
  'a.json': (text) => JSON.parse(text) !== undefined,
  'a.md': (text) => text.trimEnd().endsWith('</sub>'),
  'a.xml': (text) => text.trimEnd().endsWith('</testsuites>'),
  'baseline.json': (text) => JSON.parse(text) !== undefined,
};

/** What the whole run leaves: every source as `--fix` makes it. */
const fixed = (index: number): string => code(index).replace('DATABASE_URL!)', 'DATABASE_URL!, { prepare: false })');

function expectWhole(root: string): void {
  for (const [name, isGood] of Object.entries(isWhole)) {
    const text = textOf(join(root, name));
    if (text !== undefined) expect(isGood(text), name).toBe(true);
  }
  for (let index = 0; index < count; index++) {
    expect([code(index), fixed(index)], `src/f${index}.ts`).toContain(textOf(join(root, `src/f${index}.ts`)));
  }
  // An entry of the cache begins with the hash of the rest; the names of drafts begin with a dot.
  for (const path of names(root).filter((each) => /audit-cache.[0-9a-f]+\.entry$/.test(each))) {
    const bytes = readFileSync(path);
    const end = bytes.indexOf('\n');
    expect(bytes.toString('latin1', 0, end)).toBe(
      createHash('sha256')
        .update(bytes.subarray(end + 1))
        .digest('hex'),
    );
  }
}

describe('a run that is killed leaves nothing half-written, and the next one works', () => {
  const drafts = (root: string): string[] => names(root).filter((path) => /[/\\]\.[^/\\]+\.tmp$/.test(path));
  const anyDraft = (root: string) => drafts(root).length > 0;
  const exists = (name: string) => (root: string) => existsSync(join(root, name));
  const fixedFiles = (root: string): number =>
    Array.from({ length: count }, (_, index) => index).filter((index) => textOf(join(root, `src/f${index}.ts`)) !== code(index)).length;

  test.each<[string, (root: string) => boolean, 'in time'?]>([
    ['while the first file is written', anyDraft, 'in time'],
    ['after a third of the fixes', (root) => fixedFiles(root) > count / 3, 'in time'],
    ['while the last fixes are written', (root) => fixedFiles(root) > count - 3],
    ['when the cache has its folder', exists('.audit-cache')],
    ['between the reports', exists('a.html')],
    ['before the last report', exists('a.md')],
    ['when the baseline is there', exists('baseline.json')],
  ])('%s', { timeout: 120_000 }, async (_, isTime, sure) => {
    const root = repository(files);
    const killed = (await run(root, () => isTime(root))) === null;
    // So much is left to do then that it cannot be done already.
    if (sure) expect(killed).toBe(true);
    expectWhole(root);

    const { code: exitCode, stderr } = await command(root, '.', ...args);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect([0, 1]).toContain(exitCode);
    expectWhole(root);
    for (const name of [...outputs, 'baseline.json']) expect(existsSync(join(root, name)), name).toBe(true);
    for (let index = 0; index < count; index++) expect(textOf(join(root, `src/f${index}.ts`))).toBe(fixed(index));
  });

  test('what it has left beside a file is removed when that file is written again, unless somebody may be at work on it', async () => {
    const root = repository(files);
    const old = join(root, '.a.json.00000000-0000-4000-8000-000000000000.tmp');
    const young = join(root, '.a.json.11111111-1111-4111-8111-111111111111.tmp');
    const other = join(root, '.a.json.notes.tmp');
    for (const path of [old, young, other]) writeFileSync(path, 'half');
    utimesSync(old, new Date('2020-01-01'), new Date('2020-01-01'));
    utimesSync(other, new Date('2020-01-01'), new Date('2020-01-01'));
    await command(root, '.', '-r', 'json=a.json');
    expect([old, young, other].map((path) => existsSync(path))).toEqual([false, true, true]);
  });
});

test.each(formats)('%s: the same audit gives the same bytes, with and without the cache, wherever the repository lies', async (format) => {
  const here = repository(files);
  const there = repository(files);
  const report = async (root: string, ...more: string[]) => (await command(root, '.', '--format', format, ...more)).stdout;
  const first = await report(here);
  expect(first.length).toBeGreaterThan(100);
  expect(await report(here)).toBe(first);
  expect(await report(there)).toBe(first);
  const cache = ['--cache', '--cache-location', join(here, '..', `${statSync(here).ino}-cache`)];
  expect(await report(here, ...cache)).toBe(first);
  expect(await report(here, ...cache)).toBe(first);
});
