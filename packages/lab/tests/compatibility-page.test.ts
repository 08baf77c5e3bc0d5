import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { labPages, withSection } from '../src/pages/lab-pages.ts';
import type { Observation } from '../src/proof/observation.ts';
import { loadProofs } from '../src/proof/load-proofs.ts';
import { readResults, type Results } from '../src/results/results.ts';

const proofs = await loadProofs();
const results = await readResults();

const stale = async (of: Results) => {
  const pages = await labPages(proofs, of);
  const current = await Promise.all(pages.map(async ({ path, text }) => (await readFile(path, 'utf8')) === text));
  return pages.filter((_, index) => !current[index]).map(({ path }) => path.replace(/.*\/docs\//, 'docs/'));
};

test('the pages are what the results say', async () => {
  expect(await stale(results)).toEqual([]);
});

test('one outcome that changes makes the table and the page of its hazard stale, and no other page', async () => {
  expect(await stale(altered(results, 'no-listen', 'direct', { outcome: 'silent', saw: 'never delivered' }))).toEqual([
    'docs/compatibility.md',
    'docs/hazards/no-listen.md',
  ]);
});

describe('the section of a page', () => {
  test('replaces what stood between its markers, and nothing else', () => {
    const page = withSection('# a\n\n## By pooler and version\n\nb\n', 'first');
    expect(withSection(page, 'second')).toBe(page.replace('first', 'second'));
  });

  test('comes before what is said by pooler and version, where the page has no markers yet', () => {
    expect(withSection('# a\n\n## By pooler and version\n\nb\n', 'seen')).toMatch(/^# a\n[^]*seen[^]*## By pooler and version\n\nb\n$/);
  });
});

/** The results with another observation in one environment of every bad piece of code of a hazard. */
function altered(of: Results, hazard: string, id: string, observation: Observation): Results {
  return {
    ...of,
    outcomes: of.outcomes.map((outcome) =>
      outcome.hazard === hazard && outcome.variant === 'bad'
        ? { ...outcome, observed: { ...outcome.observed, [id]: observation } }
        : outcome,
    ),
  };
}
