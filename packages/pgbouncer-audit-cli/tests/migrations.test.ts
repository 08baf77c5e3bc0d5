import { describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import type { ReportOptions } from '../src/report/reporter.ts';
import { sarif } from '../src/report/sarif.ts';
import { terminal } from '../src/report/terminal.ts';
import { repository } from './support/repository.ts';

const journal = JSON.stringify({ version: '7', dialect: 'postgresql', entries: [{ tag: '0001_drop' }, { tag: '0001_a' }] });
const lockTimeout = "SET lock_timeout = '5s';\n--> statement-breakpoint\nDROP TABLE posts;\n";

function findingsIn(files: Readonly<Record<string, string>>) {
  const root = repository(files);
  return audit({ paths: ['.'], cwd: root, root })
    .findings.filter(({ file }) => file.endsWith('.sql'))
    .map(({ hazard, file, line, confidence }) => ({ hazard, file, line, confidence }));
}

describe('a migration of Drizzle', () => {
  const drizzle = (config: string, sql = lockTimeout, dialect = journal) =>
    findingsIn({ 'drizzle.config.ts': config, 'drizzle/meta/_journal.json': dialect, 'drizzle/0001_drop.sql': sql });
  const config = (url: string) => `export default { dialect: 'postgresql', dbCredentials: { url: ${url} } };`;

  const listing = (...tags: string[]) =>
    JSON.stringify({ version: '7', dialect: 'postgresql', entries: tags.map((tag, idx) => ({ idx, tag, breakpoints: true })) });

  test('that the journal does not list is not run by Drizzle, and what runs it is not seen', () => {
    const found = (...tags: string[]) =>
      drizzle(config('process.env.DATABASE_URL!'), lockTimeout, listing(...tags)).map(({ confidence }) => confidence);
    expect(found('0000_init', '0001_drop')).toEqual(['likely']);
    expect(found('0000_init')).toEqual(['possible']);
  });

  test('that the journal does not list may well build an index concurrently', () => {
    const index = 'CREATE INDEX CONCURRENTLY a ON t (b);\n';
    const found = (...tags: string[]) =>
      drizzle(config('process.env.DATABASE_URL!'), index, listing(...tags)).map(({ confidence }) => confidence);
    expect(found('0001_drop')).toEqual(['likely']);
    expect(found()).not.toContain('likely');
  });

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

describe('a migration of Drizzle 1.0, which has a folder of its own', () => {
  const project = (files: Readonly<Record<string, string>>, dependencies = {}) =>
    findingsIn({
      'package.json': JSON.stringify({ dependencies: { pg: '^8.0.0', 'drizzle-orm': '^1.0.0', ...dependencies } }),
      'drizzle.config.ts': "export default { dialect: 'postgresql', dbCredentials: { url: process.env.DATABASE_URL! } };",
      'drizzle/20260303113537_drop/migration.sql': lockTimeout,
      ...files,
    });
  const found = [{ hazard: 'no-session-set', file: 'drizzle/20260303113537_drop/migration.sql', line: 1, confidence: 'likely' }];
  const snapshot = (dialect: string) => ({ 'drizzle/20260303113537_drop/snapshot.json': JSON.stringify({ version: '8', dialect }) });

  test('is run by Drizzle, with a snapshot or, written by hand, without', () => {
    expect(project(snapshot('postgres'))).toEqual(found);
    expect(project({})).toEqual(found);
  });

  test('is not looked at for another database, and is not taken for Drizzle where Prisma is installed', () => {
    expect(project(snapshot('sqlite'))).toEqual([]);
    expect(project({}, { prisma: '^6.0.0' })).toEqual([]);
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

describe('a numbered file below a folder for migrations', () => {
  const project = (dependencies: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>, scripts = {}) =>
    findingsIn({ 'package.json': JSON.stringify({ dependencies, scripts }, undefined, 2), ...files });
  const index = 'CREATE INDEX CONCURRENTLY a ON t (b);\n';

  test.each(['node-pg-migrate', 'postgres-migrations', 'graphile-migrate', 'db-migrate', 'knex'])(
    'is run by %s in a transaction',
    (tool) => {
      expect(project({ pg: '^8.0.0', [tool]: '^1.0.0' }, { 'migrations/001_a.sql': `SET lock_timeout = '5s';\n${index}` })).toEqual([
        { hazard: 'no-session-set', file: 'migrations/001_a.sql', line: 1, confidence: 'likely' },
        { hazard: 'no-concurrent-ddl-in-transaction', file: 'migrations/001_a.sql', line: 2, confidence: 'likely' },
      ]);
    },
  );

  test('is run through the URL that the script of package.json names', () => {
    const run = (script: string) =>
      project({ pg: '^8.0.0', 'node-pg-migrate': '^9.0.0' }, { 'migrations/001_a.sql': "SET lock_timeout = '5s';\n" }, { migrate: script });
    expect(run('node-pg-migrate up')).toMatchObject([{ hazard: 'no-session-set' }]);
    expect(run('node-pg-migrate up -d DIRECT_URL')).toEqual([]);
    expect(run('DATABASE_URL=$DIRECT_URL node-pg-migrate up')).toEqual([]);
  });

  test.each([
    ['postgres-migrations', '-- postgres-migrations disable-transaction\n'],
    ['graphile-migrate', '--! no-transaction\n'],
  ])('of %s can turn the transaction off', (tool, mark) => {
    expect(project({ pg: '^8.0.0', [tool]: '^1.0.0' }, { 'migrations/001_a.sql': mark + index })).toEqual([]);
  });

  test('that nobody is seen to run is only possibly wrong, except for what is stored', () => {
    const policy = "CREATE POLICY p ON t USING (id = current_setting('app.id', true)::uuid);\n";
    expect(project({ pg: '^8.0.0' }, { 'db/migrations/001_a.sql': `SET lock_timeout = '5s';\n${policy}${index}` })).toEqual([
      { hazard: 'no-session-set', file: 'db/migrations/001_a.sql', line: 1, confidence: 'possible' },
      { hazard: 'rls-guc-null-safe', file: 'db/migrations/001_a.sql', line: 2, confidence: 'likely' },
      { hazard: 'no-concurrent-ddl-in-transaction', file: 'db/migrations/001_a.sql', line: 3, confidence: 'possible' },
    ]);
  });

  test.each([
    ['the project does not speak to PostgreSQL', { mysql2: '^3.0.0' }, 'migrations/001_a.sql'],
    ['it lies elsewhere', { pg: '^8.0.0' }, 'queries/001_a.sql'],
    ['it has no number', { pg: '^8.0.0' }, 'migrations/seed.sql'],
  ])('is not looked at where %s', (_why, dependencies, file) => {
    expect(project(dependencies as unknown as Record<string, string>, { [file]: "SET lock_timeout = '5s';\n" })).toEqual([]);
  });
});

describe('what a file does to the transaction of its tool', () => {
  const mark = '--> statement-breakpoint\n';
  const drizzle = (sql: string) =>
    findingsIn({
      'drizzle.config.ts': "export default { dialect: 'postgresql', dbCredentials: { url: process.env.DATABASE_URL! } };",
      'drizzle/meta/_journal.json': journal,
      'drizzle/0001_a.sql': sql,
    }).map(({ hazard, line }) => `${hazard}:${line}`);
  const prisma = (sql: string) =>
    findingsIn({
      'prisma/schema.prisma': 'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n',
      'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
      'prisma/migrations/20260101000000_a/migration.sql': sql,
    }).map(({ hazard, line }) => `${hazard}:${line}`);

  test('Drizzle: COMMIT before a mark ends it, and BEGIN begins another', () => {
    const index = 'CREATE INDEX CONCURRENTLY a ON t (b);\n';
    expect(drizzle(`ALTER TABLE t ADD b int;\n${mark}${index}`)).toEqual(['no-concurrent-ddl-in-transaction:3']);
    expect(drizzle(`COMMIT;\n${mark}${index}`)).toEqual([]);
    expect(drizzle(`COMMIT;\n${mark}BEGIN;\n${mark}${index}`)).toEqual(['no-concurrent-ddl-in-transaction:5']);
    expect(drizzle(`COMMIT;\n${mark}SET LOCAL lock_timeout = '5s';\n${mark}${index}`)).toEqual(['no-local-setting-outside-transaction:3']);
  });

  test('Drizzle cuts at its mark, whether or not a semicolon stands before it', () => {
    expect(drizzle(`ALTER TABLE t ADD b int\n${mark}SET lock_timeout = '5s'\n`)).toEqual(['no-session-set:3']);
  });

  test('Prisma: a file of one statement has none, one of several is one', () => {
    expect(prisma('-- CreateIndex\nCREATE INDEX CONCURRENTLY a ON t (b);\n')).toEqual([]);
    expect(prisma('ALTER TABLE t ADD b int;\nCREATE INDEX CONCURRENTLY a ON t (b);\n')).toEqual(['no-concurrent-ddl-in-transaction:2']);
    expect(prisma("SET LOCAL lock_timeout = '5s';\nALTER TABLE t ADD b int;\n")).toEqual([]);
    expect(prisma("SET LOCAL lock_timeout = '5s';\n")).toEqual(['no-local-setting-outside-transaction:1']);
  });
});

test('SQL that is no migration is not looked at: who runs it cannot be seen', () => {
  expect(findingsIn({ 'scripts/seed.sql': lockTimeout })).toEqual([]);
});

describe('what a migration sets for the session', () => {
  const preamble = `SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.t (a integer);
`;
  const audited = (sql: string) => {
    const root = repository({
      'drizzle.config.ts': "export default { dialect: 'postgresql', dbCredentials: { url: process.env.DATABASE_URL! } };",
      'drizzle/meta/_journal.json': journal,
      'drizzle/0001_a.sql': sql,
    });
    return audit({ paths: ['.'], cwd: root, root }).findings.filter(({ file }) => file.endsWith('.sql'));
  };

  test('by the preamble of pg_dump is reported line by line, save for what the pooler keeps per client', () => {
    expect(audited(preamble).map(({ hazard, line }) => `${line} ${hazard}`)).toEqual([
      '1 no-session-set',
      '2 no-session-set',
      '3 no-session-set',
      '6 no-session-search-path',
      ...[7, 8, 9, 10, 11, 12].map((line) => `${line} no-session-set`),
    ]);
  });

  test.each([
    ["SET lock_timeout = '5s';", 'SET LOCAL'],
    ["SET SESSION statement_timeout = '5s';", 'SET LOCAL'],
    ['SET ROLE owner;', 'SET LOCAL ROLE'],
    ['SET search_path TO app;', 'SET LOCAL search_path'],
    ["SELECT set_config('app.tenant_id', '1', false);", 'Pass `true`'],
  ])('by %s is said in the words of a migration, with what to write instead', (statement, advice) => {
    const [finding] = audited(`${statement}\nDROP TABLE t;\n`);
    expect(finding?.message).toContain('outlives the migration: when Drizzle has committed');
    expect(finding?.message).toContain(advice);
    expect(finding?.suggestions).toHaveLength(1);
  });
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
    expect(result.findings.filter(({ file }) => file.endsWith('.sql'))).toMatchObject([
      { hazard: 'no-session-set', suppression: { reason: 'run by hand', until: '2027-01-01', place: { line: 1, column: 1 } } },
    ]);
    expect(result.suppressionProblems).toEqual([]);
    const { runs } = JSON.parse(sarif(result, reportOptions)) as { runs: { results: { ruleId: string }[] }[] };
    expect(runs[0]?.results.find(({ ruleId }) => ruleId === 'no-session-set')).toMatchObject({
      suppressions: [{ kind: 'inSource', justification: 'run by hand' }],
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
