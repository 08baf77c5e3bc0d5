import type { TSESTree } from '@typescript-eslint/types';
import type { Range } from '../place.ts';
import { walk } from './walk.ts';

/** The innermost node whose range is exactly the one given. */
export function nodeAt(root: TSESTree.Node, range: Range): TSESTree.Node | undefined {
  let found: TSESTree.Node | undefined;
  walk(root, (node) => {
    if (node.range[0] > range[0] || node.range[1] < range[1]) return false;
    if (node.range[0] === range[0] && node.range[1] === range[1]) found = node;
    return true;
  });
  return found;
}
