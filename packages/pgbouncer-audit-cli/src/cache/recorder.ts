import { createHash } from 'node:crypto';
import { type Stats, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { disk } from '../files/disk.ts';
import type { DirectoryEntry, FileView } from '../files/view.ts';
import { type Answer, type Stamp, stampLength, type StoredAnswers } from './stored-answers.ts';

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
    return this.#answered('r', path, this.#stamp(path), () => {
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
    return this.#answered('l', path, this.#stamp(path), () => {
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

  #stamp(path: string): Stamp | undefined {
    const stat = statOf(path);
    return stat && stampOf(stat);
  }

  /** What was asked, without what follows from the rest: thousands of names that an import might have meant, and that no folder holds. */
  answers(): readonly Answer[] {
    return [...this.#answers.values()].filter(([question, path, answer]) => {
      if (answer === 'ENOENT' && !this.#isOwn(path) && this.#isKnownToBeAbsent(path)) return false;
      if (question !== 's') return true;
      if (this.#answers.has(`r\0${path}`)) return false;
      if (answer === 'ENOENT') return true;
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
 * @returns `unchanged`, or the answers with newer stamps, where all of them are the same; `undefined` where one is another now
 */
export function stillTrue(stored: StoredAnswers, isOwn: (path: string) => boolean): readonly Answer[] | 'unchanged' | undefined {
  const { questions, paths, stamps } = stored;
  const fresh = Date.now() - tooFresh;
  const renewed = new Map<number, Answer>();
  for (const [index, path] of paths.entries()) {
    const question = questions[index] as Answer[0];
    // Before it is asked: a stamp must not be that of a later change.
    const stat = question === 'r' || question === 'l' ? statOf(path) : undefined;
    const at = index * stampLength;
    if (
      stat !== undefined &&
      stat.size === stamps[at] &&
      stat.mtimeMs === stamps[at + 1] &&
      stat.ctimeMs === stamps[at + 2] &&
      stat.ino === stamps[at + 3] &&
      stat.ctimeMs <= fresh
    ) {
      continue;
    }
    const answer = stored.answers()[index]!;
    if (answerNow(question, path, isOwn) !== answer) return undefined;
    const stamp = stat && stampOf(stat);
    if (stamp) renewed.set(index, [question, path, answer, stamp]);
  }
  return renewed.size === 0 ? 'unchanged' : paths.map((_, index) => renewed.get(index) ?? stored.at(index));
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

function statOf(path: string): Stats | undefined {
  try {
    // Most of what is asked for twice is there; an error for what is not would cost ten times as much.
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** None for what was changed just now. */
function stampOf({ size, mtimeMs, ctimeMs, ino }: Stats): Stamp | undefined {
  return ctimeMs > Date.now() - tooFresh ? undefined : [size, mtimeMs, ctimeMs, ino];
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
