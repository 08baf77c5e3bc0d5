import type { Range } from '../place.ts';
import { grammar, type Token } from './grammar.ts';
import type { Fact } from './script.ts';
import type { SqlText } from './sql-text.ts';

/** A fact, and where it stands in the text that was read. */
export interface Found {
  readonly at: number;
  readonly fact: Fact;
}

/**
 * One statement of a text that the grammar has read: its tokens, and how the locations of its tree map to the text.
 * The tree says what a statement does, the tokens say which words say so.
 */
export class Reading {
  readonly text: SqlText;
  readonly inside: 'do' | undefined;
  /** Turns a location of the parse tree into an offset of the text. */
  readonly offset: (location: number) => number;
  readonly start: number;
  readonly end: number;
  #tokens: readonly Token[] | undefined;

  constructor(text: SqlText, span: { start: number; end: number }, offset: (location: number) => number, inside?: 'do') {
    this.text = text;
    this.start = span.start;
    this.end = span.end;
    this.offset = offset;
    this.inside = inside;
  }

  /** The statement's tokens, with offsets of the text. */
  get tokens(): readonly Token[] {
    this.#tokens ??= (grammar.scan(this.text.sql.slice(this.start, this.end)) ?? [])
      .filter((token) => token.text !== ';')
      .map((token) => ({ ...token, start: token.start + this.start, end: token.end + this.start }));
    return this.#tokens;
  }

  /** The same statement from one of its tokens on, as in `EXPLAIN ANALYZE EXECUTE q`. */
  from(token: number): Reading {
    return new Reading(this.text, { start: this.tokens[token]?.start ?? this.start, end: this.end }, this.offset, this.inside);
  }

  indexAt(location: number): number {
    const offset = this.offset(location);
    return this.tokens.findIndex((token) => token.start === offset);
  }

  /** Whether the words stand at a token. */
  has(at: number, ...words: readonly string[]): boolean {
    return words.every((word, index) => this.tokens[at + index]?.text === word);
  }

  /** The first token at or after `from` where the words stand; -1 for none. */
  find(from: number, ...words: readonly string[]): number {
    return this.tokens.findIndex((_, index) => index >= from && this.has(index, ...words));
  }

  /** The last token of the (qualified) name that begins at a token. */
  endOfName(at: number): number {
    let last = at;
    while (this.has(last + 1, '.') && this.tokens[last + 2] !== undefined) last += 2;
    return last;
  }

  /** The offsets from one token to another, both included. */
  span(first: number, last: number): readonly [start: number, end: number] {
    return [this.tokens[first]?.start ?? this.start, this.tokens[Math.min(last, this.tokens.length - 1)]?.end ?? this.end];
  }

  range(first: number, last = first): Range {
    return this.text.range(...this.span(first, last));
  }

  isUnknown(first: number, last = first): boolean {
    return this.text.unknown(...this.span(first, last)) !== undefined;
  }

  /** Makes the fact that the tokens from `first` to `last` say. */
  found<const F extends DistributiveOmit<Fact, 'range' | 'head' | 'inside'>>(first: number, last: number, fact: F): Found {
    const [start, end] = this.span(first, last);
    const where = { range: this.text.range(start, end), head: this.text.written(start, end) };
    return { at: start, fact: { ...fact, ...where, ...(this.inside && { inside: this.inside }) } };
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
