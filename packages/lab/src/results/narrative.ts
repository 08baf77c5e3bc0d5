import { environment } from '../environments.ts';
import type { Observation } from '../proof/observation.ts';
import type { Outcome } from '../proof/run-proofs.ts';

/** What was seen, in a few words: `error 26000: …`, `no error, but leaked: …`. */
export function sentence(observation: Observation): string {
  switch (observation.outcome) {
    case 'works':
      return `works: ${observation.saw}${measured(observation)}`;
    case 'silent':
      return `no error, but ${observation.saw}${measured(observation)}`;
    case 'error':
      return `error ${observation.code}: ${observation.saw}`;
    case 'hang':
      return `never comes back: ${observation.saw}`;
  }
}

/**
 * An outcome in plain words, one line for the environments that saw the same.
 *
 * @returns lines without indentation
 */
export function narrative({ observed }: Pick<Outcome, 'observed'>): { where: string; what: string; works: boolean }[] {
  const groups = new Map<string, { labels: string[]; works: boolean }>();
  for (const [id, observation] of Object.entries(observed)) {
    const what = sentence(observation);
    const group = groups.get(what) ?? { labels: [], works: observation.outcome === 'works' };
    group.labels.push(environment(id).label);
    groups.set(what, group);
  }
  return [...groups].map(([what, { labels, works }]) => ({ where: labels.join('; '), what, works }));
}

function measured(observation: { measured?: string }): string {
  return observation.measured === undefined ? '' : ` (${observation.measured})`;
}
