import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AuditResult } from '../src/result.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const set = "  await pool.query('SET statement_timeout = 5000');";
const file = (...functions: readonly (readonly [name: string, body: string])[]) =>
  `import { pool } from './db';\n${functions.map(([name, body]) => `export async function ${name}() {\n${body}\n}\n`).join('')}`;
const files = {
  '.git/HEAD': '',
  'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0" } }',
  'src/db.ts':
    "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionTimeoutMillis: 5000 });\npool.on('error', console.error);\n",
  'src/reports.ts': file(['slow', set], ['slower', set]),
};
const baseline = ['--baseline', 'known.json'];

async function known(overrides: Readonly<Record<string, string>> = {}) {
  const root = repository({ ...files, ...overrides });
  const { code, stderr } = await command(root, ...baseline, '--update-baseline');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return root;
}

async function compared(root: string, ...args: readonly string[]) {
  const { code, stdout } = await command(root, ...baseline, '--format', 'json', ...args);
  const result = JSON.parse(stdout) as AuditResult;
  const { unchanged, new: fresh, stale } = result.baseline!;
  return {
    code,
    unchanged,
    fresh,
    stale: stale.length,
    lines: result.findings.filter((each) => each.baseline === 'new').map((each) => each.line),
  };
}

describe('a finding that the baseline knows', () => {
  test('is marked, not dropped, and no reason to fail; the verdict does not hide it', async () => {
    const root = await known();
    expect(await compared(root)).toEqual({ code: 0, unchanged: 2, fresh: 0, stale: 0, lines: [] });
    const { stdout } = await command(root, ...baseline);
    expect(stdout).toMatch(/^NOT READY for transaction mode: 2 blockers/);
    expect(stdout).toContain('2 known, 0 new, 0 stale');
  });

  test.each<[string, (root: string) => void]>([
    ['lines are added above it', (root) => edit(root, 'src/reports.ts', (text) => `// one\n// two\n\n${text}`)],
    ['its function is moved behind another', (root) => write(root, 'src/reports.ts', file(['slower', set], ['slow', set]))],
    ['its function is renamed', (root) => edit(root, 'src/reports.ts', (text) => text.replace('slow()', 'unhurried()'))],
    [
      'its statement is wrapped',
      (root) => edit(root, 'src/reports.ts', (text) => text.replace("query('SET statement_timeout", "query(\n    'SET statement_timeout")),
    ],
    ['its file is renamed', (root) => renameSync(join(root, 'src/reports.ts'), join(root, 'src/statistics.ts'))],
    [
      'its folder is renamed, and lines move',
      (root) => {
        renameSync(join(root, 'src'), join(root, 'lib'));
        edit(root, 'lib/reports.ts', (text) => `\n\n${text}`);
      },
    ],
    ['its file has other line ends', (root) => edit(root, 'src/reports.ts', (text) => text.replaceAll('\n', '\r\n'))],
  ])('is known after %s', async (_, change) => {
    const root = await known();
    change(root);
    expect(await compared(root)).toEqual({ code: 0, unchanged: 2, fresh: 0, stale: 0, lines: [] });
  });
});

describe('a finding that the baseline does not know', () => {
  test('fails, and is the one that is listed', async () => {
    const root = await known();
    edit(root, 'src/reports.ts', (text) => `${text}export const jobs = () => pool.query('LISTEN jobs');\n`);
    expect(await compared(root)).toMatchObject({ code: 1, unchanged: 2, fresh: 1 });
    const { stdout } = await command(root, ...baseline);
    expect(stdout.match(/blocker {2}no-/g)).toHaveLength(1);
    expect(stdout).toContain('no-listen');
  });

  test('is told from an equal one by where it stands', async () => {
    const root = await known();
    write(root, 'src/reports.ts', file(['first', set], ['slow', set], ['slower', set]));
    expect(await compared(root)).toEqual({ code: 1, unchanged: 2, fresh: 1, stale: 0, lines: [3] });
  });

  test('is not excused by an equal one in another file that is still there', async () => {
    const root = await known();
    write(root, 'src/reports.ts', file(['slow', set]));
    write(root, 'src/other.ts', file(['slower', set]));
    expect(await compared(root)).toMatchObject({ code: 1, unchanged: 1, fresh: 1, stale: 1 });
  });

  test('may be one that only depended on an assumed setting when the baseline was written', async () => {
    const root = await known({
      'src/named.ts': "import { pool } from './db';\nexport const one = () => pool.query({ name: 'one', text: 'SELECT 1' });\n",
    });
    expect(await compared(root)).toMatchObject({ code: 0, unchanged: 2, fresh: 0 });
    write(root, 'pgbouncer.ini', '[pgbouncer]\npool_mode = transaction\nidle_transaction_timeout = 60\nmax_prepared_statements = 0\n');
    // The statement, and the setting that it fails with.
    expect(await compared(root)).toMatchObject({ code: 1, unchanged: 2, fresh: 2 });
  });
});

