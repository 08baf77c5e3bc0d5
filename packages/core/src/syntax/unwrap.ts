import type { TSESTree } from '@typescript-eslint/types';

/** The expression without what changes its type but not its value: `as`, `!`, `satisfies`, parentheses, optional chaining. */
export function unwrap(node: TSESTree.Node): TSESTree.Node {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
    case 'TSInstantiationExpression':
    case 'ChainExpression':
      return unwrap(node.expression);
    default:
      // Some parsers keep parentheses as a node that the ESTree types do not have.
      return (node.type as string) === 'ParenthesizedExpression'
        ? unwrap((node as unknown as { expression: TSESTree.Node }).expression)
        : node;
  }
}

/** Like `unwrap`, and through `await`: what the promise resolves to. */
export function unwrapAwait(node: TSESTree.Node): TSESTree.Node {
  const inner = unwrap(node);
  return inner.type === 'AwaitExpression' ? unwrapAwait(inner.argument) : inner;
}

/** The outermost node that `unwrap` would bring back to this one: climbs over casts and parentheses. */
export function wrapped(node: TSESTree.Node): TSESTree.Node {
  const parent = node.parent;
  return parent && parent !== node && unwrap(parent) === unwrap(node) ? wrapped(parent) : node;
}
