import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { formatPatch, structuredPatch } from 'diff';
import type { AuditResult, FindingResult, SuggestionResult } from './result.ts';
import { counts } from './verdict.ts';
import { writeFileAtomically } from './write-file.ts';
import { mask } from './redact.ts';

/** A file as it is, and as the fixes leave it. Both with their byte order mark and line ends. */
export interface FixedFile {
  /** Relative to the root. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  /** How many findings the edits belong to. */
  readonly fixes: number;
}

type Edit = SuggestionResult['edits'][number];

const byteOrderMark = '\uFEFF';

/**
 * The files that change when the equivalent edits of the findings that count are applied. Of edits that overlap the first one is; the next
 * run applies the rest. A file that is not UTF-8, or an edit that would hold a secret, is left alone.
 *
 * @param root absolute
 */
export function fixedFiles(root: string, { findings }: AuditResult): readonly FixedFile[] {
  const byFile = new Map<string, FindingResult[]>();
  for (const finding of findings) {
    // What a baseline knows is repaired as well.
    if (!counts({ ...finding, baseline: 'new' }) || !fixOf(finding)) continue;
    const group = byFile.get(finding.file);
    if (group) group.push(finding);
    else byFile.set(finding.file, [finding]);
  }
  return [...byFile].flatMap(([file, group]) => {
    const before = readUtf8(join(root, file));
    if (before === undefined) return [];
    // The ranges are those of the text without its mark.
    const mark = before.startsWith(byteOrderMark) ? byteOrderMark : '';
    const { text, fixes } = apply(
      before.slice(mark.length),
      group.flatMap((finding) => fixOf(finding) ?? []),
    );
    return fixes > 0 ? [{ file, before, after: mark + text, fixes }] : [];
  });
}

/** Writes the files: each as a whole or not at all, with the mode that it had; a link stays one. */
export function writeFixes(root: string, files: readonly FixedFile[]): void {
  for (const { file, after } of files) {
    const path = realpathSync(join(root, file));
    writeFileAtomically(path, after, file, statSync(path).mode);
  }
}

/** What the fixes would change, as a patch that `git apply` takes. */
export function patchOf(files: readonly FixedFile[]): string {
  return files
    .map(({ file, before, after }) => {
      const patch = structuredPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 });
      return formatPatch(patch).replace(/^={10,}\n/, '');
    })
    .join('');
}

/** The one suggestion that may be applied unasked. */
function fixOf({ suggestions }: FindingResult): SuggestionResult | undefined {
  return suggestions.find(({ equivalent, edits }) => equivalent && edits.length > 0 && !edits.some(({ text }) => text.includes(mask)));
}

/** All edits of a fix, or none. */
function apply(text: string, fixes: readonly SuggestionResult[]): { readonly text: string; readonly fixes: number } {
  const taken: Edit[] = [];
  let count = 0;
  for (const { edits } of fixes) {
    const same = edits.every((edit) => taken.some((each) => each.text === edit.text && String(each.range) === String(edit.range)));
    if (!same && edits.some((edit) => taken.some((each) => overlap(edit, each)))) continue;
    if (!same) taken.push(...edits);
    count++;
  }
  taken.sort((a, b) => b.range[0] - a.range[0]);
  return {
    text: taken.reduce((result, { range: [from, to], text: by }) => result.slice(0, from) + by + result.slice(to), text),
    fixes: count,
  };
}

function overlap(a: Edit, b: Edit): boolean {
  return a.range[0] <= b.range[1] && b.range[0] <= a.range[1];
}

function readUtf8(path: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
  } catch {
    return undefined;
  }
}
