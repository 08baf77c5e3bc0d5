import type { Confidence, Severity } from '@pgbouncer-audit/core';
import type { AuditResult, EvidenceResult, FindingResult, PlaceResult, SkippedFile } from '../result.ts';
import { holds } from '../verdict.ts';
import type { Reporter } from './reporter.ts';

/** SARIF 2.1.0, for code scanning. Every finding is in it; one that does not count is a note. */
export const sarif: Reporter = (result) => `${JSON.stringify(log(result), undefined, 2)}\n`;

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { error: 'error', warning: 'warning', info: 'note' };

/** GitHub sorts by precision. */
const precisions: Readonly<Record<Confidence, string>> = { certain: 'very-high', likely: 'high', possible: 'low' };

function log(result: AuditResult): object {
  const ids = Object.keys(result.hazards).sort();
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: result.tool.name,
            version: result.tool.version,
            rules: ids.map((id) => {
              const { title, taxonomy, failure, severity } = result.hazards[id]!;
              return {
                id,
                shortDescription: { text: title },
                defaultConfiguration: { level: levels[severity] },
                properties: { tags: ['postgresql', 'pgbouncer', failure], taxonomy },
              };
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { ROOT: { description: { text: 'The top of the repository.' } } },
        invocations: [
          {
            executionSuccessful: !result.coverage.skipped.some(({ reason }) => reason === 'internal error'),
            toolExecutionNotifications: result.coverage.skipped.map(notification),
          },
        ],
        results: result.findings.map((finding) => sarifResult(finding, ids)),
        properties: { verdict: result.verdict },
      },
    ],
  };
}

function sarifResult(finding: FindingResult, ids: readonly string[]): object {
  const { hazard, message, severity, confidence, dependsOn, evidence, fingerprint, suppression, baseline } = finding;
  const related = evidence.filter((each): each is Required<EvidenceResult> => each.place !== undefined);
  const depends = dependsOn ? ` Depends on ${dependsOn.setting} (assumed ${dependsOn.assumed}): holds when ${dependsOn.holdsWhen}.` : '';
  return {
    ruleId: hazard,
    ruleIndex: ids.indexOf(hazard),
    level: holds(finding) ? levels[severity] : 'note',
    message: { text: message + depends },
    locations: [location(finding)],
    ...(related.length > 0 && {
      relatedLocations: related.map(({ text, place }, index) => ({ id: index + 1, message: { text }, ...location(place) })),
    }),
    ...(suppression && {
      suppressions: [{ kind: 'inSource', status: 'accepted', justification: suppression.reason, location: location(suppression.place) }],
    }),
    ...(baseline && { baselineState: baseline }),
    partialFingerprints: { 'pgbouncerAudit/v2': fingerprint },
    properties: { confidence, precision: precisions[confidence], ...(dependsOn && { dependsOn }) },
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
  return { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'ROOT' };
}
