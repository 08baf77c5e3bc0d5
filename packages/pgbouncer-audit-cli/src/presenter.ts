import { createHash } from 'node:crypto';
import { hazards, type ClientFact, type Evidence, type Finding, type Place, type SuppressionProblem } from '@pgbouncer-audit/core';
import { Lines } from './lines.ts';
import { redact, redactWithOffsets } from './redact.ts';
import type { ClientResult, EvidenceResult, FindingResult, PlaceResult, SuppressionProblemResult } from './result.ts';
import { surroundings } from './surroundings.ts';

/** The longest part of a line that a code frame shows. */
const frameWidth = 160;

/** The longest code that a finding is named by. */
const maxCode = 160;

/** Turns what the engine says, in ranges, into what people and tools read: lines, columns, code frames, no secrets. */
export class Presenter {
  readonly #lines = new Map<string, Lines>();
  readonly #text: (file: string) => string;

  readonly #statements: boolean;

  /**
   * @param text the text of a file that a place of the engine lies in
   * @param statements whether findings name the fingerprints of their statements
   */
  constructor(text: (file: string) => string, { statements }: { readonly statements: boolean }) {
    this.#text = text;
    this.#statements = statements;
  }

  place({ file, range }: Place): PlaceResult {
    const lines = this.#linesOf(file);
    const start = lines.at(range[0]);
    const end = lines.at(range[1]);
    return { file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  }

  finding(finding: Finding): FindingResult {
    const { file, range } = finding;
    const place = this.place(finding);
    const code = this.#code(finding);
    const statement = this.#statements ? finding.statement?.() : undefined;
    return {
      hazard: finding.hazard,
      taxonomy: hazards.find(({ id }) => id === finding.hazard)?.taxonomy ?? [],
      ...place,
      message: redact(finding.message),
      severity: finding.severity,
      confidence: finding.confidence,
      ...(statement !== undefined && { statement }),
      ...(finding.dependsOn && { dependsOn: finding.dependsOn }),
      evidence: this.#evidence(finding.evidence),
      ...(finding.callPaths && {
        callPaths: finding.callPaths.map(({ transaction, steps }) => ({ transaction, steps: this.#evidence(steps) })),
      }),
      suggestions: finding.suggestions.map(({ message, equivalent, edits }) => ({
        message: redact(message),
        equivalent,
        edits: edits.map((edit) => ({ range: edit.range, text: redact(edit.text) })),
      })),
      range,
      frame: this.#frame(finding),
      code,
      fingerprint: hash([finding.hazard, code, surroundings(this.#linesOf(file), place.line)]),
      ...(finding.suppression && {
        suppression: {
          ...finding.suppression,
          reason: redact(finding.suppression.reason),
          place: this.place(finding.suppression.place),
        },
      }),
    };
  }

  suppressionProblem({ kind, rule, message, place }: SuppressionProblem): SuppressionProblemResult {
    return { kind, ...(rule !== undefined && { rule: redact(rule) }), ...this.place(place), message: redact(message) };
  }

  /** Sorted, and with fingerprints told apart where the same code stands several times. */
  fingerprinted(findings: readonly FindingResult[]): FindingResult[] {
    const seen = new Map<string, number>();
    return findings.toSorted(byPlace).map((finding) => {
      const before = seen.get(finding.fingerprint) ?? 0;
      seen.set(finding.fingerprint, before + 1);
      return before === 0 ? finding : { ...finding, fingerprint: `${finding.fingerprint}-${before + 1}` };
    });
  }

  client(file: string, client: ClientFact): ClientResult {
    return {
      driver: client.driver,
      ...this.place({ file, range: client.range }),
      label: redact(client.label),
      reach: client.reach,
      evidence: this.#evidence(client.evidence),
      ...(client.connections && { connections: { value: client.connections.value, from: client.connections.from } }),
      ...(client.urlSource !== undefined && { urlSource: redact(client.urlSource).replace(/\s+/g, ' ').slice(0, 80) }),
    };
  }

  #evidence(evidence: readonly Evidence[]): EvidenceResult[] {
    return evidence.map(({ text, place }) => ({ text: redact(text), ...(place && { place: this.place(place) }) }));
  }

  /** Formatting, and what is said of the place elsewhere, do not belong to it. */
  #code({ file, range }: Place): string {
    const text = redact(
      this.#text(file)
        .slice(...range)
        .replace(/\s+/g, ' '),
    );
    return text.length <= maxCode ? text : `${text.slice(0, maxCode)}… ${hash([text]).slice(0, 12)}`;
  }

  #frame(place: Place): FindingResult['frame'] {
    const lines = this.#linesOf(place.file);
    const { line, column, endLine, endColumn } = this.place(place);
    const whole = lines.text(line);
    const from = Math.max(0, column - 1 - frameWidth / 2);
    const shown = redactWithOffsets(whole);
    const left = shown.at(from);
    const text = shown.text.slice(left, left + frameWidth);
    const start = shown.at(column - 1) - left;
    const end = shown.at(endLine === line ? endColumn - 1 : whole.length) - left;
    return { text, start: start + 1, end: Math.max(start + 1, Math.min(end, text.length)) + 1 };
  }

  #linesOf(file: string): Lines {
    let lines = this.#lines.get(file);
    if (!lines) this.#lines.set(file, (lines = new Lines(this.#text(file))));
    return lines;
  }
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function byPlace(a: FindingResult, b: FindingResult): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.range[0] - b.range[0] || a.range[1] - b.range[1] || (a.hazard < b.hazard ? -1 : 1);
}
