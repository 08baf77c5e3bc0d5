import type { TSESTree } from '@typescript-eslint/types';
import type { SourceFile } from '../source-file.ts';
import { argumentOf, isFunction } from '../syntax/functions.ts';
import { label, propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';

/** A loop whose length the source does not tell. */
export interface Loop {
  /** What it goes through; left out for one that only its body ends. */
  readonly over?: string;
}

/**
 * The innermost loop around a node.
 *
 * @param until the callback of the transaction, or the function: a loop around that is one of transactions
 */
export function loopOf(node: TSESTree.Node, until: TSESTree.Node, file: SourceFile): Loop | undefined {
  for (let at = node; at.parent && at !== until; at = at.parent) {
    const parent = at.parent;
    if ((parent.type === 'WhileStatement' || parent.type === 'DoWhileStatement') && parent.body === at) {
      const test = unwrap(parent.test);
      if (test.type === 'Literal' && test.value) return {};
      continue;
    }
    if (parent.type === 'ForStatement' && parent.body === at && !parent.test) return {};
    if (parent.type === 'ForOfStatement' && parent.body === at && unwrap(parent.right).type !== 'ArrayExpression')
      return { over: label(file.text, parent.right.range, 40) };
    if (isFunction(at)) {
      const call = argumentOf(at)?.call;
      const method = call?.callee.type === 'MemberExpression' ? propertyName(call.callee) : undefined;
      if (method !== 'map' && method !== 'forEach') continue;
      const { object } = call!.callee as TSESTree.MemberExpression;
      if (unwrap(object).type !== 'ArrayExpression') return { over: label(file.text, object.range, 40) };
    }
  }
  return undefined;
}
