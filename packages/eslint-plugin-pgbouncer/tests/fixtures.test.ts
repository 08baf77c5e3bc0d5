import { hazards } from '@pgbouncer-audit/core';
import { Linter as Linter9 } from 'eslint-9';
import type { Linter } from 'eslint';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ExpectedFinding, type Fixture, readFixtures } from './support/fixture.ts';
import { lint, type LintOptions, type ShownFinding } from './support/lint.ts';
import { setUpRules } from '../../core/tests/support/set-up-rules.ts';
import { makeProject, type Project, usualVersions } from './support/project.ts';

const fixtures = readFixtures();
const projects = new Map<string, Project>();

afterAll(() => {
  for (const project of projects.values()) project.remove();
});

function lintFixture(fixture: Fixture, options?: Partial<LintOptions>): ShownFinding[] {
  const versions = JSON.stringify(fixture.installed);
  const project = projects.get(versions) ?? makeProject({ ...usualVersions, ...fixture.installed });
  projects.set(versions, project);
  const filename = join(project.folder, fixture.file);
  return lint(fixture.code, { filename, settings: fixture.settings, ...options });
}

const reported = new Map<Fixture, readonly ShownFinding[]>();

/** What ESLint reports of a fixture as it is; the same for all tests of this file. */
function findingsOf(fixture: Fixture): readonly ShownFinding[] {
  const findings = reported.get(fixture) ?? lintFixture(fixture);
  reported.set(fixture, findings);
  return findings;
}

/** A finding as an annotation tells it. */
function annotationOf(finding: ShownFinding, code: string): ExpectedFinding {
  return {
    line: finding.line,
    column: finding.column,
    ...(finding.endLine === finding.line && { endColumn: finding.endColumn }),
    messageId: finding.messageId,
    confidence: finding.confidence,
    suggestions: finding.suggestions.map(({ message, output }) => ({ message, line: changedLine(code, output) })),
  };
}

/** The first line that differs, trimmed. */
function changedLine(before: string, after: string): string {
  const linesBefore = before.split('\n');
  return (
    after
      .split('\n')
      .find((line, index) => line !== linesBefore[index])
      ?.trim() ?? ''
  );
}

describe('what a fixture says is what ESLint reports', () => {
  it.each(fixtures.filter(({ kind }) => kind === 'bad').map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    const found = findingsOf(fixture).filter(({ hazard }) => hazard === fixture.hazard);
    expect(fixture.expected).not.toEqual([]);
    expect(found.map((finding) => annotationOf(finding, fixture.code))).toEqual(fixture.expected);
  });
});

describe('good code is good for every rule', () => {
  it.each(fixtures.filter(({ kind }) => kind === 'good').map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    expect(fixture.expected).toEqual([]);
    const found = findingsOf(fixture).filter(
      ({ hazard }) => !(hazard in fixture.except) && (hazard === fixture.hazard || !setUpRules.has(hazard)),
    );
    expect(found.map(({ hazard, line, message }) => `${line}: ${hazard}: ${message}`)).toEqual([]);
  });
});

describe('ESLint 9 reports what ESLint 10 reports', () => {
  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    const LinterClass = Linter9 as unknown as typeof Linter;
    expect(lintFixture(fixture, { LinterClass })).toEqual(findingsOf(fixture));
  });
});

describe('plain JavaScript is read by espree as the TypeScript parser reads it', () => {
  const javascript = fixtures.filter(({ extension }) => /^\.[cm]?jsx?$/.test(extension));

  it('has fixtures', () => {
    expect(javascript).not.toEqual([]);
  });

  it.each(javascript.map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    expect(lintFixture(fixture, { parser: 'espree' })).toEqual(findingsOf(fixture));
  });
});

describe('every suggestion leaves code that parses and lacks the finding', () => {
  const suggesting = fixtures.filter(({ expected }) => expected.some(({ suggestions }) => suggestions.length > 0));

  it.each(suggesting.map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    const before = findingsOf(fixture).filter(({ hazard }) => hazard === fixture.hazard);
    for (const { suggestions } of before) {
      for (const { output } of suggestions) {
        const after = lintFixture({ ...fixture, code: output }).filter(({ hazard }) => hazard === fixture.hazard);
        expect(after.length).toBeLessThan(before.length);
      }
    }
  });
});

describe('fixtures', () => {
  it.each(hazards.map(({ id }) => id))('%s has bad and good code', (id) => {
    const kinds = fixtures.filter(({ hazard }) => hazard === id).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['bad', 'good']));
  });

  it('are about hazards that exist', () => {
    const ids = new Set(hazards.map(({ id }) => id));
    expect([...new Set(fixtures.map(({ hazard }) => hazard))].filter((id) => !ids.has(id))).toEqual([]);
  });
});
