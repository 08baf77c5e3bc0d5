import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Answer, columns, columnsOf, StoredAnswers } from './stored-answers.ts';

/** A result, and what it rests on. */
export interface NewEntry {
  readonly answers: readonly Answer[];
  /** Set where the result is one of this day only. */
  readonly day?: string;
  /** As JSON. */
  readonly result: Buffer;
}

export interface Entry extends Omit<NewEntry, 'answers'> {
  readonly answers: StoredAnswers;
}

/** What stands before the parts of an entry: how many bytes each of them has. */
interface Header {
  readonly day?: string;
  readonly parts: readonly number[];
}

/**
 * The bytes of an entry. The first line is the hash of the rest, the second a header; then come the columns of the answers and the result, one
 * behind the other.
 *
 * @param root what the paths of the answers start from
 */
export function entryOf({ answers, day, result }: NewEntry, root: string): Buffer {
  const made = columnsOf(answers, root);
  const parts = [...columns.map((column) => made[column]), result];
  const header: Header = { ...(day !== undefined && { day }), parts: parts.map(({ length }) => length) };
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...parts]);
  return Buffer.concat([Buffer.from(`${hashOf(body)}\n`), body]);
}

/** @returns `undefined` for a file that is not there, or not whole */
export function readEntry(file: string, root: string): Entry | undefined {
  try {
    const bytes = readFileSync(file);
    const start = bytes.indexOf('\n') + 1;
    const body = bytes.subarray(start);
    if (bytes.toString('latin1', 0, start) !== `${hashOf(body)}\n`) return undefined;
    let at = body.indexOf('\n') + 1;
    const { day, parts } = JSON.parse(body.toString('utf8', 0, at)) as Header;
    const [questions, stamps, paths, answers, result] = parts.map((length) => body.subarray(at, (at += length))) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    return { ...(day !== undefined && { day }), answers: new StoredAnswers({ questions, stamps, paths, answers }, root), result };
  } catch {
    return undefined;
  }
}

function hashOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
