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
}
