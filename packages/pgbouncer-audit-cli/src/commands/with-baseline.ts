import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Confidence } from '@pgbouncer-audit/core';
import { readBaseline, writeBaseline } from '../baseline/baseline-file.ts';
import { compare, entriesOf, type CompareOptions } from '../baseline/compare.ts';
import { toRelative } from '../files/to-relative.ts';
import { UsageError } from '../errors.ts';
import type { AuditResult } from '../result.ts';
import type { RatchetFlags } from './ratchet-options.ts';

interface BaselineRun {
  readonly root: string;
  /** As given. */
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly flags: RatchetFlags & { readonly minConfidence: Confidence };
}

/**
 * Holds a result against the baseline that `--baseline` names, after writing it where that is asked for.
 *
 * @throws UsageError for a baseline that is missing, broken, or cannot be written
 */
export function withBaseline(
  result: AuditResult,
  { root, paths, cwd, flags }: BaselineRun,
): { readonly result: AuditResult; readonly remarks: readonly string[] } {
  const { baseline: shown, updateBaseline, minConfidence, staged } = flags;
  if (shown === undefined) return { result, remarks: [] };
  const path = resolve(cwd, shown);
  const before = readBaseline(path, shown);
  const folders = paths.map((each) => toRelative(root, realpathSync(resolve(cwd, each))));
  const options: CompareOptions = {
    minConfidence,
    // An audit of what is staged looks at a few files only, and can say of none that nothing is left.
    covers: (file) => !staged && folders.some((folder) => folder === '' || file === folder || file.startsWith(`${folder}/`)),
    exists: (file) => existsSync(join(root, file)),
  };
  if (!updateBaseline) {
    if (!before) throw new UsageError(`The baseline \`${shown}\` does not exist. Write it once: --baseline ${shown} --update-baseline.`);
    return { result: compare(result, before, options), remarks: [] };
  }
  if (result.coverage.files.examined === 0) throw new UsageError(`No file could be examined, so \`${shown}\` was left as it is.`);
  const after = entriesOf(result, before ?? [], options);
  writeBaseline(path, after, shown);
  const counted = (entries: typeof after) => entries.filter(({ quiet }) => !quiet).length;
  const change = before ? `, ${counted(before)} before` : '';
  return {
    result: compare(result, after, options),
    remarks: [`\`${shown}\` was written: ${counted(after)} known findings${change}.`],
  };
}
