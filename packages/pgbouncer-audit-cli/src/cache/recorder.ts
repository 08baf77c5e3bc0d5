import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { disk } from '../files/disk.ts';
import type { DirectoryEntry, FileView } from '../files/view.ts';

/**
 * One question that was asked of the disk, with its answer: what a path is (`s`), what a file holds (`r`), what a folder holds (`l`), where
 * links lead (`p`). The stamp, where there is one, says that the answer is still the same without asking again.
 */
export type Answer = readonly [question: 's' | 'r' | 'l' | 'p', path: string, answer: string, stamp?: Stamp];

/** Size, times and identity of a path, as numbers: thousands of them are compared, and none is printed. */
type Stamp = readonly [size: number, modified: number, changed: number, inode: number];

/** A file that was changed so shortly before it was looked at may be changed again without a new time. */
const tooFresh = 2_000;

/** Above this the size of a file alone may decide what becomes of it. */
const remarkableSize = 1_000_000;

/** The files of the disk, with a record of everything that was asked of them. */
export class Recorder implements FileView {
  readonly #answers = new Map<string, Answer>();
  readonly #listings = new Map<string, ReadonlyMap<string, string>>();
  readonly #isOwn: (path: string) => boolean;
  /** Some text that was read speaks of a last day, so that the answer may be another one tomorrow. */
  dependsOnDay = false;

  /** @param isOwn whether this tool writes the path itself: it is no news when it comes or goes */
  constructor(isOwn: (path: string) => boolean) {
    this.#isOwn = isOwn;
  }

  read(path: string): Buffer {
    const stamp = stampOf(path);
    return this.#answered('r', path, stamp, () => {
      const bytes = disk.read(path);
      if (bytes.includes('until=')) this.dependsOnDay = true;
      return [bytes, hashOf(bytes)];
    });
  }

  stat(path: string): ReturnType<FileView['stat']> {
    return this.#answered('s', path, undefined, () => {
      const stat = disk.stat(path);
      return [stat, kindOf(stat)];
    });
  }

  list(path: string): readonly DirectoryEntry[] {
    const stamp = stampOf(path);
    return this.#answered('l', path, stamp, () => {
      const entries = disk.list(path);
      this.#listings.set(path, new Map(entries.map((entry) => [entry.name, kindOf(entry)])));
      return [entries, listingOf(path, entries, this.#isOwn)];
    });
  }

  realpath(path: string): string {
    return this.#answered('p', path, undefined, () => {
      const real = disk.realpath(path);
      return [real, real];
    });
  }

  /** What was asked, without what follows from the rest: thousands of names that an import might have meant, and that no folder holds. */
  answers(): readonly Answer[] {
    return [...this.#answers.values()].filter(([question, path, answer]) => {
      if (question !== 's') return true;
      if (this.#answers.has(`r\0${path}`)) return false;
      if (answer === 'ENOENT') return !this.#isKnownToBeAbsent(path);
      const [kind, size] = answer.split(' ');
      return this.#listings.get(dirname(path))?.get(basename(path)) !== kind || Number(size) > remarkableSize;
    });
  }

  /** A folder above it was listed, and does not hold the next part of the path. */
  #isKnownToBeAbsent(path: string): boolean {
    for (let at = path; at !== dirname(at); at = dirname(at)) {
      const listed = this.#listings.get(dirname(at));
      if (listed) return !listed.has(basename(at));
    }
    return false;
  }

  #answered<T>(question: Answer[0], path: string, stamp: Stamp | undefined, ask: () => [value: T, answer: string]): T {
    const key = `${question}\0${path}`;
    try {
      const [value, answer] = ask();
      this.#answers.set(key, stamp === undefined ? [question, path, answer] : [question, path, answer, stamp]);
      return value;
    } catch (cause) {
      this.#answers.set(key, [question, path, errorOf(cause)]);
      throw cause;
    }
  }
}

/**
 * Asks the disk again.
 *
 * @returns the answers with their newest stamps, or `undefined` where one of them is another now
 */
export function stillTrue(
  answers: readonly Answer[],
  isOwn: (path: string) => boolean,
): { answers: readonly Answer[]; renewed: boolean } | undefined {
  let renewed = false;
  const now: Answer[] = [];
  for (const before of answers) {
    const [question, path, answer, stamp] = before;
    const newStamp = question === 'r' || question === 'l' ? stampOf(path) : undefined;
    if (isSame(stamp, newStamp)) {
      now.push(before);
      continue;
    }
    if (answerNow(question, path, isOwn) !== answer) return undefined;
    renewed ||= newStamp !== undefined;
    now.push(newStamp === undefined ? [question, path, answer] : [question, path, answer, newStamp]);
  }
  return { answers: now, renewed };
}

function answerNow(question: Answer[0], path: string, isOwn: (path: string) => boolean): string {
  try {
    switch (question) {
      case 'r':
        return hashOf(disk.read(path));
      case 's':
        return kindOf(disk.stat(path));
      case 'l':
        return listingOf(path, disk.list(path), isOwn);
      case 'p':
        return disk.realpath(path);
    }
  } catch (cause) {
    return errorOf(cause);
  }
}

/** None where a path is not there, or was changed just now. */
function stampOf(path: string): Stamp | undefined {
  try {
    // Most of what is asked for twice is there; an error for what is not would cost ten times as much.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat || stat.ctimeMs > Date.now() - tooFresh) return undefined;
    return [stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino];
  } catch {
    return undefined;
  }
}

function isSame(one: Stamp | undefined, other: Stamp | undefined): boolean {
  return one !== undefined && other !== undefined && one.every((value, at) => value === other[at]);
}

function kindOf(entry: { readonly size?: number | bigint; isFile(): boolean; isDirectory(): boolean; isSymbolicLink?(): boolean }): string {
  if (entry.isSymbolicLink?.()) return 'link';
  if (entry.isDirectory()) return 'directory';
  return entry.isFile() ? (entry.size === undefined ? 'file' : `file ${entry.size}`) : 'other';
}

function listingOf(path: string, entries: readonly DirectoryEntry[], isOwn: (path: string) => boolean): string {
  const names = entries.filter(({ name }) => !isOwn(`${path}/${name}`)).map((entry) => `${kindOf(entry)} ${entry.name}`);
  return hashOf(names.sort().join('\0'));
}

function hashOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 27);
}

function errorOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'error';
}
