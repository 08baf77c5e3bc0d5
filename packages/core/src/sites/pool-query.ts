import type { TSESTree } from '@typescript-eslint/types';
import { calleeOf } from '../evaluate/callee.ts';
import type { Located } from '../evaluate/meaning.ts';
import { type FunctionNode, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';
import { handleOf } from './handle-of.ts';
import { methodRow, operationOf, relationalRoot } from './operation.ts';
import type { Handle } from './site.ts';

/** A query that a function sends on a pool it was not given: on a client of its module. */
export interface PoolQuery {
  readonly handle: Handle;
  readonly at: Located;
}

/** Calls that are followed, one inside the other. */
const maxDepth = 4;

/** The first query that calling a function sends on a pool, by itself or through what it calls. */
export function poolQueryOf(fn: Located<FunctionNode>, world: World, depth = 0): PoolQuery | undefined {
  if (world.poolQueries.has(fn.node)) return world.poolQueries.get(fn.node);
  // A function that calls itself sends what the rest of it sends.
  world.poolQueries.set(fn.node, undefined);
  let found: PoolQuery | undefined;
  walk(fn.node.body, (node) => {
    if (found) return false;
    // What a callback does may happen later, or in a transaction of its own.
    if (isFunction(node)) return false;
    found = queryAt({ node, file: fn.file }, world);
    if (!found && node.type === 'CallExpression' && depth < maxDepth && !passesTransaction({ node, file: fn.file }, world)) {
      const callee = calleeOf({ node, file: fn.file }, world.semantics);
      found = callee && poolQueryOf(callee, world, depth + 1);
    }
    return !found;
  });
  // How deep the search went depends on where it began: only a whole one is kept.
  if (depth === 0 || found) world.poolQueries.set(fn.node, found);
  else world.poolQueries.delete(fn.node);
  return found;
}

/** Whether a call hands a transaction to the function it calls. */
export function passesTransaction(at: Located<TSESTree.CallExpression>, world: World): boolean {
  return at.node.arguments.some((argument) => {
    const inner = unwrap(argument);
    const values =
      inner.type === 'ObjectExpression'
        ? inner.properties.map((property) => (property.type === 'Property' ? property.value : property.argument))
        : [inner];
    return values.some((value) => handleOf({ node: value, file: at.file }, world)?.kind === 'transaction');
  });
}

function queryAt(at: Located, world: World): PoolQuery | undefined {
  const { node, file } = at;
  if (node.type === 'TaggedTemplateExpression') {
    const handle = handleOf({ node: node.tag, file }, world);
    return handle?.kind === 'pool' && methodRow(handle, '')?.does === 'tag' && handle.driver !== 'unknown' ? { handle, at } : undefined;
  }
  if (node.type !== 'CallExpression') return undefined;
  const operation = operationOf(node, file, world);
  if (operation) {
    const { does } = operation.operation;
    const sends = does === 'query' || does === 'builder' || does === 'transaction' || does === 'batch';
    return sends && operation.handle.kind === 'pool' ? { handle: operation.handle, at } : undefined;
  }
  const callee = unwrap(node.callee);
  const root =
    callee.type === 'MemberExpression' && /^find(First|Many)$/.test(propertyName(callee) ?? '') ? relationalRoot(callee) : undefined;
  const handle = root && handleOf({ node: root, file }, world);
  return handle?.kind === 'pool' ? { handle, at } : undefined;
}
