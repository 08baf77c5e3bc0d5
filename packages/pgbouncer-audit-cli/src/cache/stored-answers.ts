import { isAbsolute, join } from 'node:path';

/**
 * One question that was asked of the disk, with its answer: what a path is (`s`), what a file holds (`r`), what a folder holds (`l`), where
 * links lead (`p`). The stamp, where there is one, says that the answer is still the same without asking again.
 */
export type Answer = readonly [question: 's' | 'r' | 'l' | 'p', path: string, answer: string, stamp?: Stamp];

/** Size, times and identity of a path, as numbers: thousands of them are compared, and none is printed. */
export type Stamp = readonly [size: number, modified: number, changed: number, inode: number];

export const stampLength = 4;

/**
 * Answers as they are kept: in columns, of which a run without a change reads the questions, the paths and the stamps. As JSON, those of a
 * repository of 17,000 files would take as long to read as all its files take to be asked for their status.
 */
export class StoredAnswers {
  /** A letter for each. */
  readonly questions: string;
  readonly paths: readonly string[];
  /** Four for each; not a number where there is none. */
  readonly stamps: Float64Array;
  readonly #answers: () => string;
  #split: readonly string[] | undefined;

  /**
   * @param columns as `columnsOf` makes them
   * @param root what the paths start from
   */
  constructor(columns: Readonly<Record<Column, Buffer>>, root: string) {
    this.questions = columns.questions.toString('latin1');
    const below = folderOf(root);
    this.paths = textsOf(columns.paths.toString()).map((path) => (isAbsolute(path) ? path : below + path));
    // A copy lies where numbers may lie.
    this.stamps = new Float64Array(new Uint8Array(columns.stamps).buffer);
    this.#answers = () => columns.answers.toString();
  }

  answers(): readonly string[] {
    return (this.#split ??= textsOf(this.#answers()));
  }

  at(index: number): Answer {
    const [question, path, answer] = [this.questions[index] as Answer[0], this.paths[index]!, this.answers()[index]!];
    const [size, modified, changed, inode] = this.stamps.subarray(index * stampLength);
    return Number.isNaN(size) ? [question, path, answer] : [question, path, answer, [size!, modified!, changed!, inode!]];
  }
}

/** In the order in which they are kept. */
export const columns = ['questions', 'stamps', 'paths', 'answers'] as const;

type Column = (typeof columns)[number];

/** The columns of answers. */
export function columnsOf(answers: readonly Answer[], root: string): Readonly<Record<Column, Buffer>> {
  const below = folderOf(root);
  const stamps = Float64Array.from(answers.flatMap(([, , , stamp]) => stamp ?? [Number.NaN, Number.NaN, Number.NaN, Number.NaN]));
  return {
    questions: Buffer.from(answers.map(([question]) => question).join('')),
    stamps: Buffer.from(stamps.buffer),
    paths: Buffer.from(answers.map(([, path]) => (path.startsWith(below) ? path.slice(below.length) : path)).join('\0')),
    answers: Buffer.from(answers.map(([, , answer]) => answer).join('\0')),
  };
}

/** With a separator at its end. */
function folderOf(root: string): string {
  return join(root, '/');
}

/** No path has a NUL, and no answer. */
function textsOf(joined: string): string[] {
  return joined === '' ? [] : joined.split('\0');
}
