import type { TSESTree } from '@typescript-eslint/types';

/** Keys that lead to nodes which are no children, or to none. */
const notChildren: ReadonlySet<string> = new Set(['parent', 'range', 'loc', 'tokens', 'comments']);

function isNode(value: unknown): value is TSESTree.Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** Puts the children of a node on a stack, in the order of its properties. */
export function pushChildren(node: TSESTree.Node, stack: TSESTree.Node[]): void {
  for (const key in node) {
    const value = (node as unknown as Record<string, unknown>)[key];
    // Most properties are plain values: these are told before their keys are.
    if (typeof value !== 'object' || value === null || notChildren.has(key)) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) stack.push(item);
    } else if (isNode(value)) {
      stack.push(value);
    }
  }
}

/**
 * Visits a tree depth first without recursion, so that a deep tree cannot overflow the stack.
 *
 * @param enter returns false to leave the node's children out
 */
export function walk(root: TSESTree.Node, enter: (node: TSESTree.Node) => boolean | void): void {
  const stack: TSESTree.Node[] = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (enter(node) === false) continue;
    const first = stack.length;
    pushChildren(node, stack);
    // The first child is to be visited first, so it has to lie on top.
    for (let low = first, high = stack.length - 1; low < high; low++, high--) {
      const child = stack[low]!;
      stack[low] = stack[high]!;
      stack[high] = child;
    }
  }
}
