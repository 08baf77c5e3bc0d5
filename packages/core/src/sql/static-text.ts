import type { Range } from '../place.ts';

/**
 * What a hole of a text becomes on the way to PostgreSQL.
 * - `value`: a bound parameter; on the wire there is `$n`.
 * - `identifier`: a quoted identifier (`sql.identifier(x)`, postgres.js `sql(x)`).
 * - `text`: pasted in as it is (`${x}` in a plain template, `sql.raw(x)`, `'..' + x`); what it holds is not known.
 * - `unknown`: the driver decides at run time (Drizzle's `${x}` may be a table, a column, a fragment or a value).
 */
export type HoleRole = 'value' | 'identifier' | 'text' | 'unknown';

export interface ConstantPart {
  readonly kind: 'constant';
  readonly value: string;
  /** The source range the value was written at, without its quotes. Absent when the text is from another file. */
  readonly range?: Range;
  /**
   * Source offset of every UTF-16 unit of `value`, and one more for its end. Absent when the value stands in the source
   * unchanged, so that offset `i` is `range[0] + i`.
   */
  readonly offsets?: readonly number[];
}

export interface HolePart {
  readonly kind: 'hole';
  readonly role: HoleRole;
  /** The expression's range in the source. Absent when it is in another file. */
  readonly range?: Range;
  /** What the expression can hold, where it is declared or made as such: text of any kind, a number or Boolean, or something quoted by a function. */
  readonly holds?: 'text' | 'number' | 'quoted';
  /** The expression as written, shortened, for messages. */
  readonly label: string;
}

/** SQL as far as the source tells it: constants and holes in order, each with where it was written. */
export interface StaticText {
  readonly parts: readonly (ConstantPart | HolePart)[];
  /** Where the whole text is used; what a position falls back to when its part has no range. */
  readonly at: Range;
}
