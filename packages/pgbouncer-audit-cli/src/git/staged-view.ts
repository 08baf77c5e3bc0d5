import { dirname, join } from 'node:path';
import { disk } from '../files/disk.ts';
import type { DirectoryEntry, FileView } from '../files/view.ts';
import type { Git } from './git.ts';

/**
 * The repository as the next commit will hold it: what is staged where the work tree differs from it, and no untracked file.
 * Ignored files are seen as they lie: they are no part of any commit.
 *
 * @param root absolute; the top of the work tree
 */
export async function stagedView(git: Git, root: string): Promise<FileView> {
  const { staged, hidden } = await differences(git, root);
  const folders = new Map<string, Map<string, 'file' | 'folder'>>();
  for (const path of staged.keys()) {
    for (let child = path, kind: 'file' | 'folder' = 'file'; child !== root && child !== dirname(child); kind = 'folder') {
      const parent = dirname(child);
      const names = folders.get(parent) ?? new Map<string, 'file' | 'folder'>();
      names.set(child.slice(parent.length).replace(/^[\\/]/, ''), kind);
      folders.set(parent, names);
      child = parent;
    }
  }
  const isHidden = (path: string): boolean => {
    if (hidden.size === 0) return false;
    for (let at = path; ; at = dirname(at)) {
      if (hidden.has(at)) return true;
      if (at === root || at === dirname(at)) return false;
    }
  };
  const refuseHidden = (path: string): void => {
    if (isHidden(path)) throw Object.assign(new Error('not staged'), { code: 'ENOENT' });
  };

  return {
    read(path) {
      const bytes = staged.get(path);
      if (bytes) return bytes;
      refuseHidden(path);
      return disk.read(path);
    },
    stat(path) {
      const bytes = staged.get(path);
      if (bytes) return { size: bytes.length, isFile: () => true, isDirectory: () => false };
      if (folders.has(path)) return { size: 0, isFile: () => false, isDirectory: () => true };
      refuseHidden(path);
      return disk.stat(path);
    },
    realpath(path) {
      return staged.has(path) || folders.has(path) ? path : disk.realpath(path);
    },
    list(path) {
      const added = folders.get(path);
      if (!added) refuseHidden(path);
      const entries = new Map<string, DirectoryEntry>();
      try {
        for (const entry of disk.list(path)) if (!isHidden(join(path, entry.name))) entries.set(entry.name, entry);
      } catch (cause) {
        if (!added) throw cause;
      }
      for (const [name, kind] of added ?? []) entries.set(name, entryOf(name, kind));
      return [...entries.values()];
    },
  };
}

function entryOf(name: string, kind: 'file' | 'folder'): DirectoryEntry {
  return { name, isFile: () => kind === 'file', isDirectory: () => kind === 'folder', isSymbolicLink: () => false };
}

interface Differences {
  /** What is staged of files that are otherwise in the work tree, or not there any more. */
  readonly staged: ReadonlyMap<string, Buffer>;
  /** What no commit would hold. */
  readonly hidden: ReadonlySet<string>;
}

async function differences(git: Git, root: string): Promise<Differences> {
  const hidden = new Set<string>();
  const objects = new Map<string, string>();
  const [raw, untracked] = await Promise.all([
    git.list(['diff-files', '--raw', '-z', '--no-renames', '--no-abbrev', '--ignore-submodules']),
    git.list(['ls-files', '--others', '--exclude-standard', '--directory', '--no-empty-directory', '-z']),
  ]);
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [, mode, object, status] = /^:(\d+) \d+ ([0-9a-f]+) [0-9a-f]+ (\w)/.exec(raw[at]!) ?? [];
    const path = join(root, raw[at + 1]!);
    // Nothing of it is staged yet (`git add --intent-to-add`), or it is a link or in conflict.
    if (status === 'A' || status === 'U' || !mode?.startsWith('100')) hidden.add(path);
    else objects.set(path, object!);
  }
  for (const file of untracked) hidden.add(join(root, file.replace(/\/$/, '')));
  return { staged: await contents(git, objects), hidden };
}

/** What objects hold, asked for in one go. */
async function contents(git: Git, objects: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Buffer>> {
  if (objects.size === 0) return new Map();
  const answer = await git.ask(['cat-file', '--batch'], { input: `${[...objects.values()].join('\n')}\n` });
  const found = new Map<string, Buffer>();
  let at = 0;
  for (const path of objects.keys()) {
    const end = answer.indexOf(10, at);
    const size = Number(/ blob (\d+)$/.exec(answer.toString('latin1', at, end))?.[1]);
    if (Number.isNaN(size)) {
      at = end + 1;
      continue;
    }
    found.set(path, answer.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return found;
}
