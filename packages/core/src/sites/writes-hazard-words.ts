import type { TSESTree } from '@typescript-eslint/types';
import { mayHoldFact } from '../sql/vocabulary.ts';
import { isFunction } from '../syntax/functions.ts';
import { walk } from '../syntax/walk.ts';

/** Whether a string or a template in an expression has the words of a hazard; what stands in functions does not count. */
export function writesHazardWords(root: TSESTree.Node): boolean {
  let found = false;
  walk(root, (node) => {
    if (found || isFunction(node)) return false;
    if (node.type === 'TemplateElement') found = mayHoldFact(node.value.raw);
    else if (node.type === 'Literal' && typeof node.value === 'string') found = mayHoldFact(node.value);
    return !found;
  });
  return found;
}
