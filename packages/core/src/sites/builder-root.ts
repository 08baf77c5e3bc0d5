import type { TSESTree } from '@typescript-eslint/types';
import type { SourceFile } from '../source-file.ts';
import { unwrap } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { handleOf } from './handle-of.ts';
import { operationOf, relationalRoot } from './operation.ts';
import type { Handle } from './site.ts';

/** The handle that a chain of calls builds a query on: `db.select().from(orders).where(..)`, `db.query.orders.findMany(..)`. */
export function builderRoot(call: TSESTree.CallExpression, file: SourceFile, world: World): Handle | undefined {
  let at: TSESTree.Node = call;
  while (at.type === 'CallExpression') {
    const callee: TSESTree.Node = unwrap(at.callee);
    if (callee.type !== 'MemberExpression') return undefined;
    const operation = operationOf(at, file, world);
    if (operation?.operation.does === 'builder') return operation.handle;
    const root = relationalRoot(callee);
    if (root) return handleOf({ node: root, file }, world);
    at = unwrap(callee.object);
  }
  return undefined;
}
