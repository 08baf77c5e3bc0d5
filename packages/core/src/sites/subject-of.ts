import type { TSESTree } from '@typescript-eslint/types';
import { propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';

/** Methods of Drizzle that are given the table. */
const takesTable: ReadonlySet<string> = new Set(['from', 'insert', 'update', 'delete']);

/**
 * What a query of Drizzle does to which table: `from users`, `insert users`, `query users`. Two queries of the same subject may be one, however
 * they are written.
 *
 * @param chain the calls that build it, the last one outermost
 */
export function subjectOf(chain: TSESTree.CallExpression): string | undefined {
  for (let node: TSESTree.Node = chain; ;) {
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return undefined;
    const { callee } = node;
    const method = propertyName(callee);
    const table = method !== undefined && takesTable.has(method) ? lastName(node.arguments[0]) : undefined;
    if (table !== undefined) return `${method} ${table}`;
    const object: TSESTree.Node = unwrap(callee.object);
    // `db.query.users.findFirst()`
    if (object.type === 'MemberExpression') {
      const outer = unwrap(object.object);
      const relation = propertyName(object);
      return outer.type === 'MemberExpression' && propertyName(outer) === 'query' && relation !== undefined
        ? `query ${relation}`
        : undefined;
    }
    node = object;
  }
}

function lastName(node: TSESTree.Node | undefined): string | undefined {
  if (node?.type === 'Identifier') return node.name;
  return node?.type === 'MemberExpression' ? propertyName(node) : undefined;
}
