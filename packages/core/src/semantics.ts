import type { Place } from './place.ts';
import type { SourceFile } from './source-file.ts';

/**
 * What lies beyond the file, asked the way an editor asks: places in, places out. No node of one parser meets a node
 * of another. Every answer may be "not known": `undefined`, or an empty list.
 */
export interface Semantics {
  /** Where the thing named at `place` is declared: the range of the declaration's name. Follows imports, re-exports and aliases to the end. */
  definition(place: Place): Place | undefined;
  /** Whether the import at `place` takes a function or a class that a file of the repository declares; `false` where that is not seen at a glance. */
  isFunction(place: Place): boolean;
  /** Every use of the thing whose declaration's name is at `place`. */
  references(place: Place): readonly Place[];
  /** The type of the expression at `place`, printed as TypeScript prints it. */
  type(place: Place): string | undefined;
  /** The parsed file that a place lies in, for reading what was found there. */
  source(file: string): SourceFile | undefined;
  /** The text of a file that is no source, such as one of SQL that a program reads. */
  text(path: PathInProgram): string | undefined;
}

/** A path as a program writes it. */
export interface PathInProgram {
  /** The file that names it. */
  readonly file: string;
  /** What a relative path starts from: the folder of that file, or the folder that the program is started in. */
  readonly from: 'file' | 'working folder';
  readonly path: string;
}

/** Sees nothing beyond the file at hand: what the editor has. */
export const nothingBeyondTheFile: Semantics = {
  definition: () => undefined,
  isFunction: () => false,
  references: () => [],
  type: () => undefined,
  source: () => undefined,
  text: () => undefined,
};
