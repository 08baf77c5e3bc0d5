import type { Bench } from '../bench/bench.ts';
import type { Environment } from '../environments.ts';
import type { Observation } from './observation.ts';

/** The driver, the driver below a query builder, or the program, that an experiment runs. */
export type Driver =
  | 'pg'
  | 'postgres'
  | 'drizzle+pg'
  | 'drizzle+postgres'
  | 'drizzle 1.0+pg'
  | 'drizzle 1.0+postgres'
  | 'pg-listen'
  | 'graphile-worker'
  | 'pg_dump'
  | 'pg_restore';

/** One piece of code, run in every standard environment and in those it names. */
export interface Experiment {
  /** What the code does, such as `SET statement_timeout`; with driver and variant it names the experiment. */
  readonly shows: string;
  readonly driver: Driver;
  /** `bad`: what the rule reports. `fix`: what it advises instead. `safe`: what looks like the hazard and must not be reported. */
  readonly variant: 'bad' | 'fix' | 'safe';
  /** The statement that it is about, where that is one alone or one in a transaction: what the rules are asked about, too. */
  readonly statement?: { readonly text: string; readonly inTransaction: boolean };
  /** Where it breaks: the claim that every run is held against. Left out where it works in every environment. */
  readonly breaks?: (environment: Environment) => boolean;
  /** Ids of special environments to run in, beside the standard ones. */
  readonly also?: readonly string[];
  /** Ids of the only environments to run in, where the code has no meaning in the others. */
  readonly only?: readonly string[];
  /** Why it needs no change of server connection; left out, a run in which none happened is rejected. */
  readonly unmoved?: string;
  run(bench: Bench): Promise<Observation>;
}

/** The evidence for a hazard. */
export interface Proof {
  /** The rule's name. */
  readonly hazard: string;
  /** What breaks, in a sentence or two. */
  readonly claim: string;
  readonly experiments: readonly Experiment[];
  /** Where the claim comes from, for what the lab cannot run; then there are no experiments. */
  readonly source?: string;
}

/** Gives a proof its type. */
export function defineProof(proof: Proof): Proof {
  return proof;
}

/** The drivers that talk to PostgreSQL themselves. */
export const drivers = ['pg', 'postgres'] as const;

/** One experiment for each driver that talks to PostgreSQL itself. */
export function forEachDriver(make: (driver: (typeof drivers)[number]) => Omit<Experiment, 'driver'>): Experiment[] {
  return drivers.map((driver) => ({ ...make(driver), driver }));
}
