import type { Range } from '../place.ts';
import type { ConstantPart, HolePart, StaticText } from './static-text.ts';

/**
 * Something in a text that is not known: a hole of the source (`part` is its index), or a mark that the client replaces
 * before PostgreSQL sees the text (`?`, `:name`, `%I`).
 */
export interface Unknown {
  readonly part?: number;
  readonly start: number;
  readonly end: number;
}

/** A text as the grammar reads it, and what each piece of it is in the source. Offsets are UTF-16 units of `sql`. */
export interface SqlText {
  readonly sql: string;
  /** The source range of a piece. */
  range(start: number, end: number): Range;
  /** A piece as the source has it, on one line, with `${..}` for its holes. */
  written(start: number, end: number): string;
  /** The first unknown that a piece touches. */
  unknown(start: number, end: number): Unknown | undefined;
}

/**
 * What is put in the place of a hole, for the grammar to read the text around it. Which of them the grammar takes depends
 * on the place: see `formsByRole`.
 */
const placeholders = {
  parameter: '$1',
  identifier: 'hole_',
  nothing: '',
  literal: "'hole_'",
  list: '(hole_)',
  assignment: 'hole_ = hole_',
  query: 'SELECT',
  isolation: 'READ COMMITTED',
  access: 'READ ONLY',
} as const;

export type Form = keyof typeof placeholders;

const rawForms: readonly Form[] = ['identifier', 'parameter', 'nothing', 'literal', 'list', 'assignment', 'query', 'isolation', 'access'];

/** In the order they are tried. A bound value is `$n` on the wire; only if that cannot stand there, the rest is read as well as may be. */
export const formsByRole: Readonly<Record<HolePart['role'], readonly Form[]>> = {
  value: ['parameter', 'identifier', 'literal', 'nothing', 'list', 'isolation', 'access'],
  identifier: ['identifier', 'nothing'],
  text: rawForms,
  unknown: rawForms,
};

/** Whether a name of the parse tree is made of a placeholder or of a client's mark. */
export function isMadeUp(name: string): boolean {
  return name.includes(placeholders.identifier) || /^_*$/.test(name);
}

/** A part of a static text, or what `from` and `to` leave of a constant. */
interface Piece {
  readonly part: number;
  readonly start: number;
  readonly end: number;
  /** Where the piece begins in its constant. */
  readonly from: number;
}

/** A stretch of a static text: `from` and `to` are offsets in the constants with these part indexes. */
export interface Window {
  readonly from: { readonly part: number; readonly offset: number };
  readonly to: { readonly part: number; readonly offset: number };
}

/** Neighbours in the source are no further apart than the quotes, braces, operators and blanks between two parts of one text. */
const widestGap = 80;
const longestHead = 72;

/** A static text (or a window of it) with placeholders for its holes. */
export class AssembledText implements SqlText {
  readonly sql: string;
  readonly #text: StaticText;
  readonly #pieces: readonly Piece[];

  /** @param forms the form of each part that is a hole, by part index */
  constructor(text: StaticText, forms: ReadonlyMap<number, Form>, window: Window = wholeOf(text)) {
    let sql = '';
    const pieces: Piece[] = [];
    for (let part = window.from.part; part <= window.to.part; part++) {
      const content = text.parts[part];
      if (content === undefined) break;
      const from = part === window.from.part ? window.from.offset : 0;
      const to = part === window.to.part ? window.to.offset : undefined;
      const start = sql.length;
      sql += content.kind === 'constant' ? content.value.slice(from, to) : placeholders[forms.get(part) ?? 'identifier'];
      pieces.push({ part, start, end: sql.length, from });
    }
    this.sql = sql;
    this.#text = text;
    this.#pieces = pieces;
  }

  range(start: number, end: number): Range {
    const first = this.#pieceAt(start);
    const last = this.#pieceAt(Math.max(start, end - 1));
    if (first === undefined || last === undefined) return this.#text.at;
    const here = this.#rangeIn(first, start, first === last ? end : first.end);
    if (first === last || here === undefined) return here ?? this.#text.at;
    const there = this.#rangeIn(last, last.start, end);
    // Parts that come from different places of the source have no range in common: the first of them stands for all.
    return there !== undefined && this.#areNeighbours(first.part, last.part) ? [here[0], there[1]] : here;
  }

  written(start: number, end: number): string {
    const words = this.#pieces
      .filter((piece) => piece.start < end && piece.end > start)
      .map((piece) => {
        const part = this.#text.parts[piece.part]!;
        return part.kind === 'hole' ? `\${${part.label}}` : this.sql.slice(Math.max(start, piece.start), Math.min(end, piece.end));
      });
    return oneLine(words.join(''));
  }

