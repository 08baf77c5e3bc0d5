import { analyseFile, defaultSetup, hazards, nothingBeyondTheFile } from '@pgbouncer-audit/core';
import * as typescriptParser from '@typescript-eslint/parser';
import { Linter } from 'eslint';
import { describe, expect, test } from 'vitest';
import { suppressByComments } from '../../pgbouncer-audit-cli/src/eslint-directives.ts';
import { isParseFailure, parseSource } from '../../pgbouncer-audit-cli/src/parse-source.ts';
import { Lines } from '../../pgbouncer-audit-cli/src/lines.ts';
import { ruleFromHazard } from '../src/rule-from-hazard.ts';

const rules = Object.fromEntries(hazards.map((hazard) => [hazard.id, ruleFromHazard(hazard)]));

interface Said {
  /** `line:column rule` of each finding that is left, and of each that is suppressed, with the reason. */
  readonly open: readonly string[];
  readonly suppressed: readonly string[];
  /** `line` of each comment that suppresses nothing. */
  readonly unused: readonly string[];
}

function saidByEslint(code: string): Said {
  // The types leave out what is documented for suppressed messages.
  const linter = new Linter({ cwd: '/' }) as Linter & { getSuppressedMessages(): readonly Linter.SuppressedLintMessage[] };
  const messages = linter.verify(
    code,
    [
      {
        files: ['**'],
        plugins: { pgbouncer: { rules } },
        rules: Object.fromEntries(Object.keys(rules).map((id) => [`pgbouncer/${id}`, ['error', { minConfidence: 'possible' }]])),
        linterOptions: { reportUnusedDisableDirectives: 'error' },
        languageOptions: { parser: typescriptParser },
      },
    ],
    { filename: '/src/module.ts' },
  );
  const at = ({ line, column, ruleId }: { line: number; column: number; ruleId: string | null }) => `${line}:${column} ${ruleId}`;
  return {
    open: messages
      .filter(({ ruleId }) => ruleId?.startsWith('pgbouncer/'))
      .map(at)
      .sort(),
    suppressed: linter.getSuppressedMessages().map(at).sort(),
    unused: messages
      .filter(({ message }) => /^Unused eslint-disable directive/.test(message))
      .flatMap(({ line, message }) => [...message.matchAll(/'(pgbouncer\/[\w-]+)'/g)].map(([, rule]) => `${line} ${rule}`))
      .sort(),
  };
}

function audit(code: string, today = '2026-01-01') {
  const source = parseSource('src/module.ts', code);
  if (isParseFailure(source)) throw new Error(source.error);
  const { findings } = analyseFile(source, { setup: defaultSetup, semantics: nothingBeyondTheFile, packageVersion: () => '8.16.0' });
  return suppressByComments(source, findings, { today, keepsSessions: false });
}

function saidByAudit(code: string): Said {
  const lines = new Lines(code);
  const { findings, problems } = audit(code);
  const at = ({ hazard, range }: (typeof findings)[number]) => {
    const { line, column } = lines.at(range[0]);
    return `${line}:${column} pgbouncer/${hazard}`;
  };
  return {
    open: findings
      .filter(({ suppression }) => !suppression)
      .map(at)
      .sort(),
    suppressed: findings
      .filter(({ suppression }) => suppression)
      .map(at)
      .sort(),
    unused: problems
      .filter(({ kind }) => kind === 'unused')
      .map(({ rule, place }) => `${lines.at(place.range[0]).line} ${rule}`)
      .sort(),
  };
}

const head = "import { Pool } from 'pg';\nconst pool = new Pool({ connectionTimeoutMillis: 5000 });\npool.on('error', console.error);\n";
const set = "await pool.query('SET statement_timeout = 1');";
const listen = "await pool.query('LISTEN jobs');";

