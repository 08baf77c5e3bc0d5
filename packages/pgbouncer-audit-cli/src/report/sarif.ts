import type { Confidence, Severity } from '@pgbouncer-audit/core';
import type { AuditResult, EvidenceResult, FamilyResult, FindingResult, HazardResult, PlaceResult, SkippedFile } from '../result.ts';
import { holds } from '../verdict.ts';
import { byUrgency } from './findings.ts';
import { jsonText } from './json-text.ts';
import type { Reporter } from './reporter.ts';
import { callPathLabels, dependsDetail, plural } from './words.ts';

/** SARIF 2.1.0, for code scanning. Every finding is in it; one that does not count is a note. */
export const sarif: Reporter = (result) => jsonText(log(result));

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { error: 'error', warning: 'warning', info: 'note' };

/** What GitHub shows beside a rule. */
const problemSeverities: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'recommendation' };

/** GitHub sorts by precision. */
const precisions: Readonly<Record<Confidence, string>> = { certain: 'very-high', likely: 'high', possible: 'low' };

/** GitHub rejects a file with more results in a run. */
const maxResults = 25_000;

function log(result: AuditResult): object {
  const ids = Object.keys(result.hazards).sort();
  const cut = Math.max(0, result.findings.length - maxResults);
  const listed = cut > 0 ? byUrgency(result.findings).slice(0, maxResults) : result.findings;
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: result.tool.name,
            version: result.tool.version,
            rules: ids.map((id) => rule(id, result.hazards[id]!, result.families)),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { ROOT: { description: { text: 'The top of the repository.' } } },
        invocations: [
          {
            executionSuccessful: !result.coverage.skipped.some(({ reason }) => reason === 'internal error'),
            toolExecutionNotifications: [...result.coverage.skipped.map(notification), ...(cut > 0 ? [tooMany(cut)] : [])],
          },
        ],
        results: listed.map((finding) => sarifResult(finding, ids)),
        properties: { verdict: result.verdict },
      },
    ],
  };
}

function rule(id: string, { title, family, url, taxonomy, failure, severity }: HazardResult, families: AuditResult['families']): object {
  const help = helpOf(families[family]);
  // A saved result may say anything.
  const isWebPage = /^https:\/\/[\w./@-]+$/.test(url);
  return {
    id,
    name: id.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: `${title}.` },
    ...(help && {
      fullDescription: { text: help.breaks },
      help: { text: help.text, markdown: isWebPage ? `${help.markdown}\n\n[${id}](${url})` : help.markdown },
    }),
    ...(isWebPage && { helpUri: url }),
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ['postgresql', 'pgbouncer', failure], 'problem.severity': problemSeverities[severity], taxonomy },
  };
}

function helpOf(family: FamilyResult | undefined): { breaks: string; text: string; markdown: string } | undefined {
  if (!family) return undefined;
  const { breaks, cure } = family;
  return {
    breaks,
    text: [breaks, ...cure].join(' '),
    markdown: [breaks, cure.map((step, index) => `${index + 1}. ${step}`).join('\n')].join('\n\n'),
  };
}

function sarifResult(finding: FindingResult, ids: readonly string[]): object {
  const { hazard, message, severity, confidence, dependsOn, evidence, fingerprint, suppression, baseline } = finding;
  const placed = evidence.filter(hasPlace);
  const flows = threadFlows(finding);
  return {
    ruleId: hazard,
    ruleIndex: ids.indexOf(hazard),
    level: holds(finding) ? levels[severity] : 'note',
    message: { text: plain(message + (dependsOn ? ` ${dependsDetail(dependsOn)}` : '')) },
    locations: [location(finding)],
    ...(placed.length > 0 && {
      relatedLocations: placed.map(({ text, place }, index) => ({ id: index + 1, message: { text: plain(text) }, ...location(place) })),
    }),
    ...(flows.length > 0 && { codeFlows: [{ threadFlows: flows }] }),
    ...(suppression && {
      suppressions: [{ kind: 'inSource', status: 'accepted', justification: suppression.reason, location: location(suppression.place) }],
    }),
    ...(baseline && { baselineState: baseline }),
    partialFingerprints: { 'pgbouncerAudit/v2': fingerprint },
    properties: { confidence, precision: precisions[confidence], ...(dependsOn && { dependsOn }) },
  };
}

function hasPlace(each: EvidenceResult): each is Required<EvidenceResult> {
  return each.place !== undefined;
}

/** The ways by which the place is reached; else the one from where the client is made, which evidence tells the other way round. */
function threadFlows(finding: FindingResult): object[] {
  const { callPaths, evidence } = finding;
  if (!callPaths) return evidence.some(hasPlace) ? [{ locations: flow(finding, evidence.toReversed()) }] : [];
  return callPaths.map(({ transaction, steps }, index) => ({
    id: `${index + 1}`,
    message: { text: `${callPathLabels[transaction]}.` },
    locations: flow(finding, steps),
  }));
}

function flow(finding: FindingResult, steps: readonly EvidenceResult[]): object[] {
  const placed = steps.filter(hasPlace).map(({ text, place }) => ({ location: { message: { text: plain(text) }, ...location(place) } }));
  return [...placed, { location: { message: { text: plain(finding.message) }, ...location(finding) } }];
}

/** In a message of SARIF, `[text](1)` is a link to a place: what looks like one is taken apart. */
function plain(text: string): string {
  return text.replaceAll('](', '] (');
}

function tooMany(cut: number): object {
  return {
    level: 'warning',
    message: { text: `${plural(cut, 'result')} left out, the least urgent ones: GitHub takes ${maxResults} of a run.` },
  };
}

function notification({ file, reason, detail, line }: SkippedFile): object {
  return {
    level: reason === 'internal error' ? 'error' : 'warning',
    message: { text: `Not examined, ${reason}: ${detail}` },
    locations: [{ physicalLocation: { artifactLocation: artifact(file), ...(line && { region: { startLine: line } }) } }],
  };
}

function location(place: PlaceResult): object {
  return {
    physicalLocation: {
      artifactLocation: artifact(place.file),
      region: { startLine: place.line, startColumn: place.column, endLine: place.endLine, endColumn: place.endColumn },
    },
  };
}

/** A path as a URI: what a URI cannot hold is escaped, segment by segment. */
function artifact(file: string): object {
  return { uri: Buffer.from(file).toString().split('/').map(encodeURIComponent).join('/'), uriBaseId: 'ROOT' };
}
