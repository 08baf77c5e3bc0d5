import type { Dependency, Failure, Severity } from '@pgbouncer-audit/core';
import type { AuditResult, FamilyResult, FindingResult } from '../result.ts';
import { counts } from '../verdict.ts';
import { groupBy } from '../group-by.ts';
import type { ReportOptions } from './reporter.ts';

/** Which findings a report lists: those that count, and the quiet ones that were asked for. */
export function listedFindings(
  { findings }: AuditResult,
  { minConfidence, show }: Pick<ReportOptions, 'minConfidence' | 'show'>,
): readonly FindingResult[] {
  return findings.filter(
    (finding) =>
      counts(finding, minConfidence) ||
      (!finding.suppression && show.has(finding.dependsOn ? 'dependent' : 'possible') && isQuiet(finding)),
  );
}

/** Whether a finding is not one to act on yet: only possible, or true for another value of a setting that was assumed. */
export function isQuiet({ confidence, dependsOn }: FindingResult): boolean {
  return dependsOn !== undefined || confidence === 'possible';
}

/** What findings are called in reports for people. */
export const severityLabels: Readonly<Record<Severity, string>> = { error: 'blocker', warning: 'risk', info: 'info' };

/** What a finding is called in a list. */
export function label(finding: FindingResult): string {
  if (finding.dependsOn) return 'depends';
  return finding.confidence === 'possible' ? 'possible' : severityLabels[finding.severity];
}

/** The findings that are worked off together. */
export interface WorkItem {
  readonly id: string;
  readonly family: FamilyResult;
  /** The worst that its findings do. */
  readonly failure: Failure;
  readonly blockers: number;
  readonly risks: number;
  /** Those that do not count yet. */
  readonly quiet: number;
  /** In how many files they are. */
  readonly files: number;
  readonly findings: readonly FindingResult[];
}

/** Worst first: what goes wrong without being noticed comes before what fails where somebody sees it. */
const failures = ['leak', 'silent', 'error', 'hang', 'exhaustion', 'performance'] as const satisfies readonly Failure[];

export const failureLabels: Readonly<Record<Failure, string>> = {
  leak: 'state reaches other clients',
  silent: 'wrong without an error',
  error: 'fails with an error',
  hang: 'waits for ever',
  exhaustion: 'uses up the connections',
  performance: 'slows down',
};

/**
 * The order in which to work: families with blockers first; among them by the worst that they do, then by how many places there are.
 *
 * @param findings those that a report lists
 */
export function workItems({ hazards, families }: AuditResult, findings: readonly FindingResult[]): readonly WorkItem[] {
  const rank = (failure: Failure): number => failures.indexOf(failure);
  const items = [...groupBy(findings, ({ hazard }) => hazards[hazard]?.family ?? hazard)].map(([id, group]): WorkItem => {
    const acted = group.filter((finding) => !isQuiet(finding));
    const blockers = acted.filter(({ severity }) => severity === 'error');
    const worst = (blockers.length > 0 ? blockers : group).map(({ hazard }) => hazards[hazard]?.failure ?? 'error');
    return {
      id,
      family: families[id] ?? { title: id, breaks: '', cure: [] },
      failure: worst.toSorted((a, b) => rank(a) - rank(b))[0]!,
      blockers: blockers.length,
      risks: acted.length - blockers.length,
      quiet: group.length - acted.length,
      files: new Set(group.map(({ file }) => file)).size,
      findings: group,
    };
  });
  return items.toSorted(
    (a, b) =>
      Number(b.blockers > 0) - Number(a.blockers > 0) ||
      Number(b.risks > 0) - Number(a.risks > 0) ||
      rank(a.failure) - rank(b.failure) ||
      b.findings.length - a.findings.length ||
      (a.id < b.id ? -1 : 1),
  );
}

/** Blockers first, then risks, then the quiet ones; inside of each as they are sorted in the result. */
export function byUrgency(findings: readonly FindingResult[]): readonly FindingResult[] {
  const urgency = (finding: FindingResult): number => (isQuiet(finding) ? 3 : ['error', 'warning', 'info'].indexOf(finding.severity));
  return findings.toSorted((a, b) => urgency(a) - urgency(b));
}

/** The assumed settings that findings depend on, with how many of them; most first. */
export function dependencies({ findings }: AuditResult): readonly (Dependency & { readonly count: number })[] {
  const depending = findings.flatMap(({ dependsOn, suppression }) => (dependsOn && !suppression ? [dependsOn] : []));
  return [...groupBy(depending, (each) => JSON.stringify([each.setting, each.assumed, each.holdsWhen])).values()]
    .map((group) => ({ ...group[0]!, count: group.length }))
    .sort((a, b) => b.count - a.count || (a.setting < b.setting ? -1 : 1));
}
