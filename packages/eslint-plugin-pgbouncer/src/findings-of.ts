import { analyseFile, type Finding, mentions, nothingBeyondTheFile, type SourceFile } from '@pgbouncer-audit/core';
import type { Rule, SourceCode } from 'eslint';
import { installedVersions } from './installed-versions.ts';
import { setupOf } from './setup-of.ts';

/** Keyed by what ESLint makes anew for every file and every pass of `--fix`, so nothing is kept longer than it is true. */
const analysed = new WeakMap<SourceCode, readonly Finding[]>();
const relevant = new WeakMap<SourceCode, boolean>();

/** Whether the file that is being linted can hold a hazard at all. Asked by every rule, answered once. */
export function mayHoldHazard({ sourceCode }: Rule.RuleContext): boolean {
  let answer = relevant.get(sourceCode);
  if (answer === undefined) relevant.set(sourceCode, (answer = mentions(sourceCode.text, 'file')));
  return answer;
}

/**
 * All findings of the file that is being linted. The first rule that asks has the file analysed; the others share it.
 *
 * @throws SettingsError when `settings.pgbouncer` is wrong
 */
export function findingsOf({ sourceCode, settings, filename, cwd }: Rule.RuleContext): readonly Finding[] {
  const known = analysed.get(sourceCode);
  if (known) return known;
  const source = { path: filename, text: sourceCode.text, ast: sourceCode.ast, scopes: sourceCode.scopeManager };
  const { findings } = analyseFile(source as unknown as SourceFile, {
    setup: setupOf(settings, cwd),
    semantics: nothingBeyondTheFile,
    packageVersion: installedVersions(filename),
  });
  analysed.set(sourceCode, findings);
  return findings;
}
