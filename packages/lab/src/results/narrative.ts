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

/** Where the same was seen, and what. */
export interface Passage {
  /** Such as `PgBouncer 1.18, 1.24, 1.26 in transaction mode; without a pooler`. */
  readonly where: string;
  readonly what: string;
}

/** An outcome in plain words, one passage for the environments that saw the same. */
export function narrative({ observed }: Pick<Outcome, 'observed'>): Passage[] {
  const ids = new Map<string, string[]>();
  for (const [id, observation] of Object.entries(observed)) {
    const what = sentence(observation);
    ids.set(what, [...(ids.get(what) ?? []), id]);
  }
  return [...ids].map(([what, seen]) => ({ where: placesOf(seen), what }));
}

/** Environments in words: versions that are connected to in the same manner are said together. */
export function placesOf(ids: readonly string[]): string {
  const versions = new Map<string, string[]>();
  for (const { manner, version } of ids.map(environment))
    versions.set(manner, [...(versions.get(manner) ?? []), ...(version ? [version] : [])]);
  return [...versions].map(([manner, list]) => (list.length > 0 ? `PgBouncer ${list.join(', ')} ${manner}` : manner)).join('; ');
}

function measured(observation: { measured?: string }): string {
  return observation.measured === undefined ? '' : ` (${observation.measured})`;
}
