import { expect, test } from 'vitest';
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
