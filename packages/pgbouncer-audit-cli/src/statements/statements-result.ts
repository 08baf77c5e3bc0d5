import type { Confidence, Dependency, Severity } from '@pgbouncer-audit/core';
import type { SeenContext } from './transactions.ts';

/** What `pgbouncer-audit statements` found: plain JSON without a constant of a statement. Described for users in docs/statements.md. */
export interface StatementsResult {
  readonly kind: 'statements';
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  readonly source: { readonly kind: 'pg_stat_statements' | 'stderr' | 'csvlog' | 'jsonlog'; readonly name: string };
  readonly coverage: {
    /** Executions. */
    readonly seen: number;
    /** Different statements whose words may matter. */
    readonly kept: number;
    /** Of those, the ones that PostgreSQL's grammar does not take. */
    readonly unread: number;
    /** Different ones beyond the most that are kept. */
    readonly leftOut: number;
    /** Entries of a log that were cut or could not be read. */
    readonly damaged?: number;
  };
  readonly findings: readonly StatementFinding[];
  /** What cannot be told from this source. Whole sentences. */
  readonly notes: readonly string[];
}

export interface StatementFinding {
  readonly hazard: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly dependsOn?: Dependency;
  readonly message: string;
  /** With `$1` in the place of its constants. */
  readonly statement: string;
  /** The same for statements that differ in their constants only. */
  readonly fingerprint?: string;
  readonly context: SeenContext;
  readonly calls: number;
  readonly users: readonly string[];
  readonly databases: readonly string[];
  /** Where the code has the same statement with the same finding; empty for what a dependency sends. */
  readonly code: readonly { readonly file: string; readonly line: number; readonly column: number }[];
}
