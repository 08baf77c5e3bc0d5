import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { environment, openLab, type Lab } from '@pgbouncer-audit/lab';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import pg from 'pg';
import postgres from 'postgres';
import { readLogStream } from '../src/statements/read-log.ts';
import type { StatementsResult } from '../src/statements/statements-result.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const code = {
  'package.json': '{"name":"app","dependencies":{"pg":"8.16.0"}}',
  'src/db.ts':
    "import { Pool } from 'pg';\nconst pool = new Pool({ connectionString: process.env.DATABASE_URL });\nexport const slow = (ms: string) => pool.query(`SELECT pg_advisory_lock(17), $1::text`, [ms]);\n",
};

async function judged(root: string, source: string, ...args: readonly string[]) {
  const { code: exit, stdout, stderr } = await command(root, 'statements', source, '--format', 'json', ...args);
  expect(stderr).toBe('');
  const result = JSON.parse(stdout) as StatementsResult;
  return {
    exit,
    result,
    stdout,
    lines: result.findings.map(
      ({ hazard, statement, calls, users, context }) => `${hazard} | ${statement} | ${calls} ${users.join()} ${context}`,
    ),
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !holds() && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a server that has run statements', () => {
  let lab: Lab;
  let direct: string;
  const logs: Record<string, string> = {};

  beforeAll(async () => {
    lab = await openLab({
      shared_preload_libraries: 'pg_stat_statements',
      logging_collector: 'on',
      log_destination: 'stderr,csvlog,jsonlog',
      log_statement: 'all',
      log_line_prefix: '%m [%p] %u@%d vxid=%v ',
      log_file_mode: '0644',
      lc_messages: 'C',
    });
    const started = await lab.start(environment('1.26'));
    await started.administrator.query('create extension pg_stat_statements schema public');
    const { url } = await started.freshPool();
    await started.administrator.query('create extension if not exists pg_stat_statements; select pg_stat_statements_reset()');
    direct = started.directUrl('postgres');

    const client = new pg.Client(url('app'));
    await client.connect();
    await client.query("SET statement_timeout = '5s'");
    await client.query("SET statement_timeout = '6s'");
    await client.query('SELECT pg_advisory_lock(17), $1::text', ['x']);
    await client.query('BEGIN');
    await client.query("SET LOCAL lock_timeout = '1s'");
    await client.query('SELECT pg_advisory_xact_lock($1)', [4]);
    await client.query('COMMIT');
    await client.query("SELECT set_config('app.secret', 'hunter2', false)");
    await client.query('SELECT pg_advisory_xact_lock($1)', [5]);
    await client.query({ name: 'named_one', text: 'SELECT $1::int + 1', values: [1] });
    await client.end();
    const sql = postgres(url('app'), { max: 1 });
    await sql`select ${'a\nb'}::text`;
    await sql.unsafe('LISTEN\n  orders');
    await sql.end();

    const { rows } = await started.administrator.query<{ kind: string; path: string }>(
      "select kind, current_setting('data_directory') || '/' || pg_current_logfile(kind) as path from unnest(array['stderr', 'csvlog', 'jsonlog']) as kind",
    );
    for (const { kind, path } of rows) logs[kind] = path;
    // The collector writes when it gets round to it.
    for (const path of Object.values(logs)) await until(() => readFileSync(path, 'utf8').includes('orders'));
  }, 120_000);
  afterAll(() => lab.close());

  test.each(['stderr', 'csvlog', 'jsonlog'])('%s: what breaks is found, with calls, user and transaction', async (kind) => {
    const { lines, result, exit, stdout } = await judged(repository(code), logs[kind]!, '--user', 'app');
    expect(result.source.kind).toBe(kind);
    expect(exit).toBe(1);
    expect(lines).toContain('no-session-set | SET statement_timeout = $1 | 2 app unknown');
    expect(lines).toContain('no-listen | LISTEN orders | 1 app out');
    expect(lines.filter((line) => line.startsWith('no-session-advisory-lock'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('SET LOCAL'))).toEqual([]);
    // Inside of the transaction the lock is right, outside it protects nothing.
    expect(lines.filter((line) => line.startsWith('no-xact-lock-outside-transaction'))).toEqual([
      expect.stringMatching(/\| SELECT pg_advisory_xact_lock\(\$1\) \| 1 app out$/),
    ]);
    expect(lines.join('\n')).toContain('no-session-set-config');
    expect(stdout).not.toContain('hunter2');
    const lock = result.findings.find(({ hazard }) => hazard === 'no-session-advisory-lock')!;
    expect(lock.code).toEqual([]);
  });

  test('findings of a saved audit are joined by the fingerprint of the statement', async () => {
    const root = repository(code);
    await command(root, '--format', 'json', '--output', 'audit.json');
    const { result } = await judged(root, logs['jsonlog']!, '--result', 'audit.json');
    expect(result.findings.find(({ hazard }) => hazard === 'no-session-advisory-lock')!.code).toMatchObject([
      { file: 'src/db.ts', line: 3 },
    ]);
    expect(result.findings.find(({ hazard }) => hazard === 'no-listen')!.code).toEqual([]);
  });

  test('named statements count where the pooler does not keep them', async () => {
    const root = repository({ ...code, 'pgbouncer-audit.config.json': '{"profile":{"maxPreparedStatements":0}}' });
    const { lines } = await judged(root, logs['csvlog']!, '--user', 'app');
    expect(lines).toContainEqual(expect.stringMatching(/^no-named-prepared-statement \| SELECT \$1::int \+ \$2/));
  });

  test('pg_stat_statements: calls, users and databases; the context is not known', async () => {
    const { lines, result, stdout } = await judged(repository(code), direct, '--user', 'app');
    expect(result.source.kind).toBe('pg_stat_statements');
    expect(lines).toContainEqual(expect.stringMatching(/^no-session-set \| SET statement_timeout = .* app unknown$/));
    expect(lines).toContainEqual(expect.stringMatching(/^no-listen \| LISTEN orders \| 1 app unknown$/));
    expect(result.findings.find(({ hazard }) => hazard === 'no-listen')!.databases).toEqual(['lab_1_26']);
    expect(result.notes[0]).toContain('does not tell whether a statement ran in a transaction');
    expect(stdout).not.toContain(new URL(direct).password);
  });

  test('a database without the extension is a mistake that says what to do', async () => {
    const { code: exit, stderr } = await command(repository(code), 'statements', direct.replace(/\/[^/]*$/, '/template1'));
    expect(exit).toBe(2);
    expect(stderr).toContain('CREATE EXTENSION pg_stat_statements');
  });
});

const set = (prefix: string, text = "SET work_mem = '1MB'") => `${prefix}LOG:  statement: ${text}\n`;

describe('text with a log_line_prefix', () => {
  test.each([
    ['%m [%p] %q%u@%d ', '2026-01-01 10:00:00.000 UTC [4711] app@shop ', 'app', 'shop', '4711'],
    ['%t:%r:%u@%d:[%p]:', '2026-01-01 10:00:00 UTC:10.0.0.1(5000):app@shop:[4711]:', 'app', 'shop', '4711'],
    ['user=%u,db=%d,app=%a,client=%h ', 'user=app,db=shop,app=my (app),client=::1 ', 'app', 'shop', undefined],
    ['<%c> %u/%d ', '<65a1b2c3.1267> app/shop ', 'app', 'shop', '65a1b2c3.1267'],
    [undefined, '2026-01-01 10:00:00.000 UTC [4711] app@shop ', 'app', 'shop', '4711'],
    [undefined, '', undefined, undefined, undefined],
  ])('%s', async (prefix, line, user, database, session) => {
    const entries = await read(set(line), prefix);
    expect(entries).toMatchObject([{ sql: "SET work_mem = '1MB'", user, database, session }]);
  });
});

async function read(text: string | Buffer, prefix?: string) {
  const entries = [];
  for await (const entry of readLogStream(Readable.from([Buffer.from(text)]), prefix).statements()) entries.push(entry);
  return entries.map(({ sql, named, user, database, session }) => ({ sql, named, user, database, session }));
}

test('durations, executions, continuation lines; parse, bind, DETAIL and STATEMENT are not counted', async () => {
  const log = [
    '[1] LOG:  duration: 0.123 ms  statement: SELECT 1',
    '\tFROM t',
    '[1] LOG:  duration: 0.1 ms  parse <unnamed>: SELECT 2',
    '[1] LOG:  execute <unnamed>: SELECT 2',
    "[1] DETAIL:  parameters: $1 = 'hunter2'",
    '[1] LOG:  execute s1/portal: SELECT 3',
    '[1] ERROR:  syntax error',
    '[1] STATEMENT:  SELECT 4',
    '[1] LOG:  duration: 3 ms',
    '[1] LOG:  checkpoint starting: time',
  ].join('\r\n');
  expect((await read(log)).map(({ sql, named }) => `${sql} ${named}`)).toEqual([
    'SELECT 1\nFROM t false',
    'SELECT 2 false',
    'SELECT 3 true',
  ]);
});

describe('hostile input', () => {
  const json = (message: string) => `${JSON.stringify({ user: 'app', dbname: 'shop', pid: 1, message })}\n`;

  test.each<[string, string | Buffer]>([
    ['an empty file', ''],
    ['a file without line ends', 'x'.repeat(3_000_000)],
    ['binary', Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 256))],
    ['broken JSON', `{"message":"statement: SET a = 1"\n${json("statement: SET work_mem = '1'")}{"__proto__":{"user":"x"},"message":5}\n`],
    ['CSV whose quote never closes', '2026-01-01 10:00:00.000 UTC,"app","shop",1,"\n' + 'x,\n'.repeat(100_000)],
    ['deeply nested SQL', json(`statement: SET a = ${'('.repeat(50_000)}`)],
    ['a statement of megabytes', json(`statement: SELECT set_config('a', '${'x'.repeat(3_000_000)}', false)`)],
  ])('%s gets a report', async (_, text) => {
    const root = repository({ ...code, 'a.log': text });
    expect((await command(root, 'statements', 'a.log')).code).toBeLessThan(2);
  });

  test('escapes of the terminal in names and statements are shown, not sent', async () => {
    const root = repository({ ...code, 'a.log': `${JSON.stringify({ user: 'a\u001B[31m', message: 'statement: LISTEN "\u001B[2J"' })}\n` });
    const { stdout } = await command(root, 'statements', 'a.log', '--no-color');
    expect(stdout).toContain('no-listen');
    expect(stdout).not.toContain('\u001B');
  });

  test('many different statements are bounded, and what is left out is counted', async () => {
    const root = repository({
      ...code,
      'a.log': Array.from({ length: 6_000 }, (_, index) =>
        json(`statement: SELECT pg_advisory_lock(1) FROM t${[...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`),
      ).join(''),
    });
    const { result } = await judged(root, 'a.log');
    expect(result.coverage).toMatchObject({ seen: 6_000, kept: 5_000, leftOut: 1_000 });
  });

  test('gzip is read, and a broken one is a mistake of the user', async () => {
    const root = repository({ ...code, 'a.log.gz': gzipSync(json('statement: LISTEN a')) });
    expect((await judged(root, 'a.log.gz')).lines).toEqual(['no-listen | LISTEN a | 1 app unknown']);
    writeFileSync(join(root, 'b.log.gz'), 'not gzip');
    const { code: exit, stderr } = await command(root, 'statements', 'b.log.gz');
    expect(exit).toBe(2);
    expect(stderr).toContain('could not be read to its end');
    expect((await command(root, 'statements', 'nothing.log')).stderr).toContain('neither a URL of PostgreSQL');
    expect((await command(root, 'statements', 'src')).stderr).toContain('is not a file');
  });
});
