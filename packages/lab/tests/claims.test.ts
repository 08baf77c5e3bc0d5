import { expect, test } from 'vitest';
import { contradictions } from '../src/proof/contradictions.ts';
import { loadProofs } from '../src/proof/load-proofs.ts';
import type { Outcome } from '../src/proof/run-proofs.ts';
import { readResults } from '../src/results/results.ts';

const proofs = await loadProofs();
const { outcomes } = await readResults();

test('the committed results bear out every claim', () => {
  expect(contradictions(proofs, outcomes)).toEqual([]);
});

test.each(proofs)('$hazard is shown by code that breaks and by code that works instead, or names its source', ({ experiments, source }) => {
  const variants = new Set(experiments.map(({ variant }) => variant));
  expect(source !== undefined || (variants.has('bad') && variants.has('fix'))).toBe(true);
});

test('a result that says otherwise than the claim is told', () => {
  const altered = alter(outcomes, 'direct', { outcome: 'silent', saw: 'leaked' });
  expect(contradictions(proofs, altered).join()).toContain('in direct: should work, but: silent, leaked.');
});

test('bad code that works everywhere is told', () => {
  const [first, ...rest] = outcomes;
  if (!first) throw new Error('There are no results.');
  const observed = Object.fromEntries(Object.keys(first.observed).map((id) => [id, { outcome: 'works', saw: '' } as const]));
  expect(contradictions(proofs, [{ ...first, observed }, ...rest]).join()).toContain('bad code that breaks nowhere');
});

test('an experiment without a result is told', () => {
  expect(contradictions(proofs, outcomes.slice(1)).join()).toContain('there is no result');
});

test('a result without an experiment is told', () => {
  const [first] = outcomes;
  if (!first) throw new Error('There are no results.');
  expect(contradictions(proofs, [...outcomes, { ...first, shows: 'something else' }]).join()).toContain('no experiment');
});

/** The results with another observation in one environment of the first outcome that has it. */
function alter(original: readonly Outcome[], id: string, observation: Outcome['observed'][string]): Outcome[] {
  const index = original.findIndex(({ observed, variant }) => variant !== 'bad' && id in observed);
  return original.map((outcome, at) => (at === index ? { ...outcome, observed: { ...outcome.observed, [id]: observation } } : outcome));
}
