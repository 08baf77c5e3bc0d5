import { namedStatementFacts } from './across-files/named-statement-fact.ts';
import type { FileAnalysis } from './analysis.ts';
import { confidences, type Evidence, type Finding } from './finding.ts';
import type { Hazard, Verdict } from './hazard.ts';
import { hazards } from './hazards/index.ts';
import type { Semantics } from './semantics.ts';
import type { Setup } from './setup.ts';
import { keepsSessions } from './pooler/capabilities.ts';
import type { PoolerProfile } from './pooler/profile.ts';
import { mentionIn } from './prefilter/mentions.ts';
import { callsClient } from './sites/client-calls.ts';
import { extract } from './sites/extract.ts';
import { statementFingerprint } from './sites/statement-fingerprint.ts';
import type { Site } from './sites/site.ts';
import type { SourceFile } from './source-file.ts';
import { newWorld } from './world.ts';

export interface AnalyseOptions {
  readonly setup: Setup;
  readonly semantics: Semantics;
  /** Version of an installed package as `package.json` or the lock file states it, or `undefined`. */
  readonly packageVersion: (name: string) => string | undefined;
}

/**
 * Finds the places of a file where code meets PostgreSQL, and judges each by every hazard.
 *
 * @throws never for anything a source file can hold: what cannot be read is counted in `coverage`.
 */
export function analyseFile(source: SourceFile, options: AnalyseOptions): FileAnalysis {
  const world = newWorld(options);
  if (mentionIn(source.text, 'repository') === 'call' && !callsClient(source, world)) return nothing;
  const extraction = extract(source, world);
  const { clients, coverage, opaqueSites } = extraction;
  return {
    findings: findingsOf(extraction.sites, options.setup, source.path),
    clients,
    coverage,
    opaqueSites,
    suppressionProblems: [],
    namedStatements: keepsSessions(options.setup.profile) ? [] : namedStatementFacts(extraction.sites, source.path),
    transactions: extraction.sites.filter(opensTransaction).map(({ range }) => range),
  };
}

const nothing: FileAnalysis = {
  findings: [],
  clients: [],
  coverage: { sites: 0, partial: 0, opaque: 0 },
  opaqueSites: [],
  suppressionProblems: [],
  transactions: [],
  namedStatements: [],
};

/** Whether a site begins a transaction on what may be the pooler, by the driver or by a `BEGIN` of its own. */
function opensTransaction(site: Site): boolean {
  if (site.handle.reach === 'direct') return false;
  if (site.kind === 'transaction') return true;
  return (
    site.kind === 'query' &&
    site.script.statements.some(({ facts }) => facts.some((fact) => fact.kind === 'transaction' && fact.command === 'begin'))
  );
}

/** The hazards that do not exist behind this pooler, because a client keeps its server connection: they are not judged, which is not the same as passed. */
export function notApplicable(profile: PoolerProfile): readonly string[] {
  return keepsSessions(profile) ? hazards.filter(({ onlyInTransactionMode }) => onlyInTransactionMode).map(({ id }) => id) : [];
}

/** What the hazards say of the sites of one file, sorted by position, then hazard id. */
export function findingsOf(sites: readonly Site[], setup: Setup, path: string): Finding[] {
  const found = new Map<string, Finding>();
  for (const hazard of hazards) {
    if (hazard.onlyInTransactionMode && keepsSessions(setup.profile)) continue;
    for (const site of sites) {
      for (const verdict of hazard.judge(site, setup, sites)) {
        const finding = findingOf(hazard, site, verdict, path);
        const key = `${hazard.id}:${finding.range[0]}:${finding.range[1]}`;
        const known = found.get(key);
        // One place can be reached by several texts or paths: the surest finding speaks for all.
        if (!known || rank(finding) > rank(known)) found.set(key, finding);
      }
    }
  }
  return [...found.values()].sort((a, b) => a.range[0] - b.range[0] || a.range[1] - b.range[1] || (a.hazard < b.hazard ? -1 : 1));
}

function rank(finding: Finding): number {
  return confidences.indexOf(finding.confidence);
}

/** Sites that no transaction changes. */
const withoutContext: ReadonlySet<Site['kind']> = new Set([
  'construction',
  'named-statement',
  'subscription',
  'stored-expression',
  'migration-config',
]);

/** Why the transaction context is what it is; left out where it decided nothing. */
function contextEvidence(site: Site, verdict: Verdict): readonly Evidence[] {
  if (withoutContext.has(site.kind)) return [];
  return site.context.state === 'unknown' && verdict.confidence !== 'possible' ? [] : site.context.evidence;
}

function findingOf(hazard: Hazard, site: Site, verdict: Verdict, file: string): Finding {
  const data = verdict.data ?? {};
  const isOfCallers = !withoutContext.has(site.kind) && (site.context.state === 'out' || site.context.state === 'mixed');
  const template = hazard.messages[verdict.messageId] ?? '';
  return {
    hazard: hazard.id,
    file,
    range: verdict.range,
    messageId: verdict.messageId,
    data,
    message: template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => data[name] ?? ''),
    severity: verdict.severity ?? hazard.severity,
    confidence: verdict.confidence,
    ...(verdict.dependsOn && { dependsOn: verdict.dependsOn }),
    ...(isOfCallers && !verdict.evidence && site.context.paths && { callPaths: site.context.paths }),
    evidence: verdict.evidence ?? [...contextEvidence(site, verdict), ...site.handle.evidence],
    suggestions: verdict.suggestions ?? [],
    ...(site.kind === 'query' && { statement: () => statementFingerprint(site, verdict.range) }),
  };
}
