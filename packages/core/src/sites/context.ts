import type { TSESTree } from '@typescript-eslint/types';
import { type Confidence, weaker } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';
import { isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { type CallerSaid, contextByCallers } from './call-paths.ts';
import { callersOf, passedBy } from './callers.ts';
import { sameConnections } from './connections.ts';
import { framesOf, hasTransactionInStore } from './frames.ts';
import { handleOf } from './handle-of.ts';
import { pinnedBy } from './manual-transaction.ts';
import { operationOf } from './operation.ts';
import type { Handle, TransactionContext } from './site.ts';

function context(state: TransactionContext['state'], confidence: Confidence, text: string): TransactionContext {
  return { state, confidence, evidence: [{ text }] };
}

/** Whether a statement sent on a handle at a place runs in a transaction that pins a server connection. */
export function contextOf(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World, depth = 0): TransactionContext {
  const batch = batchAround(node, file, world);
  if (batch) return context('in', 'certain', `part of \`${batch}\`, which is one transaction`);
  if (handle.fromStore && hasTransactionInStore(node, file, world))
    return context('in', 'certain', 'the transaction is in the store that the handle comes from');
  switch (handle.kind) {
    case 'transaction':
      return context('in', handle.confidence, 'on the handle of a transaction');
    case 'http':
      return context('out', 'certain', 'every call of an HTTP driver is a request of its own');
    case 'pool': {
      // A pool of one connection is a client as far as BEGIN is concerned.
      if (handle.options?.properties.get('max')?.constant === 1 && pinnedBy(handle, node, file, world) === 'in') {
        return context('in', 'certain', 'between BEGIN and COMMIT on the only connection of its pool');
      }
      // Sequelize can carry the transaction to its callback by itself (CLS).
      const carried = handle.driver === 'sequelize' && framesOf(node, file, world).length > 0;
      return context(
        'out',
        carried ? weaker(handle.confidence, 'likely') : handle.confidence,
        'on a pool, where every call may take another connection',
      );
    }
    default: {
      const pinned = pinnedBy(handle, node, file, world);
      if (pinned === 'in') return context('in', 'certain', 'between BEGIN and COMMIT on the same client');
      if (pinned === 'elsewhere') return context('unknown', 'possible', 'the client is given a BEGIN in another function');
      if (!handle.passedIn) {
        if (handle.kind === 'client')
          return context('out', 'certain', 'no transaction is begun on this client; a client does not pin a server connection');
        return pinned === 'out'
          ? context('out', 'likely', 'no transaction is open here')
          : context('unknown', 'possible', 'what the handle is could not be seen');
      }
      return callers(handle, node, file, world, depth) ?? context('unknown', 'possible', 'the caller may have begun a transaction');
    }
  }
}

/** The list of queries that a node is an element of, when the driver sends the list in one transaction. */
function batchAround(node: TSESTree.Node, file: SourceFile, world: World): string | undefined {
  for (let at: TSESTree.Node = node; at.parent && !isStatement(at.parent); at = at.parent) {
    const call = at.parent;
    if (call.type !== 'CallExpression' || call.callee === at) continue;
    const operation = operationOf(call, file, world);
    const does = operation?.operation.does;
    if (operation && (does === 'batch' || (does === 'transaction' && !isFunction(unwrap(at))))) return operation.method;
    if (operation?.handle.driver === 'sequelize' && hasTransactionOption(call)) return 'transaction';
  }
  if (node.type === 'CallExpression' && hasTransactionOption(node)) return 'transaction';
  return undefined;
}

function isStatement(node: TSESTree.Node): boolean {
  return node.type.endsWith('Statement') || isFunction(node) || node.type === 'VariableDeclaration';
}

/** Sequelize and TypeORM style: `query(sql, { transaction })`. */
function hasTransactionOption(call: TSESTree.CallExpression): boolean {
  return call.arguments.some((argument) => {
    const object = unwrap(argument);
    return (
      object.type === 'ObjectExpression' &&
      object.properties.some((property) => property.type === 'Property' && /^(transaction|trx|tx)$/.test(propertyName(property) ?? ''))
    );
  });
}

/** Calls that are followed, one inside the other. */
const maxDepth = 20;

/** What the callers of a function say of the handle that they pass to it. */
function callers(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World, depth: number): TransactionContext | undefined {
  const { root } = handle;
  if (root === undefined || depth > maxDepth) return undefined;
  if (world.contextsByCallers.has(root)) return world.contextsByCallers.get(root);
  const found = callersOf(handle, node, file, world);
  if (found.passed.length === 0) return undefined;
  world.contextsByCallers.set(root, undefined);
  const said: (CallerSaid | undefined)[] = [];
  for (const { argument, call } of found.passed) {
    const given = handleOf(argument, world);
    // A function that calls itself with what it was given says nothing new.
    if (given?.root === root) continue;
    said.push(given && { given, context: contextOf(given, call.node, call.file, world, depth + 1), call });
  }
  const result = contextByCallers(said, found.complete);
  world.contextsByCallers.set(root, result);
  return result;
}

/**
 * A handle that came in as a parameter, with what its callers say of where its connections go: direct, where every one of them passes a
 * direct client.
 */
export function withReachOfCallers(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World): Handle {
  if (!handle.passedIn && handle.options !== undefined) return handle;
  const roots = [handle, ...(handle.underlying ? [handle.underlying] : [])];
  for (const root of roots) {
    const passed = passedBy(root, node, file, world);
    const reaches = new Set(passed?.map(({ argument }) => handleOf(argument, world)?.reach ?? 'unknown'));
    const [reach, ...others] = reaches;
    if (reach === 'direct' && others.length === 0) return { ...handle, reach };
    if (reaches.has('direct') || reaches.has('unknown')) return { ...handle, reach: 'unknown' };
  }
  return handle;
}

/** A handle that came in as a parameter, on top of the one that its callers pass, where all of them pass one with the same connections. */
export function withConnectionsOfCallers(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World): Handle {
  if (!handle.passedIn || handle.kind === 'transaction' || handle.underlying?.root !== undefined) return handle;
  const [first, ...others] = passedBy(handle, node, file, world)?.map(({ argument }) => handleOf(argument, world)) ?? [];
  if (!first || !others.every((other) => other && sameConnections(first, other))) return handle;
  return { ...handle, underlying: first };
}