describe('ESLint and the audit heed the same comments', () => {
  test.each<[string, string]>([
    ['the next line', `// eslint-disable-next-line pgbouncer/no-session-set -- reason\n${set}\n${set}`],
    ['the line itself', `${set} // eslint-disable-line pgbouncer/no-session-set -- reason\n${set}`],
    ['a block', `/* eslint-disable pgbouncer/no-session-set -- reason */\n${set}\n/* eslint-enable pgbouncer/no-session-set */\n${set}`],
    ['a block for every rule', `/* eslint-disable */\n${set}\n${listen}\n/* eslint-enable pgbouncer/no-listen */\n${set}\n${listen}`],
    ['an end for every rule', `/* eslint-disable pgbouncer/no-session-set */\n${set}\n/* eslint-enable */\n${set}`],
    ['two rules', `// eslint-disable-next-line pgbouncer/no-session-set, pgbouncer/no-listen -- reason\n${set} ${listen}`],
    ['another rule', `// eslint-disable-next-line pgbouncer/no-listen\n${set}`],
    ['a rule of another plugin', `// eslint-disable-next-line other/no-session-set\n${set}`],
    ['a comment of several lines before the next line', `/* eslint-disable-next-line pgbouncer/no-session-set --\n   reason\n*/\n${set}`],
    ['a comment of several lines on the line', `${set} /* eslint-disable-line pgbouncer/no-session-set --\n reason */`],
    ['a block comment in front, on the same line', `/* eslint-disable-line pgbouncer/no-session-set */ ${set}`],
    ['a line comment that would have to be a block', `// eslint-disable pgbouncer/no-session-set\n${set}`],
    ['a comment that only mentions one', `// see: eslint-disable-next-line pgbouncer/no-session-set\n${set}`],
    ['a block that begins behind the finding', `${set} /* eslint-disable pgbouncer/no-session-set */\n${set}`],
    ['a block and a line', `/* eslint-disable pgbouncer/no-session-set */\n// eslint-disable-next-line pgbouncer/no-session-set\n${set}`],
    ['other line ends', `// eslint-disable-next-line pgbouncer/no-session-set\r\n${set}\r\n${set}`],
  ])('%s', (_, code) => {
    expect(saidByAudit(head + code)).toEqual(saidByEslint(head + code));
  });

  test('whatever the order in which they stand', () => {
    const random = numbers(42);
    const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
    const named = () => pick([' pgbouncer/no-session-set', ' pgbouncer/no-listen', ' pgbouncer/no-session-set, pgbouncer/no-listen', '']);
    const parts = [
      () => set,
      () => listen,
      () => `${set} ${listen}`,
      () => `/* eslint-disable${named()} */`,
      () => `/* eslint-enable${named()} */`,
      () => `// eslint-disable-next-line${named()} -- reason`,
      () => `${pick([set, listen])} // eslint-disable-line${named()} -- reason`,
      () => `/* eslint-enable${named()} */ ${set} /* eslint-disable${named()} */`,
    ];
    for (let round = 0; round < 80; round++) {
      const code = head + Array.from({ length: 3 + random(8) }, () => pick(parts)()).join('\n');
      expect(saidByAudit(code), code).toEqual(saidByEslint(code));
    }
  }, 60_000);

  test('and a rule that is configured off in the file', () => {
    const code = `${head}/* eslint pgbouncer/no-session-set: "off" -- a script */\n${set}\n${listen}`;
    expect(saidByAudit(code).open).toEqual(saidByEslint(code).open);
    expect(audit(code).findings.find(({ suppression }) => suppression)?.suppression).toMatchObject({ reason: 'a script' });
  });
});

describe('the audit heeds more than ESLint', () => {
  const until = (reason: string) => `${head}// eslint-disable-next-line pgbouncer/no-session-set${reason}\n${set}`;
  const kinds = (code: string, today?: string) => audit(code, today).problems.map(({ kind }) => kind);
  const isOpen = (code: string, today?: string) => audit(code, today).findings.some(({ suppression }) => !suppression);

  test('the reason and the last day are kept with the finding', () => {
    const [finding] = audit(until(' -- goes with #12 until=2026-03-31')).findings;
    expect(finding?.suppression).toMatchObject({ reason: 'goes with #12', until: '2026-03-31' });
  });

  test('a comment counts up to its last day, and no longer', () => {
    const code = until(' -- goes with #12 until=2026-03-31');
    expect({ open: isOpen(code, '2026-03-31'), kinds: kinds(code, '2026-03-31') }).toEqual({ open: false, kinds: [] });
    expect({ open: isOpen(code, '2026-04-01'), kinds: kinds(code, '2026-04-01') }).toEqual({ open: true, kinds: ['expired'] });
  });

  test.each([
    ['no reason: it counts, as in ESLint, and is reported', '', false, ['no-reason']],
    ['a day that does not exist: it does not count', ' -- reason until=2026-02-30', true, ['bad-date']],
    ['a good reason: nothing is reported', ' -- a replica without a pooler', false, []],
  ])('%s', (_, reason, open, problems) => {
    expect({ open: isOpen(until(reason)), kinds: kinds(until(reason)) }).toEqual({ open, kinds: problems });
  });

  test('a rule that does not exist is named, with the one that is meant', () => {
    const [problem] = audit(`${head}// eslint-disable-next-line pgbouncer/no-sesion-set -- reason\n${set}`).problems;
    expect(problem).toMatchObject({ kind: 'unknown-rule', message: expect.stringContaining('`pgbouncer/no-session-set`') });
  });
});

/** Numbers that look random, the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
