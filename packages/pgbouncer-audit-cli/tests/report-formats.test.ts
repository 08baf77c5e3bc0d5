import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { github } from '../src/report/github.ts';
import { gitlab } from '../src/report/gitlab.ts';
import { junit } from '../src/report/junit.ts';
import { markdown } from '../src/report/markdown.ts';
import type { ReportOptions } from '../src/report/reporter.ts';
import { terminal } from '../src/report/terminal.ts';
import type { FindingResult } from '../src/result.ts';
import { commandWith } from './support/command.ts';
import { commandsIn } from './support/github-runner.ts';
import { junitValues } from './support/junit-schema.ts';
import { repository } from './support/repository.ts';
import { finding, result } from './support/result.ts';

const options: ReportOptions = { color: false, minConfidence: 'likely', show: new Set() };
const showAll: ReportOptions = { ...options, show: new Set(['possible', 'dependent']) };
const dependsOn = { setting: 'maxPreparedStatements', assumed: '200', holdsWhen: '`max_prepared_statements` is 0' };
const risk = finding({ hazard: 'no-external-io-in-transaction', severity: 'warning', line: 40, endLine: 40, fingerprint: 'b' });
const depends = finding({ hazard: 'no-named-prepared-statement', dependsOn, line: 50, endLine: 50, fingerprint: 'c' });
const suppression = { reason: 'only a script', place: finding() };
const suppressed = finding({ suppression, line: 60, endLine: 60, fingerprint: 'd' });
const mixed = result([finding(), risk, depends, suppressed], {
  verdict: { state: 'not-ready', blockers: 1, risks: 1, possible: 0, dependent: 1, suppressed: 1, notApplicable: [] },
});
const many = (count: number, overrides: Partial<FindingResult> = {}): FindingResult[] =>
  Array.from({ length: count }, (_, index) => finding({ line: index + 1, endLine: index + 1, fingerprint: `f${index}`, ...overrides }));

describe('annotations of GitHub Actions', () => {
  test('point to the place, with the level of the severity', () => {
    const [first, second, ...rest] = commandsIn(github(mixed, options));
    expect(first).toEqual({
      name: 'error',
      properties: { file: 'src/users.ts', line: '12', endLine: '12', col: '20', endColumn: '31', title: 'pgbouncer-audit: no-session-set' },
      data: finding().message,
    });
    expect(second).toMatchObject({ name: 'warning', properties: { line: '40' } });
    expect(rest).toEqual([]);
  });

  test('a place that spans lines has no columns, which GitHub would refuse', () => {
    const [command] = commandsIn(github(result([finding({ endLine: 14 })]), options));
    expect(Object.keys(command!.properties)).toEqual(['file', 'line', 'endLine', 'title']);
  });

  test('a quiet finding that is asked for is a notice', () => {
    expect(commandsIn(github(mixed, showAll)).map(({ name }) => name)).toEqual(['error', 'warning', 'notice']);
  });

  test('there are as many of a level as GitHub shows, and the log says how many have none', () => {
    const text = github(result([...many(25), ...many(3, { severity: 'warning' })]), options);
    expect(commandsIn(text).map(({ name }) => name)).toEqual([...Array<string>(10).fill('error'), ...Array<string>(3).fill('warning')]);
    expect(text).toMatch(/\n15 more findings without an annotation: GitHub shows 10 errors, 10 warnings and 10 notices of a step\.\n$/);
  });

  const files = {
    'package.json': '{ "dependencies": { "pg": "8.16.0" } }',
    'src/a.ts':
      "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionTimeoutMillis: 1000 });\npool.query(`SET x = '\n::error::owned\n  ::add-mask::a ##[error]owned'`);\n",
  };

  test('follow the terminal report in GitHub Actions, and no text of the report is a command', async () => {
    const { stdout } = await commandWith({ GITHUB_ACTIONS: 'true' }, repository(files));
    expect(stdout).toContain('NOT READY for transaction mode');
    expect(commandsIn(stdout)).toMatchObject([{ name: 'error', properties: { file: 'src/a.ts', line: '3' } }]);
  });

  test('are made only there, and not where they are unwanted, asked for already, or the report is another one', async () => {
    const root = repository(files);
    const count = async (env: Record<string, string>, ...args: string[]) =>
      (await commandWith(env, root, ...args)).stdout.split('\n').filter((line) => line.startsWith('::error')).length;
    const actions = { GITHUB_ACTIONS: 'true' };
    expect(await count({})).toBe(0);
    expect(await count(actions)).toBe(1);
    expect(await count(actions, '--no-annotations')).toBe(0);
    expect(await count(actions, '-r', 'terminal', '-r', 'github')).toBe(1);
    expect(await count(actions, '-r', 'json')).toBe(0);
    expect(await count(actions, '-r', 'terminal', '-r', 'json=a.json')).toBe(1);
  });
});

