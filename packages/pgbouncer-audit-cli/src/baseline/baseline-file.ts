import { existsSync, readFileSync } from 'node:fs';
import { explain } from '../discover/read-text.ts';
import { UsageError } from '../errors.ts';
import type { BaselineEntry } from '../result.ts';
import { writeFileAtomically } from '../write-file.ts';

const format = 'pgbouncer-audit baseline';
const version = 1;

/**
 * Reads a baseline.
 *
 * @param shown the path as the user wrote it
 * @returns `undefined` where there is no such file
 * @throws UsageError for a file that is no baseline, is broken or of another version
 */
export function readBaseline(path: string, shown: string): readonly BaselineEntry[] | undefined {
  if (!existsSync(path)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `is not valid JSON: ${cause.message}` : `cannot be read: ${explain(cause)}`;
    throw new UsageError(`The baseline \`${shown}\` ${why}. Restore it from git, or delete it and write a new one with --update-baseline.`);
  }
  const { format: found, version: written, findings } = record(json);
  if (found !== format) {
    throw new UsageError(`\`${shown}\` is no baseline of this tool: its first key is not \`"format": "${format}"\`. Name another file.`);
  }
  if (written !== version) {
    throw new UsageError(
      `The baseline \`${shown}\` is of version ${JSON.stringify(written)}, and this is version ${version}. Delete it and write it anew with --update-baseline, or use the version of the tool that wrote it.`,
    );
  }
  if (!Array.isArray(findings)) {
    throw new UsageError(
      `The baseline \`${shown}\` has no list of \`findings\`. Restore it from git, or delete it and write a new one with --update-baseline.`,
    );
  }
  return findings.map((entry, index) => checked(entry, index, shown));
}

/**
 * Writes a baseline: all of it or nothing. Sorted, and one finding to a line, so that a diff shows what changed and merges seldom conflict.
 *
 * @throws UsageError when it cannot be written
 */
export function writeBaseline(path: string, entries: readonly BaselineEntry[], shown: string): void {
  const lines = entries.map(lineOf).sort();
  const list = lines.length === 0 ? '[]' : `[\n${lines.map((line) => `    ${line}`).join(',\n')}\n  ]`;
  writeFileAtomically(path, `{\n  "format": "${format}",\n  "version": ${version},\n  "findings": ${list}\n}\n`, shown);
}

function lineOf({ file, hazard, code, fingerprint, quiet }: BaselineEntry): string {
  const values = Object.entries({ file, hazard, code, fingerprint, ...(quiet && { quiet }) });
  return `{ ${values.map(([key, value]) => `"${key}": ${JSON.stringify(value)}`).join(', ')} }`;
}

function checked(entry: unknown, index: number, shown: string): BaselineEntry {
  const { file, hazard, code, fingerprint, quiet } = record(entry);
  if (typeof file === 'string' && typeof hazard === 'string' && typeof code === 'string' && typeof fingerprint === 'string') {
    return { file, hazard, code, fingerprint, ...(quiet === true && { quiet }) };
  }
  throw new UsageError(
    `Entry ${index + 1} of the baseline \`${shown}\` is no finding: it needs \`file\`, \`hazard\`, \`code\` and \`fingerprint\`, each a text. Restore it from git, or delete it and write a new one with --update-baseline.`,
  );
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
