import { describe, expect, test } from 'vitest';
import { openLab } from '../src/lab.ts';
import { loadProofs } from '../src/proof/load-proofs.ts';
import { type Outcome, runProofs } from '../src/proof/run-proofs.ts';
import { comparable, readResults } from '../src/results/results.ts';

// The whole lab, once: every experiment in every environment.
const proofs = await loadProofs();
const lab = await openLab();
const seen = await runProofs(lab, proofs).finally(() => lab.close());
const { outcomes: recorded } = await readResults();

const title = ({ variant, shows, driver }: Outcome) => `${variant}: ${shows} (${driver})`;

describe.each(proofs.filter(({ experiments }) => experiments.length > 0))('$hazard', ({ hazard }) => {
  test.each(seen.filter((outcome) => outcome.hazard === hazard).map((outcome) => [title(outcome), outcome] as const))(
    '%s',
    (name, outcome) => {
      const before = recorded.find((candidate) => candidate.hazard === hazard && title(candidate) === name);
      expect(observations(outcome)).toEqual(before && observations(before));
    },
  );
});

test('there is a result for these experiments and for no other', () => {
  const names = (outcomes: readonly Outcome[]) => outcomes.map((outcome) => `${outcome.hazard} ${title(outcome)}`);
  expect(names(recorded)).toEqual(names(seen));
});

function observations({ observed }: Outcome) {
  return Object.fromEntries(Object.entries(observed).map(([id, observation]) => [id, comparable(observation)]));
}
