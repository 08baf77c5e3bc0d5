import { environment } from '../environments.ts';
import type { Proof } from './proof.ts';
import { type Outcome, runsIn } from './run-proofs.ts';

/**
 * Holds what was observed against what the proofs claim: `bad` code breaks exactly where it says, `fix` and `safe` code nowhere; every experiment
 * has been run wherever it is for, and bad code breaks somewhere.
 *
 * @returns a sentence for each contradiction
 */
export function contradictions(proofs: readonly Proof[], outcomes: readonly Outcome[]): string[] {
  const found: string[] = [];
  const claimed = proofs.flatMap(({ hazard, experiments }) => experiments.map((experiment) => ({ hazard, experiment })));
  for (const { hazard, experiment } of claimed) {
    const name = `${hazard}, "${experiment.shows}" with ${experiment.driver}`;
    const outcome = outcomes.find((candidate) => isOf(candidate, hazard, experiment));
    if (!outcome) {
      found.push(`${name}: there is no result.`);
      continue;
    }
    for (const [id, { outcome: kind, saw }] of Object.entries(outcome.observed)) {
      const claim = experiment.breaks?.(environment(id)) ?? false;
      if (claim !== (kind !== 'works')) found.push(`${name} in ${id}: ${claim ? 'should break' : 'should work'}, but: ${kind}, ${saw}.`);
      if (!runsIn(experiment, environment(id))) found.push(`${name} in ${id}: there is a result, but it is not for this environment.`);
    }
    if (experiment.variant === 'bad' && Object.values(outcome.observed).every(({ outcome: kind }) => kind === 'works')) {
      found.push(`${name}: bad code that breaks nowhere.`);
    }
    if (experiment.variant !== 'bad' && experiment.breaks) found.push(`${name}: ${experiment.variant} code must not break anywhere.`);
  }
  for (const outcome of outcomes) {
    if (!claimed.some(({ hazard, experiment }) => isOf(outcome, hazard, experiment))) {
      found.push(`${outcome.hazard}, "${outcome.shows}" with ${outcome.driver}: there is a result, but no experiment.`);
    }
  }
  return found;
}

function isOf(outcome: Outcome, hazard: string, experiment: Pick<Outcome, 'shows' | 'driver' | 'variant'>): boolean {
  return (
    outcome.hazard === hazard &&
    outcome.shows === experiment.shows &&
    outcome.driver === experiment.driver &&
    outcome.variant === experiment.variant
  );
}
