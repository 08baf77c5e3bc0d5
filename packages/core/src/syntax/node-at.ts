import type { TSESTree } from '@typescript-eslint/types';
import type { Range } from '../place.ts';
import { walk } from './walk.ts';

/** The innermost node whose range is exactly the one given. */
export function nodeAt(root: TSESTree.Node, range: Range): TSESTree.Node | undefined {
  let found: TSESTree.Node | undefined;
  const isWhole = root.range[0] === range[0] && root.range[1] === range[1];
  const top = root.type === 'Program' && !isWhole ? statementAt(root, range[0]) : root;
  if (!top) return undefined;
  walk(top, (node) => {
    if (node.range[0] > range[0] || node.range[1] < range[1]) return false;
    if (node.range[0] === range[0] && node.range[1] === range[1]) found = node;
    return true;
  });
  return found;
}

/** The statement of a program that a place lies in: a long file is asked about many places. */
function statementAt({ body }: TSESTree.Program, start: number): TSESTree.Node | undefined {
  let low = 0;
  let high = body.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (body[middle]!.range[1] <= start) low = middle + 1;
    else high = middle;
  }
  return body[low];
}
