import type { TSESTree } from '@typescript-eslint/types';
import type { SourceFile } from '../source-file.ts';
import { argumentOf, bareParameter, enclosingFunctions, type FunctionNode } from '../syntax/functions.ts';
import type { World } from '../world.ts';
import { given, isConnectEvent, connectHookOf, usesOf } from './callback-handle.ts';
import { withConnectionsOfCallers } from './context.ts';
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
  if (!handle || handle === 'other' || handle.kind !== 'transaction') return undefined;
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
