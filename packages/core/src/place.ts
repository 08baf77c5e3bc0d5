/** A half-open range of UTF-16 offsets into one source text. */
export type Range = readonly [start: number, end: number];

/** A range of one file. `file` is a path as the front end spells it; core compares it, and never opens it. */
export interface Place {
  readonly file: string;
  readonly range: Range;
}
