import type { Severity } from '@pgbouncer-audit/core';

/** What `pgbouncer-audit deps` found: plain JSON. Described for users in docs/deps.md. */
export interface DepsResult {
  readonly kind: 'deps';
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  /** Packages that talk to PostgreSQL, those that need a direct connection first. */
  readonly packages: readonly PackageVerdict[];
  /** Whole sentences. */
  readonly notes: readonly string[];
}

export interface PackageVerdict {
  readonly name: string;
  readonly version: string;
  /** Where it is installed, relative to the root. */
  readonly folder: string;
  /** Why it is taken to talk to PostgreSQL. */
  readonly because: string;
  /**
   * - `direct`: it listens, or holds a lock of the session: it needs a connection past the pooler for that.
   * - `check`: it has other SQL that a pooler breaks, where it is used.
   * - `fine`: nothing of the kind was found in its files.
   * - `unread`: what it does is in a program that cannot be read.
   */
  readonly verdict: 'direct' | 'check' | 'fine' | 'unread';
  readonly reasons: readonly DependencyReason[];
  /** Files that were read, and those that were left out as too large or broken. */
  readonly files: { readonly read: number; readonly leftOut: number };
}

export interface DependencyReason {
  readonly hazard: string;
  readonly severity: Severity;
  readonly message: string;
  /** Relative to the root. */
  readonly file: string;
  readonly line: number;
  readonly statement: string;
}
