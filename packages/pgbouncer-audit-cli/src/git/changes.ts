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
export async function changesSince(git: Git, ref: string): Promise<Changes> {
  const commit = await git.ask(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], {
    problem: `--since ${ref}: there is no such commit or branch here. In a shallow clone fetch it first (GitHub: \`fetch-depth: 0\`, GitLab: \`GIT_DEPTH: 0\`).`,
  });
  const base = await git.ask(['merge-base', commit.toString().trim(), 'HEAD'], {
    problem: `--since ${ref}: git finds no commit that it and HEAD have in common. In a shallow clone fetch the whole history (GitHub: \`fetch-depth: 0\`, GitLab: \`GIT_DEPTH: 0\`).`,
  });
  const [changed, added] = await Promise.all([
    linesOf(git, [base.toString().trim()]),
    git.list(['ls-files', '--others', '--exclude-standard', '-z']),
  ]);
  return new Map([...changed, ...added.map((file) => [file, [everyLine]] as const)]);
}

/** What the next commit changes. */
export function stagedChanges(git: Git): Promise<Changes> {
  return linesOf(git, ['--cached']);
}

async function linesOf(git: Git, what: readonly string[]): Promise<Changes> {
  const output = await git.ask([...diff, '--raw', '-z', '--patch', '--unified=0', ...what, '--']);
  const end = output.indexOf('\0\0');
  if (end < 0) return new Map();
  const entries = output.toString('utf8', 0, end).split('\0');
  // The files are in the order of the sections, whose own names would have to be unquoted.
  const sections = output
    .toString('latin1', end + 2)
    .split(/^diff --(?:git|cc|combined) /m)
    .slice(1);
  const changes = new Map<string, readonly LineRange[]>();
  for (let at = 0, section = 0; at < entries.length; at += 2) {
    const status = entries[at]!.split(' ').at(-1)!;
    // The old name, and the new one.
    if (/^[RC]/.test(status)) at++;
    const file = entries[at + 1]!;
    // A file in conflict has no section of its own.
    if (status === 'U') changes.set(file, [everyLine]);
    else if (!changes.has(file)) changes.set(file, rangesOf(sections[section++]));
    else section++;
  }
  return changes;
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
