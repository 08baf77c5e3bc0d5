import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { json } from '../src/report/json.ts';
import type { ReportOptions } from '../src/report/reporter.ts';
import { sarif } from '../src/report/sarif.ts';
import { terminal } from '../src/report/terminal.ts';
import type { AuditResult } from '../src/result.ts';
import { problemsOf } from './support/schema.ts';
import { finding, result } from './support/result.ts';

const options: ReportOptions = { color: false, minConfidence: 'likely', show: new Set() };
const dependsOn = { setting: 'maxPreparedStatements', assumed: '200', holdsWhen: '0, or PgBouncer before 1.21' };
const quiet = [
  finding({ hazard: 'no-currval', confidence: 'possible', message: 'Possible.' }),
  finding({ hazard: 'no-sql-prepare', dependsOn, message: 'Depends.' }),
];
const quietResult = result([finding(), ...quiet], {
  verdict: { state: 'not-ready', blockers: 1, risks: 0, possible: 1, dependent: 1, suppressed: 0, notApplicable: [] },
});

describe('the terminal report', () => {
  test('opens with the verdict, what was discovered and what was covered', () => {
    const lines = terminal(result(), options).split('\n');
    expect(lines[0]).toBe('NOT READY for transaction mode: 1 blocker, 0 risks.');
    expect(lines).toEqual(
      expect.arrayContaining([
        'pooler   pgbouncer.ini, transaction mode docker/pgbouncer.ini:3',
        'profile  poolMode = transaction docker/pgbouncer.ini:4',
        'drivers  pg 8.16.0 apps/api/package.json:7',
        'coverage 20 SQL sites: 16 read, 3 in part, 1 opaque; 40 files examined, 30 of them without a word that matters',
        '         left out: 5 of tests (--include-tests)',
        '         opaque SQL src/raw.ts:5:9',
        'skipped  src/broken.ts:4: syntax error (Unexpected token)',
      ]),
    );
    expect(lines.find((line) => line.startsWith('assumed'))).toContain('version = 1.26');
  });

  test('shows a finding with its code, the chain of evidence and the fix', () => {
    expect(terminal(result(), options)).toContain(
      [
        '  src/users.ts:12:20  blocker  no-session-set  certain',
        '  12 |   await db.execute(sql`SET search_path TO tenant`);',
        '     |                        ~~~~~~~~~~~',
        '  `SET search_path` changes a server connection that another client gets next. Use `SET LOCAL` in a',
        '  transaction.',
        '  because: `db` is a pool (src/users.ts:3:7)',
        '         < the statement runs outside a transaction',
        '  fix: Use SET LOCAL',
      ].join('\n'),
    );
  });

  test('only counts what is possible or depends on an assumption', () => {
    const text = terminal(quietResult, options);
    expect(text).not.toContain('Possible.');
    expect(text).not.toContain('Depends.');
    expect(text).toContain('1 finding possible: --show possible lists it.');
    expect(text).toContain('1 finding depending on an assumed setting: --show dependent lists it.');
  });

  test('says with the verdict that it rests on assumptions', () => {
    expect(terminal(quietResult, options)).toMatch(
      /^NOT READY for transaction mode: 1 blocker, 0 risks; 1 more finding if an assumed setting is wrong\.$/m,
    );
  });

  test('lists them when asked, with the setting to check', () => {
    const text = terminal(quietResult, { ...options, show: new Set(['possible', 'dependent']) });
    expect(text).toContain('Possible.');
    expect(text).toContain('depends on: maxPreparedStatements (assumed 200); holds when 0, or PgBouncer before 1.21');
    expect(text).not.toContain('--show');
  });

  test('says that nothing was examined, which is not the same as ready', () => {
    const nothing = result([], {
      verdict: { state: 'nothing-examined', blockers: 0, risks: 0, possible: 0, dependent: 0, suppressed: 0, notApplicable: [] },
    });
    expect(terminal(nothing, options)).toMatch(/^NOTHING EXAMINED: no code that talks to PostgreSQL was found in 40 files/);
    const unread = { ...nothing, coverage: { ...nothing.coverage, files: { ...nothing.coverage.files, examined: 0 } } };
    expect(terminal(unread, options)).toMatch(/^NOTHING EXAMINED: no source file could be read/);
  });

  test('has colours only when asked', () => {
    expect(terminal(result(), options)).not.toContain('\u001B');
    expect(terminal(result(), { ...options, color: true })).toContain('\u001B[');
  });

  test('lets no text of the repository reach the terminal as a command', () => {
    const nasty = '\u001B]0;owned\u0007\u001B[2J\u202Etxt\r\n';
    const hostile = finding({
      file: `a${nasty}.ts`,
      message: nasty,
      frame: { text: nasty, start: 1, end: 2 },
      evidence: [{ text: nasty }],
    });
    expect(terminal(result([hostile]), options)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u202E]/);
  });
});

