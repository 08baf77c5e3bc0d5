import { describe, expect, test } from 'vitest';
import { analyseSqlFile, type MigrationTool } from '../src/analyse-sql-file.ts';
import { defaultSetup, type Setup } from '../src/setup.ts';

const sessionMode: Setup = { ...defaultSetup, profile: { ...defaultSetup.profile, poolMode: 'session' } };

function analyse(text: string, setup: Setup = defaultSetup) {
  const { findings, suppressionProblems } = analyseSqlFile('m.sql', text, {
    setup,
    tool,
    reach: 'pooled',
    evidence: [],
    today: '2026-11-24',
  });
  return {
    findings: findings.map(({ hazard, suppression }) => `${hazard}: ${suppression?.reason ?? 'reported'}`),
    suppressions: findings.flatMap(({ suppression }) => suppression ?? []),
    problems: suppressionProblems.map(({ kind, rule }) => (rule === undefined ? kind : `${kind} ${rule}`)),
    messages: suppressionProblems.map(({ message }) => message),
    places: suppressionProblems.map(({ place }) => text.slice(...place.range)),
  };
}

const tool: MigrationTool = { name: 'a tool', transaction: 'in', outside: '' };

describe('a suppression in SQL', () => {
  test('on a line of its own suppresses what the next statement does, and nothing behind it', () => {
    const { findings, problems } = analyse(
      "-- pgbouncer-ignore no-session-set: run by hand\n-- more words\nSET\n  lock_timeout = '5s';\nSET lock_timeout = '6s';",
    );
    expect(findings).toEqual(['no-session-set: run by hand', 'no-session-set: reported']);
    expect(problems).toEqual([]);
  });

  test('behind code suppresses what begins on its line', () => {
    expect(analyse("SET lock_timeout = '5s'; -- pgbouncer-ignore no-session-set: by hand\nSET statement_timeout = 0;").findings).toEqual([
      'no-session-set: by hand',
      'no-session-set: reported',
    ]);
  });

  test('may name several rules, in the spelling of ESLint, too, and stand in a comment of the other kind', () => {
    const text = "/* pgbouncer-ignore no-session-set, pgbouncer/no-session-role: by\n   hand */ SET lock_timeout = '5s';";
    expect(analyse(text).findings).toEqual(['no-session-set: by hand']);
    expect(analyse(text).problems).toEqual(['unused no-session-role']);
  });

  test('for the file suppresses all of the rule, wherever it stands', () => {
    const text = "SET lock_timeout = '5s';\nSET ROLE a;\n-- pgbouncer-ignore-file no-session-set: run by hand\nSET statement_timeout = 0;";
    expect(analyse(text).findings).toEqual(['no-session-set: run by hand', 'no-session-role: reported', 'no-session-set: run by hand']);
  });

  test('stands in the block of a DO as well', () => {
    const text =
      'DO $$ BEGIN\n  -- pgbouncer-ignore no-session-advisory-lock: by hand\n  PERFORM pg_advisory_lock(1);\n  PERFORM pg_advisory_lock(2);\nEND $$;';
    expect(analyse(text).findings).toEqual(['no-session-advisory-lock: by hand', 'no-session-advisory-lock: reported']);
  });

  test('says where it stands and, where it has one, its last day', () => {
    const text = "-- pgbouncer-ignore no-session-set: run by hand until=2027-01-01\nSET lock_timeout = '5s';";
    expect(analyse(text).suppressions).toEqual([
      { reason: 'run by hand', until: '2027-01-01', place: { file: 'm.sql', range: [0, text.indexOf('\n')] } },
    ]);
    expect(analyse(text.replace('2027-01-01', '2026-11-24')).findings).toEqual(['no-session-set: run by hand']);
  });

  test.each([
    ['has expired', 'no-session-set: by hand until=2026-11-23', 'expired'],
    ['has a last day that is none', 'no-session-set: by hand until=2026-02-31', 'bad-date'],
    ['gives no reason', 'no-session-set', 'no-reason'],
    ['gives an empty reason', 'no-session-set: until=2027-01-01', 'no-reason'],
    ['gives its reason without a colon', 'no-session-set by hand', 'no-reason'],
    ['names no rule', ': by hand', 'no-rule'],
    ['names a rule that there is not', 'no-session-sett: by hand', 'unknown-rule no-session-sett'],
  ])('does not count and is reported when it %s', (_why, said, problem) => {
    const { findings, problems, places } = analyse(`-- pgbouncer-ignore ${said}\nSET lock_timeout = '5s';`);
    expect(findings).toEqual(['no-session-set: reported']);
    expect(problems).toEqual([problem]);
    expect(places).toEqual([`-- pgbouncer-ignore ${said}`]);
  });

  test('is reported when there is nothing for it to suppress', () => {
    expect(analyse('-- pgbouncer-ignore no-session-set: by hand\nCREATE TABLE t (a int);').problems).toEqual(['unused no-session-set']);
    expect(analyse("SET lock_timeout = '5s';\n-- pgbouncer-ignore no-session-set: by hand").problems).toEqual(['unused no-session-set']);
  });

  test('is not called unused where session mode keeps the rule from being applied', () => {
    expect(analyse("-- pgbouncer-ignore no-session-set: by hand\nSET lock_timeout = '5s';", sessionMode).problems).toEqual([]);
  });

  test('names the rule that was probably meant', () => {
    expect(analyse('-- pgbouncer-ignore no-session-sett: by hand').messages[0]).toContain('did you mean `no-session-set`?');
  });

  test('is no suppression in a string, in a quoted name, in a function, or as another word', () => {
    const strings = `SELECT '-- pgbouncer-ignore no-session-set: a', "-- pgbouncer-ignore no-session-set: a";\n`;
    const body = 'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ -- pgbouncer-ignore no-session-set: a\n SELECT 1 $$;\n';
    const { findings, problems } = analyse(`${strings}${body}-- pgbouncer-ignored no-session-set: a\nSET lock_timeout = '5s';`);
    expect(findings).toEqual(['no-session-set: reported']);
    expect(problems).toEqual([]);
  });

  test('in a file whose comments cannot be told from its strings is reported, not guessed', () => {
    const { problems, places } = analyse("-- pgbouncer-ignore no-session-set: by hand\nSELECT 'it;\n");
    expect(problems).toEqual(['unread']);
    expect(places).toEqual(['pgbouncer-ignore']);
  });
});
