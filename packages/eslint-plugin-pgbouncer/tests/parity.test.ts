import { analyseFile, confidences, defaultSetup, mentions, nothingBeyondTheFile, readSettings } from '@pgbouncer-audit/core';
import { describe, expect, it } from 'vitest';
// The audit's own way from a text to a tree; nothing else of it is needed to compare what the two front ends see.
import { isParseFailure, parseSource } from '../../pgbouncer-audit-cli/src/parse-source.ts';
import { type Fixture, readFixtures } from './support/fixture.ts';
import { lint } from './support/lint.ts';
import { makeProject, usualVersions } from './support/project.ts';

/** What both front ends say of a finding. */
interface Said {
  readonly hazard: string;
  readonly at: string;
  readonly message: string;
  readonly confidence: string;
}

function saidByEslint(fixture: Fixture): Said[] {
  const project = makeProject({ ...usualVersions, ...fixture.installed });
  try {
    const filename = `${project.folder}/${fixture.file}`;
    return lint(fixture.code, { filename, settings: fixture.settings }).map((finding) => ({
      hazard: finding.hazard,
      at: `${finding.line}:${finding.column}-${finding.endLine}:${finding.endColumn}`,
      // What a finding depends on is part of ESLint's message, and a part of its own in the audit's reports.
      message: finding.message.replace(/ This holds when .*$/, ''),
      confidence: finding.confidence,
    }));
  } finally {
    project.remove();
  }
}

function saidByAudit(fixture: Fixture): Said[] {
  if (!mentions(fixture.code, 'file')) return [];
  const source = parseSource(fixture.file, fixture.code);
  if (isParseFailure(source)) throw new Error(`${fixture.name}: ${source.error}`);
  const versions: Record<string, string | undefined> = { ...usualVersions, ...fixture.installed };
  const { findings } = analyseFile(source, {
    setup: fixture.settings ? readSettings(fixture.settings).setup : defaultSetup,
    semantics: nothingBeyondTheFile,
    packageVersion: (name) => versions[name],
  });
  return findings.map(({ hazard, range, message, confidence }) => ({
    hazard,
    at: range.map((offset) => positionAt(fixture.code, offset)).join('-'),
    message,
    confidence,
  }));
}

function positionAt(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${before.at(-1)!.length}`;
}

const sorted = (findings: readonly Said[]) =>
  [...findings].sort((a, b) => (a.at + a.hazard + a.message < b.at + b.hazard + b.message ? -1 : 1));

describe('ESLint and the audit say the same of one file', () => {
  const fixtures = readFixtures();

  it.each(fixtures.filter(({ parity }) => !parity).map((fixture) => [fixture.name, fixture] as const))('%s', (_name, fixture) => {
    expect(sorted(saidByAudit(fixture))).toEqual(sorted(saidByEslint(fixture)));
  });

  it('compares findings of every confidence', () => {
    const seen = new Set(fixtures.flatMap((fixture) => saidByAudit(fixture)).map(({ confidence }) => confidence));
    expect(seen).toEqual(new Set(confidences));
  });
});
