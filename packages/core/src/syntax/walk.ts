import type { TSESTree } from '@typescript-eslint/types';

/** Keys of a node that do not lead to its children. */
const notChildren: ReadonlySet<string> = new Set(['type', 'parent', 'range', 'loc', 'start', 'end', 'tokens', 'comments', 'raw', 'value']);

function isNode(value: unknown): value is TSESTree.Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** The children of a node in the order of the source. */
function children(node: TSESTree.Node): TSESTree.Node[] {
  const found: TSESTree.Node[] = [];
  for (const key in node) {
    // `value` is a constant in literals and template chunks, and a child in properties.
    if (notChildren.has(key) && (key !== 'value' || node.type === 'Literal' || node.type === 'TemplateElement')) continue;
    const value = (node as unknown as Record<string, unknown>)[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) found.push(item);
    } else if (isNode(value)) {
      found.push(value);
    }
  }
  return found;
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
    const below = children(node);
    for (let i = below.length - 1; i >= 0; i--) stack.push(below[i]!);
  }
}
