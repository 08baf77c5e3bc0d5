import { type Changes, isTouched } from './git/changes.ts';
import type { AuditResult, FindingResult, ScopeResult } from './result.ts';

/**
 * Leaves of a result what a change is responsible for: the findings that stand on its lines, or rest on one of them. Where the change
 * touches what all of them rest on, the deployed pooler's settings, all of them stay. What is known of the repository stays as it is.
 */
export function withinChanges(result: AuditResult, changes: Changes, of: Pick<ScopeResult, 'since' | 'staged'>): AuditResult {
  const setting = result.discovery.profile.find(({ source }) => typeof source === 'object' && isTouched(changes, source));
  if (setting) {
    const { file, line } = setting.source as Exclude<typeof setting.source, string>;
    return { ...result, scope: { ...of, omitted: 0, widened: `${setting.setting} was changed (${file}:${line})` } };
  }
  const isIn = ({ evidence, ...place }: FindingResult): boolean =>
    isTouched(changes, place) || evidence.some((each) => each.place && isTouched(changes, each.place));
  const findings = result.findings.filter(isIn);
  const named = new Set(findings.map(({ hazard }) => hazard));
  return {
    ...result,
    findings,
    suppressionProblems: result.suppressionProblems.filter((problem) => isTouched(changes, problem)),
    hazards: Object.fromEntries(Object.entries(result.hazards).filter(([id]) => named.has(id))),
    scope: { ...of, omitted: result.findings.length - findings.length },
  };
}
