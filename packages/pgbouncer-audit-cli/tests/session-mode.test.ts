import { describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import { terminal } from '../src/report/terminal.ts';
import type { ReportOptions } from '../src/report/reporter.ts';
import { repository } from './support/repository.ts';

const reportOptions: ReportOptions = { color: false, minConfidence: 'likely', show: new Set() };

const code = `import { Pool } from 'pg';
const pool = new Pool({ connectionString: process.env.DATABASE_URL });
await pool.query('LISTEN jobs');
`;

const audited = (settings: object, text = code) => {
  const root = repository({ 'src/jobs.ts': text });
  return audit({ paths: [root], cwd: root, root, settings });
};

test('in session mode the hazards of transaction mode are not applicable, which is not passed', () => {
  const result = audited({ profile: { poolMode: 'session' } });
  expect(result.verdict).toMatchObject({ state: 'not-applicable', blockers: 0 });
  expect(result.verdict.notApplicable).toContain('no-listen');
  expect(terminal(result, reportOptions)).toContain('NOT APPLICABLE');
  expect(terminal(result, reportOptions)).not.toContain('READY');
});

const sessionIni = '[databases]\n* = host=db\n[pgbouncer]\npool_mode = session\nlisten_addr = *\nauth_type = scram-sha-256\n';

describe('a pgbouncer.ini in session mode', () => {
  const files = { 'src/jobs.ts': code, 'deploy/pgbouncer.ini': sessionIni };
  const auditOf = (options: object, more: Readonly<Record<string, string>> = {}) => {
    const root = repository({ ...files, ...more });
    return audit({ paths: [root], cwd: root, root, ...options });
  };

  test('that is only found is judged as what it is to become, and the report says so', () => {
    const result = auditOf({});
    expect(result.verdict).toMatchObject({ state: 'not-ready', notApplicable: [] });
    expect(result.discovery.notes).toEqual([
      expect.stringMatching(/^deploy\/pgbouncer\.ini:4: the pooler runs in session mode\..*switched/),
    ]);
  });

  test.each([
    ['by the option', { pgbouncerIni: 'deploy/pgbouncer.ini' }],
    ['in the configuration', { settings: { pgbouncerIni: 'deploy/pgbouncer.ini' } }],
  ])('that is named %s is the pooler that the code meets: not applicable, which is not passed', (_, options) => {
    const result = auditOf(options);
    expect(result.verdict).toMatchObject({ state: 'not-applicable', blockers: 0 });
    expect(result.verdict.notApplicable).toContain('no-listen');
    expect(result.discovery.profile).toContainEqual({
      setting: 'poolMode',
      value: 'session',
      source: { file: 'deploy/pgbouncer.ini', line: 4 },
    });
    expect(result.discovery.notes).toEqual([expect.stringMatching(/session mode\. The hazards of transaction mode are not judged\.$/)]);
    expect(result.findings.find(({ hazard }) => hazard === 'session-pooling')?.message).toContain(
      'state `profile.poolMode` as `transaction`',
    );
    expect(terminal(result, reportOptions)).toContain('NOT APPLICABLE');
  });

  test('gives way to a mode that the configuration states', () => {
    const { verdict } = auditOf({ settings: { pgbouncerIni: 'deploy/pgbouncer.ini', profile: { poolMode: 'transaction' } } });
    expect(verdict).toMatchObject({ state: 'not-ready', notApplicable: [] });
  });

  test('gives way to the one that the call names', () => {
    const { verdict } = auditOf(
      { pgbouncerIni: 'other.ini', settings: { pgbouncerIni: 'deploy/pgbouncer.ini' } },
      { 'other.ini': sessionIni.replace('session', 'transaction') },
    );
    expect(verdict.notApplicable).toEqual([]);
  });

  test('with one database in transaction mode is judged by that', () => {
    const { verdict } = auditOf(
      { pgbouncerIni: 'deploy/pgbouncer.ini' },
      { 'deploy/pgbouncer.ini': sessionIni.replace('host=db', 'host=db pool_mode=transaction') },
    );
    expect(verdict).toMatchObject({ state: 'not-ready', notApplicable: [] });
  });
});

test('what breaks in session mode too is a blocker there', () => {
  const timeout = code.replace('DATABASE_URL }', 'DATABASE_URL, statement_timeout: 5000 }');
  expect(audited({ profile: { poolMode: 'session' } }, timeout).verdict).toMatchObject({ state: 'not-ready', blockers: 1 });
});

test('in transaction mode everything is judged', () => {
  expect(audited({ profile: { poolMode: 'transaction' } }).verdict).toMatchObject({ state: 'not-ready', notApplicable: [] });
});

test('in statement mode a transaction is a blocker', () => {
  const begin = code.replace('LISTEN jobs', 'BEGIN');
  const { findings } = audited({ profile: { poolMode: 'statement' } }, begin);
  expect(findings.map(({ hazard }) => hazard)).toContain('no-transaction-in-statement-mode');
});
