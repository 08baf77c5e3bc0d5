import type { ScopeManager, Variable } from '@typescript-eslint/scope-manager';
import type { TSESTree } from '@typescript-eslint/types';
import type { SourceFile } from '../source-file.ts';

/** The variable a name means at the place it stands, through the scopes around it. */
export function variableOf(identifier: TSESTree.Identifier | TSESTree.JSXIdentifier, file: SourceFile): Variable | undefined {
  for (let node: TSESTree.Node | undefined = identifier; node; node = node.parent) {
    // `inner` is the scope of a function's body, which sees its parameters too.
    const scope = acquire(file.scopes, node);
    if (!scope) continue;
    for (let at: typeof scope | null = scope; at; at = at.upper) {
      const found = at.set.get(identifier.name);
      if (found) return found.defs.length > 0 ? found : undefined;
    }
    return undefined;
  }
  return undefined;
}

function acquire(scopes: ScopeManager, node: TSESTree.Node) {
  return scopes.acquire(node, true);
}

export type { Variable };

/** The steps from a pattern's root to a name in it: `{ a: { b } }` and `b` give `['a', 'b']`, `[x, y]` and `y` give `[1]`. */
export type PatternPath = readonly (string | number)[];

/**
 * @returns the path, or `undefined` when the name is not in the pattern or is reached by a rest element
 */
export function patternPath(pattern: TSESTree.Node, name: TSESTree.Node): PatternPath | undefined {
  switch (pattern.type) {
    case 'Identifier':
      return pattern === name ? [] : undefined;
    case 'AssignmentPattern':
      return patternPath(pattern.left, name);
    case 'TSParameterProperty':
      return patternPath(pattern.parameter, name);
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        if (property.type !== 'Property') continue;
        const below = patternPath(property.value, name);
        if (!below) continue;
        const key = property.key;
        if (property.computed && key.type !== 'Literal') return undefined;
        return [key.type === 'Identifier' ? key.name : String((key as TSESTree.Literal).value), ...below];
      }
      return undefined;
    case 'ArrayPattern': {
      for (const [index, element] of pattern.elements.entries()) {
        const below = element && patternPath(element, name);
        if (below) return [index, ...below];
      }
      return undefined;
    }
    default:
      return undefined;
  }
}

/** True when the variable is written once, where it is declared: its initial value is its value. */
export function isConstant(variable: Variable): boolean {
  const writes = variable.references.filter((reference) => reference.isWrite());
  return writes.length <= 1 && writes.every((reference) => reference.init === true);
}