describe('an entry without a finding', () => {
  test('is reported; of two equal ones it is the one that was repaired', async () => {
    const root = await known();
    write(root, 'src/reports.ts', file(['slow', '  return 1;'], ['slower', set]));
    expect(await compared(root)).toEqual({ code: 0, unchanged: 1, fresh: 0, stale: 1, lines: [] });
    expect((await command(root, ...baseline)).stdout).toContain('stale: src/reports.ts no-session-set SET statement_timeout');
  });

  test('fails with --fail-on-stale', async () => {
    const root = await known();
    write(root, 'src/reports.ts', file(['slower', set]));
    expect((await command(root, ...baseline, '--fail-on-stale')).code).toBe(1);
  });

  test('is not called stale where its file was not examined', async () => {
    const root = await known();
    expect(await compared(root, 'src/db.ts')).toMatchObject({ stale: 0 });
    write(root, 'src/reports.ts', `${files['src/reports.ts']}export const = ;`);
    expect(await compared(root)).toMatchObject({ stale: 0 });
  });

  test('goes with the next --update-baseline, which keeps what it did not look at', async () => {
    const root = await known({
      'jobs/jobs.ts': "import { pool } from '../src/db';\nexport const jobs = () => pool.query('LISTEN jobs');\n",
    });
    write(root, 'src/reports.ts', file(['slower', set]));
    const { stderr } = await command(root, 'src', ...baseline, '--update-baseline');
    expect(stderr).toContain('`known.json` was written: 2 known findings, 3 before.');
    expect(await compared(root)).toMatchObject({ code: 0, unchanged: 2, stale: 0 });
  });
});

describe('the file', () => {
  test('is sorted, has one line for a finding and no line numbers, and is the same when it is written again', async () => {
    const root = await known({ 'a.ts': "import { pool } from './src/db';\nexport const jobs = () => pool.query('LISTEN jobs');\n" });
    const text = readFileSync(join(root, 'known.json'), 'utf8');
    const lines = text.split('\n').filter((line) => line.includes('"hazard"'));
    expect(lines).toEqual(lines.toSorted());
    expect(lines.length).toBe((JSON.parse(text) as { findings: unknown[] }).findings.length);
    edit(root, 'src/reports.ts', (before) => `// moved\n${before}`);
    await command(root, ...baseline, '--update-baseline');
    expect(readFileSync(join(root, 'known.json'), 'utf8')).toBe(text);
  });

  test('may name a file called __proto__', async () => {
    const root = await known({
      '__proto__/constructor.ts': "import { pool } from '../src/db';\nexport const a = () => pool.query('LISTEN jobs');\n",
    });
    expect(await compared(root)).toMatchObject({ code: 0, unchanged: 3 });
  });

  test.each<[string, string | undefined, RegExp]>([
    ['is missing', undefined, /`known\.json` does not exist\. Write it once: .*--update-baseline/],
    ['is broken', '{ "format": ', /`known\.json` is not valid JSON: .*Restore it from git/],
    ['is something else', '{ "name": "api" }', /is no baseline of this tool/],
    ['is of another version', '{ "format": "pgbouncer-audit baseline", "version": 2 }', /is of version 2, and this is version 1/],
    ['has no list', '{ "format": "pgbouncer-audit baseline", "version": 1 }', /has no list of `findings`/],
    ['has a wrong entry', '{ "format": "pgbouncer-audit baseline", "version": 1, "findings": [{ "file": 1 }] }', /Entry 1 of the baseline/],
  ])('that %s is exit code 2, with what to do', async (_, text, message) => {
    const root = repository({ ...files, ...(text !== undefined && { 'known.json': text }) });
    const { code, stdout, stderr } = await command(root, ...baseline);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });

  test('is left as it is when nothing could be examined', async () => {
    const root = await known();
    const text = readFileSync(join(root, 'known.json'), 'utf8');
    rmSync(join(root, 'src'), { recursive: true });
    mkdirSync(join(root, 'src'));
    expect((await command(root, ...baseline, '--update-baseline')).code).toBe(2);
    expect(readFileSync(join(root, 'known.json'), 'utf8')).toBe(text);
  });
});

describe('SARIF', () => {
  test('says of every result whether it is new', async () => {
    const root = await known();
    edit(root, 'src/reports.ts', (text) => `${text}export const jobs = () => pool.query('LISTEN jobs');\n`);
    const { stdout } = await command(root, ...baseline, '--format', 'sarif');
    const { results } = (JSON.parse(stdout) as { runs: [{ results: { baselineState: string; level: string }[] }] }).runs[0];
    expect(results.map(({ baselineState }) => baselineState).sort()).toEqual(['new', 'unchanged', 'unchanged']);
    expect(results.map(({ level }) => level)).toEqual(['error', 'error', 'error']);
  });
});

describe('how many are allowed', () => {
  test.each([
    ['1', 1, '2 findings, and 1 are allowed'],
    ['2', 0, ''],
    ['3', 0, '--max-findings can be lowered from 3 to 2'],
  ])('--max-findings %s of two', async (count, code, said) => {
    const run = await command(repository(files), '--max-findings', count);
    expect(run.code).toBe(code);
    expect(run.stderr).toContain(said);
  });

  test('--report-only hides findings from the exit code, and neither a mistake nor a failure', async () => {
    expect((await command(repository(files), '--report-only')).code).toBe(0);
    expect((await command(repository(files), '--report-only', 'nowhere')).code).toBe(2);
    expect((await command(repository({ 'README.md': '' }), '--report-only')).code).toBe(3);
  });
});

function write(root: string, path: string, text: string): void {
  writeFileSync(join(root, path), text);
}

function edit(root: string, path: string, change: (text: string) => string): void {
  write(root, path, change(readFileSync(join(root, path), 'utf8')));
}