describe('the JSON report', () => {
  test('is the result, with every finding whatever its confidence', () => {
    expect(JSON.parse(json(quietResult, options))).toEqual(quietResult);
  });

  test('is valid by the published schema', () => {
    expect(problemsOf(quietResult)).toEqual([]);
  });

  test('the schema refuses what is missing, wrong or not declared, so that the test above can fail', () => {
    expect(problemsOf({ ...quietResult, verdict: undefined })).not.toEqual([]);
    expect(problemsOf({ ...quietResult, findings: [{ ...finding(), severity: 'fatal' }] })).not.toEqual([]);
    expect(problemsOf({ ...quietResult, surprise: 1 })).not.toEqual([]);
  });
});

interface Run {
  results: { level: string }[];
  invocations: unknown[];
  tool: { driver: { rules: unknown[] } };
}

describe('the SARIF report', () => {
  const require = createRequire(import.meta.url);
  const schema = JSON.parse(readFileSync(require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'), 'utf8')) as object;
  const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);

  test.each([
    ['one finding', result()],
    ['none', result([])],
    ['quiet findings', quietResult],
    ['names that no URI can hold', result([finding({ file: 'src/[id]/a b%20#ü\uFFFD.ts' })])],
  ])('is valid with %s', (_, value) => {
    validate(JSON.parse(sarif(value, options)));
    expect(validate.errors ?? []).toEqual([]);
  });

  test('the schema refuses what is wrong, so the tests above can fail', () => {
    expect(validate({ version: '2.1.0', runs: [{ results: 3 }] })).toBe(false);
  });

  const runOf = (value: AuditResult): Run => (JSON.parse(sarif(value, options)) as { runs: [Run] }).runs[0];

  test('places the finding, points to the evidence, and carries the fingerprint', () => {
    const run = runOf(result());
    expect(run.results).toMatchObject([
      {
        ruleId: 'no-session-set',
        ruleIndex: 0,
        level: 'error',
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'src/users.ts', uriBaseId: 'ROOT' },
              region: { startLine: 12, startColumn: 20, endLine: 12, endColumn: 31 },
            },
          },
        ],
        relatedLocations: [{ id: 1, message: { text: '`db` is a pool' } }],
        partialFingerprints: { 'pgbouncerAudit/v2': '0123456789abcdef' },
      },
    ]);
    expect(run.tool.driver.rules).toMatchObject([{ id: 'no-session-set', defaultConfiguration: { level: 'error' } }]);
  });

  test('a finding that does not count is a note, and one that depends on a setting says which', () => {
    const levels = runOf(quietResult).results.map(({ level }) => level);
    expect(levels).toEqual(['error', 'note', 'note']);
    expect(sarif(quietResult, options)).toContain('Depends on maxPreparedStatements (assumed 200)');
  });

  test('a file that was skipped is a notification', () => {
    const [invocation] = runOf(result()).invocations;
    expect(invocation).toMatchObject({
      executionSuccessful: true,
      toolExecutionNotifications: [{ level: 'warning', message: { text: 'Not examined, syntax error: Unexpected token' } }],
    });
  });
});
