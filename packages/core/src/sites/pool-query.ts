import type { TSESTree } from '@typescript-eslint/types';
import { calleeOf } from '../evaluate/callee.ts';
import { type Located, propertyValue } from '../evaluate/meaning.ts';
import { bareParameter, type FunctionNode, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';
import { handleOf } from './handle-of.ts';
import { methodRow, operationOf, relationalRoot } from './operation.ts';
import { rootOf } from './place-of.ts';
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
    found = queryAt({ node, file: fn.file }, world, isPool);
    if (!found && node.type === 'CallExpression' && depth < maxDepth && !passesTransaction({ node, file: fn.file }, world)) {
      const callee = calleeOf({ node, file: fn.file }, world.semantics);
      found = callee && (poolQueryOf(callee, world, depth + 1) ?? defaultPoolOf({ node, file: fn.file }, callee, world));
    }
    return !found;
  });
  // How deep the search went depends on where it began: only a whole one is kept.
  if (depth === 0 || found) world.poolQueries.set(fn.node, found);
  else world.poolQueries.delete(fn.node);
  return found;
}

/** Something that holds a handle and is handed to a function, and the query that the function sends on it. */
export interface HandedPool {
  readonly handle: Handle;
  /** The argument, or the property of an object that is one. */
  readonly value: TSESTree.Node;
  readonly query: Located;
}

/** The first pool among the arguments of a call that the function it calls queries, by itself or through what it calls. */
export function handedPoolOf(at: Located<TSESTree.CallExpression>, fn: Located<FunctionNode>, world: World): HandedPool | undefined {
  for (const [index, argument] of at.node.arguments.entries()) {
    const parameter = fn.node.params[index];
    if (!parameter || argument.type === 'SpreadElement') return undefined;
    for (const [value, name] of handedOver(unwrap(argument), bareParameter(parameter))) {
      const handle = handleOf({ node: value, file: at.file }, world);
      if (handle?.kind !== 'pool') continue;
      const query = queryOn(rootOf(fn.file.path, name), fn, world, 0);
      if (query) return { handle, value, query };
    }
  }
  return undefined;
}

/** The first query that a function sends on the pool that is the default of a parameter which a call leaves out. */
export function defaultPoolOf(at: Located<TSESTree.CallExpression>, fn: Located<FunctionNode>, world: World): PoolQuery | undefined {
  if (at.node.arguments.some(({ type }) => type === 'SpreadElement')) return undefined;
  for (const parameter of fn.node.params.slice(at.node.arguments.length)) {
    if (parameter.type !== 'AssignmentPattern' || parameter.left.type !== 'Identifier') continue;
    const handle = handleOf({ node: parameter.right, file: fn.file }, world);
    const query = handle?.kind === 'pool' ? queryOn(rootOf(fn.file.path, parameter.left), fn, world, 0) : undefined;
    if (handle && query) return { handle, at: query };
  }
  return undefined;
}

/** What of an argument becomes which name of the function: `f(db)`, `f({ db, id })` with `function f({ db })`. */
function* handedOver(argument: TSESTree.Node, parameter: TSESTree.Node): Generator<[TSESTree.Node, TSESTree.Identifier]> {
  if (parameter.type === 'Identifier') yield [argument, parameter];
  if (parameter.type !== 'ObjectPattern' || argument.type !== 'ObjectExpression') return;
  for (const property of parameter.properties) {
    if (property.type !== 'Property') continue;
    const name = property.value.type === 'AssignmentPattern' ? property.value.left : property.value;
    const given = propertyValue(argument, propertyName(property) ?? '');
    if (given && name.type === 'Identifier') yield [given, name];
  }
}

/** The first query that a function sends on the handle that came in by a name. */
function queryOn(root: string, fn: Located<FunctionNode>, world: World, depth: number): Located | undefined {
  let found: Located | undefined;
  walk(fn.node.body, (node) => {
    if (found || isFunction(node)) return false;
    const at = { node, file: fn.file };
    if (queryAt(at, world, (handle) => handle.root === root && handle.kind !== 'transaction')) found = at;
    else if (node.type === 'CallExpression' && depth < maxDepth) found = queryBehind(root, { node, file: fn.file }, world, depth);
    return !found;
  });
  return found;
}

function queryBehind(root: string, at: Located<TSESTree.CallExpression>, world: World, depth: number): Located | undefined {
  const index = at.node.arguments.findIndex((argument) => handleOf({ node: unwrap(argument), file: at.file }, world)?.root === root);
  const callee = index < 0 ? undefined : calleeOf(at, world.semantics);
  const parameter = callee?.node.params[index];
  const name = parameter && bareParameter(parameter);
  return name?.type === 'Identifier' ? queryOn(rootOf(callee!.file.path, name), callee!, world, depth + 1) : undefined;
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

const isPool = (handle: Handle) => handle.kind === 'pool';

/** The query that a node sends, if the handle is one that is looked for. */
function queryAt(at: Located, world: World, isWanted: (handle: Handle) => boolean): PoolQuery | undefined {
  const { node, file } = at;
  if (node.type === 'TaggedTemplateExpression') {
    const handle = handleOf({ node: node.tag, file }, world);
    return handle && isWanted(handle) && methodRow(handle, '')?.does === 'tag' && handle.driver !== 'unknown' ? { handle, at } : undefined;
  }
  if (node.type !== 'CallExpression') return undefined;
  const operation = operationOf(node, file, world);
  if (operation) {
    const { does } = operation.operation;
    const sends = does === 'query' || does === 'builder' || does === 'transaction' || does === 'batch';
    return sends && isWanted(operation.handle) ? { handle: operation.handle, at } : undefined;
  }
  const callee = unwrap(node.callee);
  const root =
    callee.type === 'MemberExpression' && /^find(First|Many)$/.test(propertyName(callee) ?? '') ? relationalRoot(callee) : undefined;
  const handle = root && handleOf({ node: root, file }, world);
  return handle && isWanted(handle) ? { handle, at } : undefined;
}