describe('the Code Quality report of GitLab', () => {
  const validate = new Ajv2020().compile({
    type: 'array',
    items: {
      type: 'object',
      required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
      properties: {
        description: { type: 'string', minLength: 1 },
        check_name: { type: 'string', minLength: 1 },
        fingerprint: { type: 'string', minLength: 1 },
        severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
        location: {
          type: 'object',
          required: ['path', 'positions'],
          properties: {
            path: { type: 'string', pattern: '^(?!\\./|/)' },
            positions: {
              type: 'object',
              required: ['begin'],
              properties: { begin: { type: 'object', required: ['line'], properties: { line: { type: 'integer', minimum: 1 } } } },
            },
          },
        },
      },
    },
  });
  const read = (text: string) => JSON.parse(text) as { severity: string; fingerprint: string }[];

  test.each([
    ['findings of every kind', mixed],
    ['none', result([])],
  ])('has what GitLab requires, with %s', (_, value) => {
    validate(read(gitlab(value, showAll)));
    expect(validate.errors ?? []).toEqual([]);
  });

  test('has the severities of GitLab and a fingerprint for each', () => {
    const issues = read(gitlab(mixed, showAll));
    expect(issues.map(({ severity }) => severity)).toEqual(['blocker', 'major', 'info']);
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(3);
  });
});

describe('the JUnit report', () => {
  test('fails for a blocker, and skips what is none, with the reason', () => {
    const text = junit(mixed, showAll);
    expect(junitValues(text, '//testcase[failure]/@name')).toEqual(['no-session-set 12:20']);
    expect(junitValues(text, '//skipped/@message').map((message) => message.split(':')[0])).toEqual(['risk', 'depends', 'suppressed']);
    expect(junitValues(text, '/testsuites/@failures')).toEqual(['1']);
  });

  test('a file that could not be examined is an error', () => {
    expect(junitValues(junit(result([]), options), '//error/@message')).toEqual(['Not examined: Unexpected token']);
  });

  test('has a passed test where nothing fails, because readers refuse a report without any', () => {
    const clean = result([], { coverage: { ...result().coverage, skipped: [] } });
    expect(junitValues(junit(clean, options), '//testcase/@name')).toEqual(['Ready for transaction mode: 0 blockers, 0 risks.']);
  });

  test('the schema refuses what is no JUnit, so that the tests above can fail', () => {
    expect(() => junitValues('<testsuites><testsuite/></testsuites>', '/')).toThrow();
    expect(() => junitValues('<testsuites>', '/')).toThrow();
  });
});

describe('the Markdown report', () => {
  test('opens with the verdict and the work in its order', () => {
    expect(markdown(mixed, options)).toContain(
      [
        '## pgbouncer-audit: not ready for transaction mode',
        '',
        '**1 blocker, 1 risk; 1 more finding if an assumed setting is wrong.**',
        '',
        '| | what | blockers | risks | places |',
        '| --: | :-- | --: | --: | --: |',
        '| 1 | Settings of the session | 1 |  | 1 |',
        '| 2 | Connections that are held too long |  | 1 | 1 |',
      ].join('\n'),
    );
  });

  test('says once what is the same for many places', () => {
    const text = markdown(result(many(30)), options);
    expect(text.split('changes a server connection')).toHaveLength(2);
    expect(text.split('\n- `src/users.ts:')).toHaveLength(31);
  });

  test('is a comment that GitHub takes, and says what was cut', () => {
    const long = many(2_000, { frame: { text: '😀'.repeat(60), start: 1, end: 3 } });
    const text = markdown(result([...long, ...many(5, { hazard: 'no-listen', message: 'Another.' })]), options);
    expect(Buffer.byteLength(text)).toBeLessThan(65_536);
    const listed = text.split('\n- `src/users.ts:').length - 1;
    expect(listed).toBeGreaterThan(100);
    expect(text).toContain(`**${2_005 - listed} more findings not shown here**`);
    expect(text.trimEnd()).toMatch(/<\/sub>$/);
  });
});

describe('the terminal report of many findings', () => {
  test('says before the list what to do first', () => {
    const text = terminal(result([...many(9), risk]), options);
    expect(text).toMatch(/^work {5}1\. Settings of the session {13}9 blockers in 1 file; state reaches other clients$/m);
    expect(text).toMatch(/^ {9}2\. Connections that are held too long {2}1 risk in 1 file; uses up the connections$/m);
    expect(terminal(mixed, options)).not.toContain('work  ');
  });
});
