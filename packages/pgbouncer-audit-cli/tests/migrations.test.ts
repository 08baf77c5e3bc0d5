import { describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import type { ReportOptions } from '../src/report/reporter.ts';
import { sarif } from '../src/report/sarif.ts';
import { terminal } from '../src/report/terminal.ts';
import { repository } from './support/repository.ts';

const journal = JSON.stringify({ version: '7', dialect: 'postgresql', entries: [] });
const lockTimeout = "SET lock_timeout = '5s';\n--> statement-breakpoint\nDROP TABLE posts;\n";

function findingsIn(files: Readonly<Record<string, string>>) {
  const root = repository(files);
  return audit({ paths: ['.'], cwd: root, root }).findings.map(({ hazard, file, line, confidence }) => ({
    hazard,
    file,
    line,
    confidence,
  }));
}

describe('a migration of Drizzle', () => {
  const drizzle = (config: string, sql = lockTimeout, dialect = journal) =>
    findingsIn({ 'drizzle.config.ts': config, 'drizzle/meta/_journal.json': dialect, 'drizzle/0001_drop.sql': sql });
  const config = (url: string) => `export default { dialect: 'postgresql', dbCredentials: { url: ${url} } };`;

  test('leaves what it sets for the session on the server connection when it commits', () => {
    expect(drizzle(config('process.env.DATABASE_URL!'))).toEqual([
      { hazard: 'no-session-set', file: 'drizzle/0001_drop.sql', line: 1, confidence: 'likely' },
    ]);
  });

  test.each([
    ['is run over a direct connection', config('process.env.DIRECT_URL!'), lockTimeout],
    ['says SET LOCAL', config('process.env.DATABASE_URL!'), lockTimeout.replace('SET', 'SET LOCAL')],
    ['resets what it set', config('process.env.DATABASE_URL!'), `${lockTimeout}RESET lock_timeout;\n`],
    ['drops its temporary table', config('process.env.DATABASE_URL!'), 'CREATE TEMP TABLE t (a int);\nDROP TABLE t;\n'],
    [
      'locks in a function that it only creates',
      config('process.env.DATABASE_URL!'),
      'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_lock(1) $$;',
    ],
  ])('is in order when it %s', (_name, text, sql) => {
    expect(drizzle(text, sql)).toEqual([]);
  });

  test('is only possibly wrong when its URL may be a direct one', () => {
    expect(drizzle(config('process.env.DIRECT_URL ?? process.env.DATABASE_URL'))).toMatchObject([{ confidence: 'possible' }]);
  });

  test('for another database is not looked at', () => {
    expect(drizzle(config('process.env.DATABASE_URL!'), lockTimeout, journal.replace('postgresql', 'mysql'))).toEqual([]);
  });
});

describe('a migration of Prisma', () => {
  const prisma = (datasource: string) =>
    findingsIn({
      'prisma/schema.prisma': `datasource db {\n  provider = "postgresql"\n  ${datasource}\n}\n`,
      'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
      'prisma/migrations/20260101000000_drop/migration.sql': lockTimeout,
    });

  test('leaks behind the URL that the application uses', () => {
    expect(prisma('url = env("DATABASE_URL")')).toMatchObject([{ hazard: 'no-session-set', line: 1 }]);
  });

  test('goes past the pooler with a directUrl', () => {
    expect(prisma('url = env("DATABASE_URL")\n  directUrl = env("DIRECT_URL")')).toEqual([]);
  });
});

test('SQL that is no migration is not looked at: who runs it cannot be seen', () => {
  expect(findingsIn({ 'scripts/seed.sql': lockTimeout })).toEqual([]);
});

describe('a suppression in a migration', () => {
  const reportOptions: ReportOptions = { color: false, minConfidence: 'likely', show: new Set() };
  const audited = (sql: string) => {
    const root = repository({
      'drizzle.config.ts': "export default { dialect: 'postgresql', dbCredentials: { url: process.env.DATABASE_URL! } };",
      'drizzle/meta/_journal.json': journal,
      'drizzle/0001_drop.sql': sql,
    });
    return audit({ paths: ['.'], cwd: root, root, today: '2026-11-24' });
  };

  test('takes the finding out of the verdict, and leaves it in the result with the reason', () => {
    const result = audited(`-- pgbouncer-ignore no-session-set: run by hand until=2027-01-01\n${lockTimeout}`);
    expect(result.verdict).toMatchObject({ state: 'ready', blockers: 0, suppressed: 1 });
    expect(result.findings).toMatchObject([
      { hazard: 'no-session-set', suppression: { reason: 'run by hand', until: '2027-01-01', place: { line: 1, column: 1 } } },
    ]);
    expect(result.suppressionProblems).toEqual([]);
    expect(JSON.parse(sarif(result, reportOptions))).toMatchObject({
      runs: [{ results: [{ suppressions: [{ kind: 'inSource', justification: 'run by hand' }] }] }],
    });
    expect(terminal(result, reportOptions)).toContain('1 finding suppressed by a comment');
  });

  test('that has expired is named, and the finding counts', () => {
    const result = audited(`-- pgbouncer-ignore no-session-set: run by hand until=2026-11-23\n${lockTimeout}`);
    expect(result.verdict).toMatchObject({ state: 'not-ready', blockers: 1, suppressed: 0 });
    expect(result.suppressionProblems).toMatchObject([{ kind: 'expired', file: 'drizzle/0001_drop.sql', line: 1 }]);
    expect(terminal(result, reportOptions)).toContain('drizzle/0001_drop.sql:1:1: The suppression of `no-session-set` ended');
  });
});
