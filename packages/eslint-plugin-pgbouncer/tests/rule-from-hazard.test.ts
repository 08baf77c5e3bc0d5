import { analyseFile, defaultSetup, type FileAnalysis, type Finding, type Hazard } from '@pgbouncer-audit/core';
import { Linter } from 'eslint';
import { Linter as Linter9 } from 'eslint-9';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { presetsOf } from '../src/presets.ts';
import { ruleFromHazard } from '../src/rule-from-hazard.ts';

// The engine has its own tests. Here it is a stand-in that finds the word SET, so that only the rule around it is tested.
vi.mock(import('@pgbouncer-audit/core'), async (original) => ({
  ...(await original()),
  analyseFile: vi.fn(findTheWordSet),
  mentions: (text: string) => text.includes('SET'),
}));

const code = "await pool.query('SET a = 1');\nawait pool.query('SET b = 1');\n";

function findTheWordSet({ text, path }: { text: string; path: string }): FileAnalysis {
  const findings = [...text.matchAll(/SET (\w)/g)].map(({ index, 1: name }): Finding => ({
    hazard: 'no-set',
    file: path,
    range: [index, index + 3],
    messageId: 'leaks',
    data: { name: name! },
    message: '',
    severity: 'error',
    confidence: name === 'a' ? 'certain' : 'possible',
    ...(name === 'c' && { dependsOn: { setting: 'version', assumed: '1.26', holdsWhen: 'PgBouncer is older than 1.26' } }),
    evidence: [],
    suggestions: [{ message: 'Use SET LOCAL', edits: [{ range: [index, index + 3], text: 'SET LOCAL' }], equivalent: false }],
  }));
  return {
    findings,
    clients: [],
    coverage: { sites: findings.length, partial: 0, opaque: 0 },
    opaqueSites: [],
    suppressionProblems: [],
    namedStatements: [],
    transactions: [],
  };
}

const hazard: Hazard = {
  id: 'no-set',
  taxonomy: ['00'],
  family: 'session-settings',
  title: 'Disallow the word SET',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: { leaks: '`{{name}}` leaks. Do not set it.' },
  suggests: true,
  onlyInTransactionMode: true,
  judge: () => [],
};

const rule = ruleFromHazard(hazard);
const other = ruleFromHazard({ ...hazard, id: 'no-other' });
const plugin = { rules: { 'no-set': rule, 'no-other': other } };

function verify(text: string, config: Linter.Config = {}, linter: Linter = new Linter()) {
  const rules: Linter.RulesRecord = { 'pgbouncer/no-set': ['error', { minConfidence: 'possible' }], 'pgbouncer/no-other': 'error' };
  return linter.verify(text, [{ plugins: { pgbouncer: plugin }, rules, ...config }]);
}

beforeEach(() => {
  vi.mocked(analyseFile).mockClear();
});

