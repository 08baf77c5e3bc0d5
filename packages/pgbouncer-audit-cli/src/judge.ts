import { hazards } from '@pgbouncer-audit/core';
import type { CoverageResult, FindingResult, VerdictResult } from './result.ts';
import { holds } from './verdict.ts';

/** Ready for transaction mode or not, with the numbers that say why. */
export function judge(
  findings: readonly FindingResult[],
  coverage: CoverageResult,
  clients: number,
  notApplicable: readonly string[],
): VerdictResult {
  const open = findings.filter(({ suppression }) => !suppression);
  const counted = open.filter((finding) => holds(finding));
  const blockers = counted.filter(({ severity }) => severity === 'error').length;
  // What a file of the deployment says is no code that was examined.
  const nothing = coverage.sites === 0 && clients === 0 && !findings.some(({ hazard }) => hazards.some(({ id }) => id === hazard));
  return {
    state: blockers > 0 ? 'not-ready' : nothing ? 'nothing-examined' : notApplicable.length > 0 ? 'not-applicable' : 'ready',
    blockers,
    risks: counted.filter(({ severity }) => severity === 'warning').length,
    possible: open.filter(({ confidence, dependsOn }) => !dependsOn && confidence === 'possible').length,
    dependent: open.filter(({ dependsOn }) => dependsOn).length,
    suppressed: findings.length - open.length,
    notApplicable,
  };
}
