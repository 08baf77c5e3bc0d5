import type { SourceFile } from '@pgbouncer-audit/core';
import { pushChildren } from '@pgbouncer-audit/core/walk';
import type { Variable } from '@typescript-eslint/scope-manager';
import type { TSESTree } from '@typescript-eslint/types';

/** The innermost node with exactly this range. */
export function nodeAt(root: TSESTree.Node, [start, end]: readonly [number, number]): TSESTree.Node | undefined {
  let found: TSESTree.Node | undefined;
  for (let at: TSESTree.Node | undefined = root; at;) {
    if (at.range[0] === start && at.range[1] === end) found = at;
    const below: TSESTree.Node[] = at.type === 'Program' ? statementsAt(at, start) : [];
    if (at.type !== 'Program') pushChildren(at, below);
    at = below.find(({ range }) => range[0] <= start && end <= range[1]);
  }
  return found;
}

/** The statement of a program that a place lies in: a long file is asked about many places. */
function statementsAt({ body }: TSESTree.Program, start: number): TSESTree.Node[] {
  let low = 0;
  let high = body.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (body[middle]!.range[1] <= start) low = middle + 1;
    else high = middle;
  }
  return body.slice(low, low + 1);
}

/** The variable that a name means where it stands. */
export function variableOf(name: TSESTree.Identifier | TSESTree.JSXIdentifier, { scopes }: SourceFile): Variable | undefined {
  for (let node: TSESTree.Node | undefined = name; node; node = node.parent) {
    for (let scope = scopes.acquire(node, true); scope; scope = scope.upper) {
      const variable = scope.set.get(name.name);
      if (variable) return variable.defs.length > 0 ? variable : undefined;
      if (!scope.upper) return undefined;
    }
  }
  return undefined;
}

/** The expression without what changes only its type, and without `await`. */
export function bare(node: TSESTree.Node): TSESTree.Node {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSNonNullExpression':
    case 'TSSatisfiesExpression':
    case 'TSTypeAssertion':
    case 'TSInstantiationExpression':
    case 'ChainExpression':
      return bare(node.expression);
    case 'AwaitExpression':
      return bare(node.argument);
    default:
      return node;
  }
}

/** The name of a property that the source tells: `a.b`, `a['b']`, `{ b }`, `{ 'b': 1 }`. */
export function keyName(key: TSESTree.Node, computed: boolean): string | undefined {
  if (key.type === 'Literal') return String(key.value);
  if (computed) return undefined;
  if (key.type === 'Identifier') return key.name;
  return key.type === 'PrivateIdentifier' ? `#${key.name}` : undefined;
}

/** The module that `import('x')` or `require('x')` loads. */
export function loadedModule(expression: TSESTree.Node): string | undefined {
  const source =
    expression.type === 'ImportExpression'
      ? expression.source
      : expression.type === 'CallExpression' && expression.callee.type === 'Identifier' && expression.callee.name === 'require'
        ? expression.arguments[0]
        : undefined;
  return source?.type === 'Literal' && typeof source.value === 'string' ? source.value : undefined;
}

/** The name in an import or an export, which may be a string. */
export function nameOf(node: TSESTree.Identifier | TSESTree.StringLiteral): string {
  return node.type === 'Identifier' ? node.name : node.value;
}
