import type { NamedStatementFact } from './across-files/named-statement-fact.ts';
import type { Evidence, Finding } from './finding.ts';
import type { Range } from './place.ts';
import type { SuppressionProblem } from './suppression.ts';

/** A PostgreSQL client made in a file. */
export interface ClientFact {
  readonly driver: string;
  readonly range: Range;
  /** `new Pool(..)`, `postgres(..)`, `drizzle(..)` as written, shortened, secrets removed. */
  readonly label: string;
  readonly reach: 'pooled' | 'direct' | 'unknown';
  readonly evidence: readonly Evidence[];
  /** How many connections it may hold open; absent where it opens none itself. */
  readonly connections?: ConnectionLimit;
  /** The environment variable, or the expression, that its connection string comes from. */
  readonly urlSource?: string;
  /** Parameters that it sends when it connects. */
  readonly startupParameters: readonly StartupParameter[];
}

/** How many connections one client may hold open at once. */
export interface ConnectionLimit {
  readonly value: number;
  /**
   * - `option`: a number in the code.
   * - `driver`: nothing is set, so the driver's own default holds.
   * - `unread`: an option sets it to something that the code does not tell, and the driver's default stands in.
   */
  readonly from: 'option' | 'driver' | 'unread';
  /** The option, or the construction. */
  readonly range: Range;
  /** What a default rests on that is no constant. */
  readonly because?: string;
}

export interface StartupParameter {
  /** In lower case. */
  readonly name: string;
  readonly range: Range;
  /** It stands in the string of `options`, which a pooler takes or drops as a whole. */
  readonly inOptions: boolean;
}

/** How much of the SQL of a file could be read: what the coverage line adds up. */
export interface Coverage {
  readonly sites: number;
  /** Read in part: holes of raw text. */
  readonly partial: number;
  /** Nothing but a hole. */
  readonly opaque: number;
}

/** Everything one file gives. Findings are sorted by position, then hazard id; those that are suppressed are among them. */
export interface FileAnalysis {
  readonly findings: readonly Finding[];
  readonly clients: readonly ClientFact[];
  readonly coverage: Coverage;
  /** Where the SQL could not be read at all, so that a report can list them. */
  readonly opaqueSites: readonly Range[];
  /** What is wrong with the comments that suppress findings of this file. */
  readonly suppressionProblems: readonly SuppressionProblem[];
  /** Prepared statements with constant names, for `statementNamesAcrossFiles`. */
  readonly namedStatements: readonly NamedStatementFact[];
  /** Where a transaction is opened that may go through the pooler. */
  readonly transactions: readonly Range[];
}
