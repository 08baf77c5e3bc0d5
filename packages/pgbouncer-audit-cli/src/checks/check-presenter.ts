import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Lines } from '../lines.ts';
import { redact } from '../redact.ts';
import type { EvidenceResult, FindingResult, Origin, PlaceResult } from '../result.ts';
import type { Check, CheckVerdict } from './check.ts';
import { redactSettings } from './redact-settings.ts';

/** The longest part of a line that a code frame shows. */
const frameWidth = 160;

/** Turns what a check says of a line into a finding of the shape that those in code have. No secret of a file of settings passes. */
export class CheckPresenter {
  readonly #text: (file: string) => string;
  readonly #lines = new Map<string, { readonly text: string; readonly lines: Lines }>();

  constructor(text: (file: string) => string) {
    this.#text = text;
  }

  finding(check: Check, verdict: CheckVerdict): FindingResult {
    const place = this.place(verdict.at);
    const shown = this.#shown(place.file, place.line);
    const width = Math.min(shown.length, frameWidth);
    const offset = shown.length - shown.trimStart().length;
    const isLine = !('column' in verdict.at);
    const frameStart = isLine ? offset + 1 : Math.min(place.column, width);
    const frameEnd = isLine || place.endLine !== place.line ? width + 1 : Math.min(place.endColumn, width + 1);
    const data = verdict.data ?? {};
    return {
      hazard: check.id,
      taxonomy: check.taxonomy,
      ...place,
      message: redact((check.messages[verdict.messageId] ?? '').replace(/\{\{(\w+)\}\}/g, (_, name: string) => data[name] ?? '')),
      severity: verdict.severity ?? check.severity,
      confidence: verdict.confidence,
      ...(verdict.dependsOn && { dependsOn: verdict.dependsOn }),
      evidence: (verdict.evidence ?? []).map(({ text, at }): EvidenceResult => ({
        text: redactSettings(text),
        ...(at && { place: this.place(at) }),
      })),
      suggestions: [],
      range: this.#range(place),
      frame: { text: shown.slice(0, frameWidth), start: frameStart, end: Math.max(frameStart + 1, frameEnd) },
      code: shown.trim().slice(0, frameWidth),
      // Of the text without its secrets, so that the hash of a password is in no report.
      fingerprint: createHash('sha256')
        .update(JSON.stringify([check.id, verdict.messageId, posix.basename(place.file), shown.trim().replace(/\s+/g, ' ')]))
        .digest('hex')
        .slice(0, 32),
    };
  }

  /** A line becomes the range of its text. */
  place(at: Origin | PlaceResult): PlaceResult {
    if ('column' in at) return { file: at.file, line: at.line, column: at.column, endLine: at.endLine, endColumn: at.endColumn };
    const text = this.#file(at.file).lines.text(at.line);
    const start = text.length - text.trimStart().length;
    const end = Math.max(text.trimEnd().length, start);
    return { file: at.file, line: at.line, column: start + 1, endLine: at.line, endColumn: end + 1 };
  }

  #range(place: PlaceResult): [number, number] {
    const { lines } = this.#file(place.file);
    return [lines.start(place.line) + place.column - 1, lines.start(place.endLine) + place.endColumn - 1];
  }

  #shown(file: string, line: number): string {
    return redactSettings(this.#file(file).lines.text(line));
  }

  #file(file: string) {
    let known = this.#lines.get(file);
    if (!known) {
      const text = this.#text(file);
      this.#lines.set(file, (known = { text, lines: new Lines(text) }));
    }
    return known;
  }
}
