import { type Hazard, hazards } from '@pgbouncer-audit/core';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyseSqlFixture } from './support/analyse-sql.ts';
import { readFixtures, readSqlFixtures } from './support/fixture.ts';
import { lint } from './support/lint.ts';
import { makeProject, usualVersions } from './support/project.ts';

/** Messages that were seen, by hazard and message id, as the user reads them. */
function messagesInFixtures(): Map<string, Set<string>> {
  const seen = new Map<string, Set<string>>();
  const see = (hazard: string, messageId: string, message: string) => {
    const key = `${hazard} ${messageId.replace(/Depends$/, '')}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(message));
  };
  for (const fixture of readSqlFixtures()) {
    for (const finding of analyseSqlFixture(fixture).findings) see(finding.hazard, finding.messageId, finding.message);
  }
  for (const fixture of readFixtures()) {
    const project = makeProject({ ...usualVersions, ...fixture.installed });
    try {
      for (const finding of lint(fixture.code, {
        filename: join(project.folder, fixture.file),
        settings: fixture.settings,
      })) {
        see(finding.hazard, finding.messageId, finding.message);
      }
    } finally {
      project.remove();
    }
  }
  return seen;
}

const messagesOf = ({ messages }: Hazard) => Object.entries(messages);

describe('the hazards', () => {
  it('are all those of the folder', () => {
    const folder = join(import.meta.dirname, '../../core/src/hazards');
    // The id of a hazard has two words at least; other files help.
    const files = readdirSync(folder).filter((file) => /^\w+(-\w+)+\.ts$/.test(file));
    expect(hazards.map(({ id }) => id).sort()).toEqual(files.map((file) => basename(file, '.ts')).sort());
  });

  it('have ids of their own', () => {
    expect(new Set(hazards.map(({ id }) => id)).size).toBe(hazards.length);
  });

  it('come in the order of the taxonomy', () => {
    const numbered = hazards.map(({ taxonomy }) => taxonomy[0] ?? '').filter((each) => /^\d/.test(each));
    expect(numbered).toEqual([...numbered].sort());
  });
});

describe.each(hazards.map((hazard) => [hazard.id, hazard] as const))('%s', (_id, hazard) => {
  it('has an id in kebab-case', () => {
    expect(hazard.id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/);
  });

  it('says in one line, without a full stop, what it is about', () => {
    expect(hazard.title).toMatch(/^[A-Z][^\n]*[^.\n]$/);
  });

  it.each(messagesOf(hazard))('ends the message %s with a full stop', (_messageId, message) => {
    expect(message).toMatch(/\.$/);
    expect(message).not.toMatch(/\n| {2}/);
  });

  it.each(messagesOf(hazard))('says in the message %s what to do', (_messageId, message) => {
    // More than one sentence, or one that goes on with what to do: what breaks comes first.
    expect(message.split(/[.:;](?: |$)/).filter(Boolean).length).toBeGreaterThan(1);
  });
});

describe('the messages', () => {
  const seen = messagesInFixtures();

  it('are each shown by a fixture', () => {
    const declared = hazards.flatMap((hazard) => messagesOf(hazard).map(([messageId]) => `${hazard.id} ${messageId}`));
    expect(declared.filter((key) => !seen.has(key))).toEqual([]);
  });

  it('leave no placeholder open', () => {
    const open = [...seen.values()].flatMap((messages) => [...messages]).filter((message) => /\{\{|\}\}|undefined|\[object/.test(message));
    expect(open).toEqual([]);
  });
});