describe.each([
  ['ESLint 10', Linter],
  ['ESLint 9', Linter9 as unknown as typeof Linter],
])('a rule made of a hazard, in %s', (_name, LinterClass) => {
  const run = (text: string, config?: Linter.Config) => verify(text, config, new LinterClass());

  it('reports a finding on its own words, with its message filled in', () => {
    expect(run(code)[0]).toMatchObject({
      ruleId: 'pgbouncer/no-set',
      messageId: 'leaks',
      message: '`a` leaks. Do not set it.',
      line: 1,
      column: 19,
      endLine: 1,
      endColumn: 22,
    });
  });

  it('offers what the engine suggests as a suggestion, never as a fix', () => {
    const [first] = run(code);
    expect(first?.fix).toBeUndefined();
    expect(first?.suggestions).toEqual([{ desc: 'Use SET LOCAL', fix: { range: [18, 21], text: 'SET LOCAL' } }]);
  });

  it('says in the message on which setting a finding depends', () => {
    const [finding] = run("await pool.query('SET c = 1');");
    expect(finding?.message).toBe(
      '`c` leaks. Do not set it. This holds when PgBouncer is older than 1.26; `version` was assumed to be 1.26: state it in `settings.pgbouncer.profile`.',
    );
  });

  it('reports what is at least likely when nothing is said', () => {
    const messages = run(code, { rules: { 'pgbouncer/no-set': 'error' } });
    expect(messages.map(({ message }) => message)).toEqual(['`a` leaks. Do not set it.']);
  });

  it('reports from the confidence on that its option names', () => {
    const linesFrom = (minConfidence: string) =>
      run(code, { rules: { 'pgbouncer/no-set': ['error', { minConfidence }] } }).map(({ line }) => line);
    expect(linesFrom('possible')).toEqual([1, 2]);
    expect(linesFrom('certain')).toEqual([1]);
  });

  it('refuses an option that it does not know', () => {
    expect(() => run(code, { rules: { 'pgbouncer/no-set': ['error', { minConfidence: 'sure' }] } })).toThrow(/"sure"/);
    expect(() => run(code, { rules: { 'pgbouncer/no-set': ['error', { confidence: 'certain' }] } })).toThrow(/"confidence"/);
  });

  it('has a file analysed once, however many rules there are', () => {
    run(code);
    expect(analyseFile).toHaveBeenCalledOnce();
  });

  it('has a file analysed anew when it is linted again', () => {
    run(code);
    expect(run(code.replace('SET a', 'SET b')).map(({ message }) => message)).toContain('`b` leaks. Do not set it.');
  });

  it('does not have a file analysed that cannot hold a hazard', () => {
    expect(run('app.listen(3000)')).toEqual([]);
    expect(analyseFile).not.toHaveBeenCalled();
  });

  it('hands the settings to the engine', () => {
    run(code, { settings: { pgbouncer: { clients: ['app.db'] } } });
    expect(vi.mocked(analyseFile).mock.lastCall?.[1].setup).toEqual({ ...defaultSetup, clients: ['app.db'] });
  });

  it('stops on wrong settings, and says what is wrong, where, and what to do', () => {
    const wrong = { pgbouncer: { profile: { poolMode: 'transactional', maxPreparedStatements: -1 }, client: ['db'] } };
    expect(() => run(code, { settings: wrong })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(
          [
            'The settings of eslint-plugin-pgbouncer are wrong:',
            '  settings.pgbouncer.client: Unknown key; did you mean `clients`?',
            '  settings.pgbouncer.profile.poolMode: Expected one of "transaction", "session", "statement"; found "transactional".',
            '  settings.pgbouncer.profile.maxPreparedStatements: Expected a whole number, 0 for none; found -1.',
            'Correct them in the ESLint configuration; docs/editor.md lists every setting.',
          ].join('\n'),
        ),
        stack: expect.not.stringContaining('    at '),
      }),
    );
  });

  it('tells what it is about by its description, its page and its preset', () => {
    expect(rule.meta).toMatchObject({
      type: 'problem',
      hasSuggestions: true,
      docs: { description: 'Disallow the word SET', preset: 'recommended', recommended: true },
    });
    expect(rule.meta.docs.url).toMatch(/\/docs\/hazards\/no-set\.md$/);
  });
});

describe('a preset', () => {
  const hazards: Hazard[] = [
    hazard,
    { ...hazard, id: 'no-strict', preset: 'strict', severity: 'warning' },
    { ...hazard, id: 'no-rare', preset: 'all', severity: 'info' },
  ];
  const presets = presetsOf(hazards, () => plugin);

  it('recommends what is at least likely of the hazards that are nearly certain', () => {
    expect(presets.recommended.rules).toEqual({ 'pgbouncer/no-set': ['error', { minConfidence: 'likely' }] });
  });

  it('adds in `strict` the other hazards, and what is possible', () => {
    expect(presets.strict.rules).toEqual({
      'pgbouncer/no-set': ['error', { minConfidence: 'possible' }],
      'pgbouncer/no-strict': ['warn', { minConfidence: 'possible' }],
    });
  });

  it('has everything in `all`', () => {
    expect(Object.keys(presets.all.rules)).toEqual(['pgbouncer/no-set', 'pgbouncer/no-strict', 'pgbouncer/no-rare']);
  });

  it('brings the plugin along and has a name, so that it can be put into a configuration as it is', () => {
    expect(presets.recommended).toMatchObject({ name: 'pgbouncer/recommended', plugins: { pgbouncer: plugin } });
    expect(new Linter().verify(code, [presets.recommended])).toHaveLength(1);
  });
});
