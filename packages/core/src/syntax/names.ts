import type { TSESTree } from '@typescript-eslint/types';
import { unwrap } from './unwrap.ts';

/** The name a property is read or written by, when the source tells it: `a.b`, `a['b']`, `{ b: 1 }`, `{ 'b': 1 }`. */
export function propertyName(
  node:
    TSESTree.MemberExpression | TSESTree.Property | TSESTree.PropertyDefinition | TSESTree.MethodDefinition | TSESTree.TSPropertySignature,
): string | undefined {
  const key: TSESTree.Node = node.type === 'MemberExpression' ? node.property : node.key;
  if (!node.computed) {
    if (key.type === 'Identifier') return key.name;
    if (key.type === 'PrivateIdentifier') return `#${key.name}`;
  }
  if (key.type === 'Literal') return String(key.value);
  return undefined;
}

/** `a.b.c`, `this.db`, or `undefined` for anything that is not a plain path. */
export function dottedPath(node: TSESTree.Node): string | undefined {
  const inner = unwrap(node);
  if (inner.type === 'Identifier') return inner.name;
  if (inner.type === 'ThisExpression') return 'this';
  if (inner.type === 'MemberExpression') {
    const name = propertyName(inner);
    const object = dottedPath(inner.object);
    return name !== undefined && object !== undefined ? `${object}.${name}` : undefined;
  }
  return undefined;
}

/** Source text on one line, shortened to `length` characters, for evidence and messages. */
export function label(text: string, range: readonly [number, number], length = 60): string {
  const line = text.slice(range[0], Math.min(range[1], range[0] + 4 * length)).replace(/\s+/g, ' ');
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}

/** The words of an identifier, lower case: `POSTGRES_URL_NON_POOLING` and `postgresUrlNonPooling` give the same. */
export function words(identifier: string): string[] {
  return identifier
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word.toLowerCase());
}
