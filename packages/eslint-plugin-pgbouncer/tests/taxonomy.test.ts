import { hazards } from '@pgbouncer-audit/core';
import { expect, test } from 'vitest';
import { coverage } from '../../../scripts/generated-files.ts';
import { taxonomy } from '../../../scripts/taxonomy.ts';

const uncovered = (among: typeof hazards) => coverage(among).flatMap(({ id, by }) => (by.length > 0 ? [] : [id]));

test('every id of the taxonomy is covered', () => {
  expect(uncovered(hazards)).toEqual([]);
});

test('an id that nothing covers is told', () => {
  expect(uncovered(hazards.filter(({ id }) => id !== 'no-listen'))).toContain('43');
});

test('the hazards name no id that the taxonomy lacks', () => {
  expect(hazards.flatMap((hazard) => hazard.taxonomy).filter((id) => !(id in taxonomy))).toEqual([]);
});
