import type { AnalysedClient } from '../budget/analysed-client.ts';
import type { BudgetResult, Origin } from '../result.ts';
import type { Confidence, Dependency, Failure, PoolerProfile, Severity } from '@pgbouncer-audit/core';
import type { Deployment } from '../deployment/facts.ts';
import type { FindingResult, PlaceResult } from '../result.ts';

/** All that a check of the configuration may look at. */
export interface CheckInput {
  readonly deployment: Deployment;
  readonly profile: PoolerProfile;
  readonly clients: readonly AnalysedClient[];
  /** What the hazards found in the code. */
  readonly findings: readonly FindingResult[];
  /** Where code opens transactions on what may be the pooler. */
  readonly transactions: readonly PlaceResult[];
  readonly budget?: BudgetResult;
  /** The text of a file of the repository, for the few that are looked up by name (a schema of Prisma). */
  readonly read: (file: string) => string | undefined;
  readonly manifests: readonly string[];
}

/** What a check says of one place. */
export interface CheckVerdict {
  readonly messageId: string;
  readonly data?: Readonly<Record<string, string>>;
  /** The line of a setting, or a place in the code. */
  readonly at: Origin | PlaceResult;
  readonly confidence: Confidence;
  /** Overrides the check's own. */
  readonly severity?: Severity;
  readonly dependsOn?: Dependency;
  readonly evidence?: readonly { readonly text: string; readonly at?: Origin | PlaceResult }[];
}

/**
 * One thing that can be wrong with a deployment, alone or together with the code. Only the audit can see it: it needs the whole
 * repository. Its page is `docs/configuration-checks/<id>.md`.
 */
export interface Check {
  readonly id: string;
  /** Ids of the taxonomy this covers. */
  readonly taxonomy: readonly string[];
  /** One line, no full stop. */
  readonly title: string;
  readonly failure: Failure;
  readonly severity: Severity;
  /** What breaks, for whom, what to do, in that order; `{{name}}` is filled from the verdict's data. */
  readonly messages: Readonly<Record<string, string>>;
  /** Pure. */
  judge(input: CheckInput): Iterable<CheckVerdict>;
}

/** Declares a check. */
export function defineCheck(check: Check): Check {
  return check;
}
