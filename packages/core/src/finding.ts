import type { Place, Range } from './place.ts';
import type { Suppression } from './suppression.ts';

/**
 * How sure a finding is of itself.
 * - `certain`: origin, statement and transaction context were all read from the code.
 * - `likely`: one of them rests on a name or a convention (a parameter called `tx`, an imported `db`).
 * - `possible`: the verdict would flip for a plausible value of something that could not be read.
 */
export type Confidence = 'certain' | 'likely' | 'possible';

/** Weakest first, so that a comparison of indexes is a comparison of confidence. */
export const confidences = ['possible', 'likely', 'certain'] as const satisfies readonly Confidence[];

/** The weaker of two confidences. */
export function weaker(a: Confidence, b: Confidence): Confidence {
  return confidences.indexOf(a) < confidences.indexOf(b) ? a : b;
}

export type Severity = 'error' | 'warning' | 'info';

/** What the user sees when the hazard strikes. */
export type Failure =
  | 'leak' // state of one client reaches another
  | 'silent' // no error, wrong result
  | 'error' // an error at run time
  | 'hang' // waits for ever, or until a time-out
  | 'exhaustion' // server connections run out
  | 'performance';

/** One link of the chain that led to a conclusion: `db` <- `drizzle(pool)` <- `new Pool()`. */
export interface Evidence {
  readonly text: string;
  readonly place?: Place;
}

/** A way by which a piece of code is reached, and whether a transaction is open on it. */
export interface CallPath {
  readonly transaction: 'in' | 'out';
  /** In the order in which they run: where the client is made, where the transaction is opened, the calls. */
  readonly steps: readonly Evidence[];
}

/** Replaces `range` of the finding's file with `text`. */
export interface Edit {
  readonly range: Range;
  readonly text: string;
}

export interface Suggestion {
  /** Imperative sentence without a full stop: "Use SET LOCAL". */
  readonly message: string;
  readonly edits: readonly Edit[];
  /** The edit provably keeps what the code means on a direct connection, so `--fix` may apply it unasked. */
  readonly equivalent: boolean;
}

/** A setting that was assumed, and for another plausible value of which the finding would not hold. */
export interface Dependency {
  /** As the profile names it: `maxPreparedStatements`. */
  readonly setting: string;
  readonly assumed: string;
  /** The values for which the finding holds, in words: "0, or PgBouncer before 1.21". */
  readonly holdsWhen: string;
}

export interface Finding {
  readonly hazard: string;
  readonly file: string;
  readonly range: Range;
  readonly messageId: string;
  readonly data: Readonly<Record<string, string>>;
  /** What breaks, for whom, and what to do; ends with a full stop. */
  readonly message: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly dependsOn?: Dependency;
  readonly evidence: readonly Evidence[];
  /** Where callers decide about the transaction: one way of each kind where they disagree, else the ways by which the code is reached without one. */
  readonly callPaths?: readonly CallPath[];
  readonly suggestions: readonly Suggestion[];
  /**
   * The same for statements that differ in their constants only; absent where the finding is about no statement, `undefined` where that could not be
   * read. Made when it is asked for: the grammar's function for it alone takes 25 milliseconds to compile.
   */
  readonly statement?: () => string | undefined;
  /** Set where a comment says, with a reason, that the finding does not count. */
  readonly suppression?: Suppression;
}
