import type { Severity } from '@pgbouncer-audit/core';
import type { FindingResult, Origin } from '../result.ts';

/** What `pgbouncer-audit live` found: plain JSON without a secret. Described for users in docs/live.md. */
export interface LiveResult {
  readonly kind: 'live';
  readonly schemaVersion: 1;
  readonly tool: { readonly name: string; readonly version: string };
  readonly verdict: { readonly state: 'as-assumed' | 'differs' | 'trouble'; readonly errors: number; readonly warnings: number };
  readonly pooler: {
    readonly version: string;
    /** Settings that verdicts and readers care about, with whether they are PgBouncer's default. */
    readonly settings: readonly { readonly name: string; readonly value: string; readonly isDefault?: boolean }[];
    readonly databases: readonly {
      readonly name: string;
      readonly target: string;
      readonly poolSize?: string;
      readonly poolMode?: string;
    }[];
    readonly pools: readonly {
      readonly database: string;
      readonly user: string;
      readonly poolMode: string;
      readonly clientsActive: number;
      readonly clientsWaiting: number;
      readonly servers: number;
      readonly maxWait: number;
    }[];
    readonly users: readonly { readonly name: string; readonly poolMode?: string }[];
  };
  readonly postgres?: {
    readonly major: number;
    readonly settings: Readonly<Record<string, string>>;
    readonly roleSettings: readonly { readonly role: string; readonly database: string; readonly name: string; readonly value?: string }[];
    readonly sessions: { readonly all: number; readonly pooled: number; readonly idleInTransaction: number };
    readonly advisoryLocks: number;
  };
  /** Where the running pooler is not what the audit's verdicts assume. */
  readonly differences: readonly LiveDifference[];
  /** What the checks of the configuration say of SHOW CONFIG; the file is called `SHOW CONFIG`. */
  readonly findings: readonly FindingResult[];
  /** What runs right now. */
  readonly observations: readonly { readonly id: string; readonly severity: Severity; readonly message: string }[];
  /** What could not be seen, and why. Whole sentences. */
  readonly notes: readonly string[];
}

export interface LiveDifference {
  readonly setting: string;
  readonly assumed: string;
  readonly source: 'stated' | 'assumed' | Origin;
  readonly actual: string;
  readonly severity: Severity;
}
