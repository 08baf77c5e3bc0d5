import type { Git } from './git.ts';

/** The lines of a file that a change touches. Where lines were only removed, `from` is the line behind them and `to` the one before. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** By file, relative to the top of the repository. */
export type Changes = ReadonlyMap<string, readonly LineRange[]>;

const everyLine: LineRange = { from: 1, to: Number.MAX_SAFE_INTEGER };

const diff = ['diff', '--no-color', '--no-ext-diff', '--no-textconv', '--no-relative', '--find-renames', '--ignore-submodules'];

/**
 * What differs between the work tree and the point where its branch left another one. Untracked files are new as a whole.
 *
 * @throws UsageError for a name that git does not know
 */
export function changesSince(git: Git, ref: string): Changes {
  const commit = git
    .ask(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], {
      problem: `--since ${ref}: there is no such commit or branch here. In a shallow clone fetch it first (GitHub: \`fetch-depth: 0\`, GitLab: \`GIT_DEPTH: 0\`).`,
    })
    .toString()
    .trim();
  const base = git
    .ask(['merge-base', commit, 'HEAD'], {
      problem: `--since ${ref}: git finds no commit that it and HEAD have in common. In a shallow clone fetch the whole history (GitHub: \`fetch-depth: 0\`, GitLab: \`GIT_DEPTH: 0\`).`,
    })
    .toString()
    .trim();
  const changes = new Map(linesOf(git, [base]));
  for (const file of git.list(['ls-files', '--others', '--exclude-standard', '-z'])) changes.set(file, [everyLine]);
  return changes;
}

/** What the next commit changes. */
export function stagedChanges(git: Git): Changes {
  return linesOf(git, ['--cached']);
}

function linesOf(git: Git, what: readonly string[]): Changes {
  const names = git.list([...diff, '--name-only', '-z', ...what, '--']);
  // The names are in the order of the sections: those of the sections themselves would have to be unquoted.
  const sections = git
    .ask([...diff, '--unified=0', ...what, '--'])
    .toString('latin1')
    .split(/^diff --(?:git|cc|combined) /m)
    .slice(1);
  return new Map(names.map((name, index) => [name, rangesOf(sections[index])]));
}

function rangesOf(section: string | undefined): LineRange[] {
  if (section === undefined || /^@@@/m.test(section)) return [everyLine];
  return [...section.matchAll(/^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/gm)].map(([, start, count = '1']) => {
    const first = Number(start);
    return count === '0' ? { from: first + 1, to: first } : { from: first, to: first + Number(count) - 1 };
  });
}

/** Whether a stretch of lines is touched. */
export function isTouched(changes: Changes, place: { readonly file: string; readonly line: number; readonly endLine?: number }): boolean {
  const { file, line, endLine = line } = place;
  return changes.get(file)?.some(({ from, to }) => line <= to && endLine >= from) ?? false;
}
