import { hazards } from '@pgbouncer-audit/core';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lint } from './support/lint.ts';
import { readPage } from './support/page.ts';
import { setUpRules } from '../../core/tests/support/set-up-rules.ts';
import { makeProject } from './support/project.ts';

const project = makeProject();
afterAll(() => {
  project.remove();
});

describe.each(hazards.map(({ id }) => id))('the page of %s', (id) => {
  const page = readPage(id);
  // Where the settings matter, the code says them as a fixture does.
  const findingsIn = (code: string) => {
    const stated = /^\/\/ @settings (.*)$/m.exec(code)?.[1];
    return lint(code, {
      filename: join(project.folder, 'src/page.ts'),
      ...(stated !== undefined && { settings: JSON.parse(stated) as Record<string, unknown> }),
    });
  };

  it('has the sections of a page, in their order', () => {
    expect(page.headings).toEqual([
      'What breaks',
      'Wrong',
      'Right',
      'Similar and safe',
      'What really happens',
      'By pooler and version',
      'How the rule can be wrong',
      'When not to use it',
    ]);
  });

  it.each(page.blocksUnder('Wrong').map((block) => [block.line, block] as const))(
    'shows in line %i code that the rule reports',
    (_line, block) => {
      expect(findingsIn(block.code).map(({ hazard }) => hazard)).toContain(id);
    },
  );

  it.each(page.blocksUnder('Right').map((block) => [block.line, block] as const))(
    'shows in line %i code that no rule reports',
    (_line, block) => {
      const found = findingsIn(block.code).filter(({ hazard }) => hazard === id || !setUpRules.has(hazard));
      expect(found.map(({ hazard, message }) => `${hazard}: ${message}`)).toEqual([]);
    },
  );

  it('shows wrong and right code', () => {
    expect(page.blocksUnder('Wrong')).not.toEqual([]);
    expect(page.blocksUnder('Right')).not.toEqual([]);
  });

  it('links to files that exist', () => {
    const pages = join(import.meta.dirname, '../../../docs/hazards');
    expect(page.links.filter((target) => !existsSync(join(pages, target)))).toEqual([]);
  });
});
