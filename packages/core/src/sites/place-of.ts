import type { TSESTree } from '@typescript-eslint/types';
import type { Located } from '../evaluate/meaning.ts';
import type { Place } from '../place.ts';

/** Where a node stands. */
export function place(at: Located): Place {
  return { file: at.file.path, range: [at.node.range[0], at.node.range[1]] };
}

/** The identity of a variable or construction: where it is declared. */
export function rootOf(file: string, node: TSESTree.Node): string {
  return `${file}:${node.range[0]}`;
}
