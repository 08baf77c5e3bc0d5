import type { Finding } from '@pgbouncer-audit/core';
import { describe, expect, it } from 'vitest';
import { analyseSqlFixture } from './support/analyse-sql.ts';
import { type ExpectedFinding, readSqlFixtures } from './support/fixture.ts';

const fixtures = readSqlFixtures();

/** A finding as an annotation tells it. */
function annotationOf({ range, messageId, confidence, suggestions }: Finding, code: string): ExpectedFinding {
  const at = (offset: number) => {
    const before = code.slice(0, offset).split('\n');
    return { line: before.length, column: before.at(-1)!.length };
  };
  const [start, end] = [at(range[0]), at(range[1])];
  return {
    ...start,
    ...(end.line === start.line && { endColumn: end.column }),
    messageId,
    confidence,
    suggestions: suggestions.map(({ message, edits }) => ({ message, line: changed(code, edits).split('\n')[start.line - 1]!.trim() })),
  };
}

function changed(code: string, edits: Finding['suggestions'][number]['edits']): string {
  const fromTheEnd = [...edits].sort((a, b) => b.range[0] - a.range[0]);
  return fromTheEnd.reduce((text, { range, text: words }) => text.slice(0, range[0]) + words + text.slice(range[1]), code);
}

describe('what a fixture of SQL says is what the audit reports', () => {
  it.each(fixtures.filter(({ kind }) => kind === 'bad').map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    const found = analyseSqlFixture(fixture).findings.filter(({ hazard }) => hazard === fixture.hazard);
    expect(fixture.expected).not.toEqual([]);
    expect(found.map((finding) => annotationOf(finding, fixture.code))).toEqual(fixture.expected);
  });
});

describe('good SQL is good for every rule', () => {
  it.each(fixtures.filter(({ kind }) => kind === 'good').map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    expect(fixture.expected).toEqual([]);
    expect(analyseSqlFixture(fixture).findings.map(({ hazard, message }) => `${hazard}: ${message}`)).toEqual([]);
  });
});

describe('every suggestion leaves SQL that lacks the finding', () => {
  it.each(fixtures.filter(({ kind }) => kind === 'bad').map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    const own = (code: string) => analyseSqlFixture({ ...fixture, code }).findings.filter(({ hazard }) => hazard === fixture.hazard);
    const before = own(fixture.code);
    for (const { suggestions } of before) {
      for (const { edits } of suggestions) expect(own(changed(fixture.code, edits)).length).toBeLessThan(before.length);
    }
  });
});
