import type { TSESTree } from '@typescript-eslint/types';
import { propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import { chainEnd } from './settlement.ts';

/**
 * Whether the error of a query would take the place of the one that its transaction failed with: it stands in a `finally` inside the
 * callback, and nothing catches what it throws.
 *
 * @param callback of the transaction; where there is none, nothing is known of what went before
 */
export function hidesError(node: TSESTree.Node, callback: TSESTree.Node | undefined): boolean {
  if (!callback || isCaught(node)) return false;
  let below = node;
  for (let at = node.parent; at && at !== callback; below = at, at = at.parent) {
    if (at.type !== 'TryStatement') continue;
    if (at.finalizer === below) return true;
    if (at.block === below && at.handler) return false;
  }
  return false;
}

/** `tx.execute(..).catch(() => {})` */
function isCaught(node: TSESTree.Node): boolean {
  const last = unwrap(chainEnd(node));
  return last.type === 'CallExpression' && last.callee.type === 'MemberExpression' && propertyName(last.callee) === 'catch';
}
