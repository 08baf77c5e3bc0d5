import type { AuditResult, CallPathResult, CoverageResult, FindingResult, LeftOut } from '../result.ts';

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export const verdictLabels = {
  ready: 'Ready for transaction mode',
  'not-ready': 'Not ready for transaction mode',
  'not-applicable': 'Not applicable',
  'nothing-examined': 'Nothing examined',
} as const;

/** The verdict's numbers in words; a whole sentence. */
export function verdictDetail({ verdict: { state, blockers, risks, dependent, notApplicable }, coverage: { files } }: AuditResult): string {
  if (state === 'nothing-examined') {
    return files.examined === 0
      ? 'No source file could be read. This says nothing about the code.'
      : `No code that talks to PostgreSQL was found in ${plural(files.examined, 'file')}. If there is some, name its client in \`clients\` of the configuration.`;
  }
  const proviso = dependent > 0 ? `; ${plural(dependent, 'more finding')} if an assumed setting is wrong` : '';
  const unjudged =
    notApplicable.length > 0
      ? ` The pooler keeps sessions: ${plural(notApplicable.length, 'hazard')} of transaction mode not judged, which does not say that the code is ready for it.`
      : '';
  return `${plural(blockers, 'blocker')}, ${plural(risks, 'risk')}${proviso}.${unjudged}`;
}

/** What part of the findings a report has, where it has a part; a whole sentence. */
export function scopeDetail({ scope }: AuditResult): string | undefined {
  if (!scope) return undefined;
  const what = scope.staged ? 'Only what is staged was examined' : `Only what changed since ${scope.since ?? 'then'} is listed`;
  if (scope.widened) return `${what}; that is everything, because ${scope.widened}.`;
  return scope.omitted > 0 ? `${what}; ${plural(scope.omitted, 'other finding')} ${scope.omitted === 1 ? 'is' : 'are'} not.` : `${what}.`;
}

/** How the findings compare with a baseline; a whole sentence. */
export function baselineDetail({ baseline }: AuditResult): string | undefined {
  if (!baseline) return undefined;
  const { unchanged, stale } = baseline;
  const entries =
    stale.length > 0
      ? `; ${plural(stale.length, 'entry').replace('entrys', 'entries')} of it ${stale.length === 1 ? 'is' : 'are'} stale`
      : '';
  return `The baseline knows ${plural(unchanged, 'finding')}, and does not know ${baseline.new}${entries}.`;
}

/** How much of the SQL was read, in words; a whole sentence. */
export function coverageDetail({ files, sites, partial, opaque }: CoverageResult): string {
  return (
    `${plural(sites, 'SQL site')}: ${sites - partial - opaque} read, ${partial} in part, ${opaque} opaque; ` +
    `${plural(files.examined, 'file')} examined, ${files.irrelevant} of them without a word that matters.`
  );
}

const leftOutLabels: Readonly<Record<LeftOut, string>> = {
  tests: 'of tests (--include-tests)',
  generated: 'generated',
  minified: 'minified',
  declarations: 'of type declarations',
  'symbolic links': 'symbolic links',
};

/** What was left out on purpose, in words; empty where nothing was. */
export function leftOutDetail({ files: { leftOut } }: CoverageResult): string {
  return (Object.keys(leftOutLabels) as LeftOut[])
    .filter((why) => leftOut[why] > 0)
    .map((why) => `${leftOut[why]} ${leftOut[why] === 1 ? leftOutLabels[why].replace('links', 'link') : leftOutLabels[why]}`)
    .join(', ');
}

/** What a way to the place of a finding is called. */
export const callPathLabels: Readonly<Record<CallPathResult['transaction'], string>> = {
  in: 'in a transaction',
  out: 'without a transaction',
};

/** On what a finding depends, in words; a whole sentence. */
export function dependsDetail({ setting, assumed, holdsWhen }: NonNullable<FindingResult['dependsOn']>): string {
  return `Depends on ${setting} (assumed ${assumed}): holds when ${holdsWhen}.`;
}
