import type { Confidence } from '@pgbouncer-audit/core';
import type { AuditResult, BaselineEntry, FindingResult } from '../result.ts';
import { holds } from '../verdict.ts';

export interface CompareOptions {
  readonly minConfidence: Confidence;
  /** Whether the audit would have found what is in a file: it lies in what was asked for. */
  readonly covers: (file: string) => boolean;
  /** Whether a file is there. */
  readonly exists: (file: string) => boolean;
}

/** A way in which a finding can be one that is known; tried in this order, so that the surest match takes the entry. */
interface Match {
  /** Findings and entries with the same key are the same. */
  readonly key: (each: BaselineEntry | FindingResult) => string;
  /** Only for entries whose file is gone: it was renamed, or its code was moved. */
  readonly moved: boolean;
}

const matches: readonly Match[] = [
  { moved: false, key: (each) => JSON.stringify([each.file, each.hazard, base(each)]) },
  // Its function was renamed, or it was moved to another one.
  { moved: false, key: (each) => JSON.stringify([each.file, each.hazard, each.code]) },
  { moved: true, key: (each) => JSON.stringify([each.hazard, base(each)]) },
  { moved: true, key: (each) => JSON.stringify([each.hazard, each.code]) },
];

/**
 * Marks the findings that a baseline knows. Each entry stands for one finding: of two equal ones, of which one was known, one is new.
 * Findings that are suppressed need no entry.
 */
export function compare(result: AuditResult, entries: readonly BaselineEntry[], options: CompareOptions): AuditResult {
  const { known, left } = assign(result, entries, options);
  const findings = result.findings.map((finding): FindingResult => {
    if (finding.suppression) return finding;
    const entry = known.get(finding);
    // What was known as a mere possibility, and has become a fact, is news.
    const isKnown = entry !== undefined && !(entry.quiet && holds(finding, options.minConfidence));
    return { ...finding, baseline: isKnown ? 'unchanged' : 'new' };
  });
  const held = findings.filter((finding) => holds(finding, options.minConfidence));
  return {
    ...result,
    findings,
    baseline: {
      unchanged: held.filter(({ baseline }) => baseline === 'unchanged').length,
      new: held.filter(({ baseline }) => baseline === 'new').length,
      stale: left.filter(({ file, quiet }) => !quiet && isJudged(file, result, options)).sort(byText),
    },
  };
}

/** The entries that a baseline should have: one for each finding, and what it had for files that this audit did not look at. */
export function entriesOf(result: AuditResult, before: readonly BaselineEntry[], options: CompareOptions): readonly BaselineEntry[] {
  const { left } = assign(result, before, options);
  return [
    ...result.findings
      .filter(({ suppression }) => !suppression)
      .map((finding): BaselineEntry => {
        const { file, hazard, code } = finding;
        return { file, hazard, code, fingerprint: base(finding), ...(!holds(finding, options.minConfidence) && { quiet: true }) };
      }),
    ...left.filter(({ file }) => !isJudged(file, result, options)),
  ];
}

function assign(
  result: AuditResult,
  entries: readonly BaselineEntry[],
  { exists }: CompareOptions,
): { known: ReadonlyMap<FindingResult, BaselineEntry>; left: BaselineEntry[] } {
  const known = new Map<FindingResult, BaselineEntry>();
  const left = new Set(entries);
  const gone = new Map<string, boolean>();
  const isGone = (file: string): boolean => {
    if (!gone.has(file)) gone.set(file, !exists(file));
    return gone.get(file)!;
  };
  for (const { key, moved } of matches) {
    const open = new Map<string, BaselineEntry[]>();
    for (const entry of left) {
      if (moved && !isGone(entry.file)) continue;
      const group = open.get(key(entry));
      if (group) group.push(entry);
      else open.set(key(entry), [entry]);
    }
    for (const finding of result.findings) {
      if (finding.suppression || known.has(finding)) continue;
      const entry = open.get(key(finding))?.shift();
      if (!entry) continue;
      known.set(finding, entry);
      left.delete(entry);
    }
  }
  return { known, left: [...left] };
}

/** The fingerprint without the number that tells equal ones apart. */
function base({ fingerprint }: Pick<BaselineEntry, 'fingerprint'>): string {
  return fingerprint.replace(/-\d+$/, '');
}

/** A file that could not be examined, or whose folder could not be read, may still hold what it held. */
function isJudged(file: string, { coverage }: AuditResult, { covers }: CompareOptions): boolean {
  return covers(file) && !coverage.skipped.some((skipped) => file === skipped.file || file.startsWith(`${skipped.file}/`));
}

function byText(a: BaselineEntry, b: BaselineEntry): number {
  const [left, right] = [a, b].map(({ file, hazard, code, fingerprint }) => JSON.stringify([file, hazard, code, fingerprint]));
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}
