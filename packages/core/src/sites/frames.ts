import type { TSESTree } from '@typescript-eslint/types';
import { calleeOf } from '../evaluate/callee.ts';
import type { Located } from '../evaluate/meaning.ts';
import type { SourceFile } from '../source-file.ts';
import { argumentOf, bareParameter, enclosingFunctions, type FunctionNode } from '../syntax/functions.ts';
import { label, propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, wrapped } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { given, isConnectEvent, connectHookOf, usesOf } from './callback-handle.ts';
import { withConnectionsOfCallers } from './context.ts';
import { handleOf } from './handle-of.ts';
import { operationOf } from './operation.ts';
import type { TransactionFrame } from './site.ts';

/** The transactions in whose callbacks a node stands, innermost first. */
export function framesOf(node: TSESTree.Node, file: SourceFile, world: World): TransactionFrame[] {
  return [...enclosingFunctions(node)].flatMap((fn) => frameOf(fn, file, world) ?? []);
}

/** The transaction whose callback a function is. */
export function frameOf(fn: FunctionNode, file: SourceFile, world: World): TransactionFrame | undefined {
  if (world.frames.has(fn)) return world.frames.get(fn);
  world.frames.set(fn, undefined);
  const frame = readFrame(fn, file, world);
  world.frames.set(fn, frame);
  return frame;
}

function readFrame(fn: FunctionNode, file: SourceFile, world: World): TransactionFrame | undefined {
  const position = argumentOf(fn);
  if (position?.call.type !== 'CallExpression') return undefined;
  const [first] = fn.params;
  const bare = first && bareParameter(first);
  const name = bare?.type === 'Identifier' ? bare : undefined;
  const handle = given({ node: position.call, file }, position.index, 0, name, world);
  if (!handle || handle === 'other' || handle.kind !== 'transaction') {
    const opened = wrapperOf({ node: position.call, file }, position.index, world);
    const wrapper = label(file.text, position.call.callee.range, 40);
    return opened && { call: position.call, callback: fn, on: opened.on, nested: opened.nested, wrapper };
  }
  const on = withConnectionsOfCallers(handle.underlying ?? handle, position.call, file, world);
  return { call: position.call, callback: fn, on, nested: on.kind === 'transaction', ...(name && { parameter: name.name }) };
}

/** Whether a node stands in a function that runs when a pool opens or hands out a connection. */
export function inConnectHook(node: TSESTree.Node, file: SourceFile, world: World): boolean {
  for (const fn of enclosingFunctions(node)) {
    if (connectHookOf(fn, file, world)) return true;
    const position = argumentOf(fn);
    const calls = position ? [position.call] : usesOf(fn, file).map((use) => use.call);
    for (const call of calls) {
      if (call.type !== 'CallExpression') continue;
      const operation = operationOf(call, file, world);
      if (operation?.operation.does === 'on' && isConnectEvent(call, operation.handle)) return true;
    }
  }
  return false;
}

/** Functions that a wrapper may hand its callback on to. */
const maxDepth = 4;

/**
 * The transaction in which the function that is called runs its argument number `index`, where it does not pass the handle on:
 * `inTransaction(work)`, by way of an AsyncLocalStorage or not.
 */
function wrapperOf(at: Located<TSESTree.CallExpression>, index: number, world: World, depth = 0): TransactionFrame | undefined {
  if (storesTransaction(at, world)) return framesOf(at.node, at.file, world)[0];
  const fn = depth < maxDepth ? calleeOf(at, world.semantics) : undefined;
  const parameter = fn?.node.params[index];
  const name = parameter && bareParameter(parameter);
  if (!fn || name?.type !== 'Identifier') return undefined;
  for (const { identifier } of variableOf(name, fn.file)?.references ?? []) {
    const use = wrapped(identifier);
    const call = use.parent;
    if (call?.type !== 'CallExpression') continue;
    const inner = { node: call, file: fn.file };
    // Begun by the wrapper itself, not around it.
    const own = framesOf(call, fn.file, world).find(({ callback }) => isWithin(callback, fn.node));
    if (call.callee === use && own) return own;
    const position = call.arguments.indexOf(use as TSESTree.CallExpressionArgument);
    if (position < 0) continue;
    if (own && storesTransaction(inner, world)) return own;
    const handedOn = wrapperOf(inner, position, world, depth + 1);
    if (handedOn) return handedOn;
  }
  return undefined;
}

/** Whether a call is `store.run(tx, ..)`: what runs in it finds the transaction in the store. */
function storesTransaction({ node, file }: Located<TSESTree.CallExpression>, world: World): boolean {
  const callee = unwrap(node.callee);
  const [stored] = node.arguments;
  if (callee.type !== 'MemberExpression' || propertyName(callee) !== 'run' || !stored || node.arguments.length < 2) return false;
  const inner = unwrap(stored);
  const values =
    inner.type === 'ObjectExpression' ? inner.properties.flatMap((each) => (each.type === 'Property' ? [each.value] : [])) : [inner];
  return values.some((value) => handleOf({ node: value, file }, world)?.kind === 'transaction');
}

function isWithin(node: TSESTree.Node, outer: TSESTree.Node): boolean {
  return outer.range[0] <= node.range[0] && node.range[1] <= outer.range[1];
}

/** Whether a node stands in a function that runs with a transaction in a store: in `store.run(tx, ..)`, or in a wrapper around that. */
export function hasTransactionInStore(node: TSESTree.Node, file: SourceFile, world: World): boolean {
  for (const fn of enclosingFunctions(node)) {
    const position = argumentOf(fn);
    if (position?.call.type === 'CallExpression' && storesTransaction({ node: position.call, file }, world)) return true;
    if (frameOf(fn, file, world)?.wrapper !== undefined) return true;
  }
  return false;
}
