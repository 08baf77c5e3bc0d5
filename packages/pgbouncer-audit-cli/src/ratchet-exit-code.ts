import type { Confidence } from '@pgbouncer-audit/core';
import type { AuditResult } from './result.ts';
import { exitCode, type FailOn, failingFindings } from './verdict.ts';

export interface RatchetRules {
  readonly failOn: FailOn;
  readonly minConfidence: Confidence;
  readonly maxFindings?: number;
  readonly failOnStale?: boolean;
  readonly reportOnly?: boolean;
}

/** The exit code, and what to say about it on the standard error. */
export function ratchetExitCode(
  result: AuditResult,
  { failOn, minConfidence, maxFindings, failOnStale, reportOnly }: RatchetRules,
): { readonly code: 0 | 1 | 3; readonly remarks: readonly string[] } {
  const remarks: string[] = [];
  let code = exitCode(result, failOn, minConfidence);
  if (code === 3) return { code, remarks };
  if (maxFindings !== undefined) {
    const found = failingFindings(result, failOn, minConfidence).length;
    code = found > maxFindings ? 1 : 0;
    if (found > maxFindings) remarks.push(`${found} findings, and ${maxFindings} are allowed (--max-findings).`);
    if (found < maxFindings) remarks.push(`${found} findings: --max-findings can be lowered from ${maxFindings} to ${found}.`);
  }
  if (failOnStale) {
    const stale = result.baseline?.stale.length ?? 0;
    const wrong = result.suppressionProblems.length;
    if (stale > 0) remarks.push(`${stale} stale in the baseline: --update-baseline removes them.`);
    if (wrong > 0) remarks.push(`${wrong} suppressions to repair.`);
    if (stale + wrong > 0) code = 1;
  }
  return { code: reportOnly ? 0 : code, remarks };
}