  unknown(start: number, end: number): Unknown | undefined {
    return this.#pieces.find(
      (piece) =>
        this.#text.parts[piece.part]!.kind === 'hole' &&
        (piece.start === piece.end ? start < piece.start && piece.end < end : piece.start < end && start < piece.end),
    );
  }

  /** Part and offset in it of an offset that stands in a constant. */
  placeOf(offset: number): Window['from'] {
    const piece = this.#pieceAt(offset) ?? this.#pieces.at(-1)!;
    return { part: piece.part, offset: piece.from + offset - piece.start };
  }

  /** The hole to blame when the grammar stops at an offset: the holes up to there, nearest first, and then the others. */
  suspects(stoppedAt: number): number[] {
    const holes = this.#pieces.filter((piece) => this.#text.parts[piece.part]!.kind === 'hole');
    const before = holes.filter((piece) => piece.start <= stoppedAt).reverse();
    return [...before, ...holes.filter((piece) => piece.start > stoppedAt)].map((piece) => piece.part);
  }

  #pieceAt(offset: number): Piece | undefined {
    return this.#pieces.find((piece) => piece.start <= offset && offset < piece.end);
  }

  #rangeIn(piece: Piece, start: number, end: number): Range | undefined {
    const part = this.#text.parts[piece.part]!;
    if (part.kind === 'hole' || part.range === undefined) return part.range;
    return [
      sourceOffset(part, part.range, piece.from + start - piece.start),
      sourceOffset(part, part.range, piece.from + end - piece.start),
    ];
  }

  #areNeighbours(first: number, last: number): boolean {
    for (let part = first; part < last; part++) {
      const here = this.#text.parts[part]!.range;
      const next = this.#text.parts[part + 1]!.range;
      if (here === undefined || next === undefined || next[0] < here[1] || next[0] - here[1] > widestGap) return false;
    }
    return true;
  }
}

/** A text in which some characters are read as others, one for one. Where the two differ stands something unknown. */
export class RewrittenText implements SqlText {
  readonly sql: string;
  readonly #original: SqlText;

  constructor(original: SqlText, sql: string) {
    this.sql = sql;
    this.#original = original;
  }

  range(start: number, end: number): Range {
    return this.#original.range(start, end);
  }

  written(start: number, end: number): string {
    return this.#original.written(start, end);
  }

  unknown(start: number, end: number): Unknown | undefined {
    const unknown = this.#original.unknown(start, end);
    if (unknown !== undefined) return unknown;
    return this.sql.slice(start, end) === this.#original.sql.slice(start, end) ? undefined : { start, end };
  }
}

/** A text that stands nowhere in the source in this form, such as the value of an escaped string: all of it has one range. */
export class DetachedText implements SqlText {
  readonly sql: string;
  readonly #range: Range;

  constructor(sql: string, range: Range) {
    this.sql = sql;
    this.#range = range;
  }

  range(): Range {
    return this.#range;
  }

  written(start: number, end: number): string {
    return oneLine(this.sql.slice(start, end).replaceAll(placeholders.identifier, '…'));
  }

  unknown(start: number, end: number): Unknown | undefined {
    return this.sql.slice(start, end).includes(placeholders.identifier) ? { start, end } : undefined;
  }
}

/** A piece of another text behind some words that make the grammar read it. */
export class FramedText implements SqlText {
  readonly sql: string;
  readonly #inner: SqlText;
  readonly #shift: number;

  constructor(frame: string, inner: SqlText, start = 0, end = inner.sql.length) {
    this.sql = frame + inner.sql.slice(start, end);
    this.#inner = inner;
    this.#shift = start - frame.length;
  }

  range(start: number, end: number): Range {
    return this.#inner.range(start + this.#shift, end + this.#shift);
  }

  written(start: number, end: number): string {
    return this.#inner.written(start + this.#shift, end + this.#shift);
  }

  unknown(start: number, end: number): Unknown | undefined {
    const unknown = this.#inner.unknown(start + this.#shift, end + this.#shift);
    return unknown && { ...unknown, start: unknown.start - this.#shift, end: unknown.end - this.#shift };
  }
}

export function wholeOf({ parts }: StaticText): Window {
  return { from: { part: 0, offset: 0 }, to: { part: parts.length - 1, offset: Number.POSITIVE_INFINITY } };
}

function sourceOffset({ offsets }: ConstantPart, range: Range, index: number): number {
  return offsets === undefined ? range[0] + index : (offsets[index] ?? range[1]);
}

function oneLine(words: string): string {
  const line = words.replace(/\s+/g, ' ').trim();
  return line.length > longestHead ? `${line.slice(0, longestHead - 1).trimEnd()}…` : line;
}
