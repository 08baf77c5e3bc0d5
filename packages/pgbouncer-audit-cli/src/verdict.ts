// Not the whole of core: what every command needs is loaded by every command.
import { confidences, type Confidence, type Severity } from '@pgbouncer-audit/core/finding';
import type { AuditResult, FindingResult } from './result.ts';

/** The least confidence of a finding that counts, unless the user says otherwise. */
export const defaultMinConfidence: Confidence = 'likely';

/** Whether a finding is one to act on now: it holds, and no baseline knows it. */
export function counts(
  finding: Pick<FindingResult, 'confidence' | 'dependsOn' | 'suppression' | 'baseline'>,
  least: Confidence = defaultMinConfidence,
): boolean {
  return finding.baseline !== 'unchanged' && holds(finding, least);
}

/** Whether a finding is sure enough, true for the pooler as it was read, stated or assumed, and not suppressed. */
export function holds(
  finding: Pick<FindingResult, 'confidence' | 'dependsOn' | 'suppression'>,
  least: Confidence = defaultMinConfidence,
): boolean {
  return !finding.suppression && !finding.dependsOn && confidences.indexOf(finding.confidence) >= confidences.indexOf(least);
}

/** Weakest last. */
const severities = ['error', 'warning', 'info'] as const satisfies readonly Severity[];

export type FailOn = Severity | 'never';

/**
 * 0 clean, 1 findings at or over the threshold, 3 something broke inside or nothing could be examined.
 * (2, a mistake of the user, never comes with a result.)
 */
export function exitCode(result: AuditResult, failOn: FailOn, least: Confidence = defaultMinConfidence): 0 | 1 | 3 {
  const { skipped, files } = result.coverage;
  if (skipped.some(({ reason }) => reason === 'internal error')) return 3;
  // A commit may well hold no file to examine.
  if (files.examined === 0 && !result.scope?.staged) return 3;
  return failingFindings(result, failOn, least).length > 0 ? 1 : 0;
}

/** The findings that are a reason to fail. */
export function failingFindings({ findings }: AuditResult, failOn: FailOn, least: Confidence): readonly FindingResult[] {
  if (failOn === 'never') return [];
  const failing = severities.slice(0, severities.indexOf(failOn) + 1);
  return findings.filter((finding) => counts(finding, least) && failing.includes(finding.severity));
}
