import type { Place } from './place.ts';

/** Why a finding does not count: somebody has written so beside the code. */
export interface Suppression {
  readonly reason: string;
  /** The last day on which it holds, as `2027-01-01`. */
  readonly until?: string;
  /** The comment that says so. */
  readonly place: Place;
}

/**
 * What is wrong with a suppression.
 * - `no-rule`: it names none.
 * - `unknown-rule`: the rule that it names does not exist.
 * - `no-reason`: without one it does not count.
 * - `bad-date`: its `until` is no date, so it does not count.
 * - `expired`: its last day has passed.
 * - `unused`: there is no finding that it suppresses.
 * - `unread`: it stands in a text whose comments cannot be told from the rest.
 */
export type SuppressionProblemKind = 'no-rule' | 'unknown-rule' | 'no-reason' | 'bad-date' | 'expired' | 'unused' | 'unread';

export interface SuppressionProblem {
  readonly kind: SuppressionProblemKind;
  /** The rule it is about, as written. */
  readonly rule?: string;
  /** What is wrong and what to do; ends with a full stop. */
  readonly message: string;
  readonly place: Place;
}
