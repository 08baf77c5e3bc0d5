import type { TSESTree } from '@typescript-eslint/types';
import { type ExternalService, externalServiceOf } from '../drivers/external-services.ts';
import { calleeOf } from '../evaluate/callee.ts';
import { memberOfClass } from '../evaluate/classes.ts';
import { exportOf, type Located, meaningOf, origin } from '../evaluate/meaning.ts';
import { argumentOf, type FunctionNode, isFunction, returnedExpressions } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';
import { isSent, settlementOf } from './settlement.ts';

/** A call that waits for something other than the database. */
export interface ExternalWait {
  /** Goes on with "waits for". */
  readonly waitsFor: string;
  /** The call that waits: the one asked about, or one inside the function that it calls. */
  readonly at: Located;
}

/** Calls that are followed, one inside the other. */
const maxDepth = 2;

/**
 * What a call waits for outside the database, where the function `within` waits for the call in its turn.
 *
 * @returns `undefined` also for what may run later, or not at all
 */
export function externalWaitOf(at: Located, within: TSESTree.Node, world: World, depth = 0): ExternalWait | undefined {
  const { node } = at;
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return undefined;
  if (!isSent(node) || settlementOf(node, within) !== 'awaited' || !runsWithin(node, within)) return undefined;
  const waitsFor = waitsForOf({ node, file: at.file }, world);
  if (waitsFor !== undefined) return { waitsFor, at };
  if (node.type === 'NewExpression' || depth >= maxDepth) return undefined;
  const fn = calleeOf({ node, file: at.file }, world.semantics);
  return fn && waitInside(fn, world, depth + 1);
}

/** The first wait of a function, by itself or in what it calls. */
function waitInside(fn: Located<FunctionNode>, world: World, depth: number): ExternalWait | undefined {
  if (world.externalWaits.has(fn.node)) return world.externalWaits.get(fn.node);
  // A function that calls itself waits for what the rest of it waits for.
  world.externalWaits.set(fn.node, undefined);
  let found: ExternalWait | undefined;
  walk(fn.node.body, (node) => {
    found ??= externalWaitOf({ node, file: fn.file }, fn.node, world, depth);
    return !found;
  });
  // How deep the search went depends on where it began: only a whole one is kept.
  if (depth === 1 || found) world.externalWaits.set(fn.node, found);
  else world.externalWaits.delete(fn.node);
  return found;
}

function waitsForOf(at: Located<TSESTree.CallExpression | TSESTree.NewExpression>, world: World): string | undefined {
  const { node, file } = at;
  const callee = unwrap(node.callee);
  if (node.type === 'NewExpression') return isSleep(node, at) ? 'a timer' : undefined;
  if (isGlobal(callee, 'fetch', file)) return 'an HTTP request';
  const called = exportOf(callee, file, world.semantics) ?? promisified({ node: callee, file }, world);
  const service = called && externalServiceOf(called.module);
  if (called && service?.functions?.test(called.name)) return service.waitsFor;
  const method = callee.type === 'MemberExpression' ? (propertyName(callee) ?? '') : 'default';
  const client = clientOf({ node: callee.type === 'MemberExpression' ? callee.object : callee, file }, world);
  return client && (client.methods ?? /./).test(method) ? client.waitsFor : undefined;
}

/** The service whose client an expression is, or is a part of: `stripe`, `stripe.charges`. */
function clientOf(at: Located, world: World, depth = 0): ExternalService | undefined {
  if (depth > 6) return undefined;
  const there = origin(at, world.semantics);
  const node = unwrapAwait(there.node);
  const next = (inner: TSESTree.Node, file = there.file) => clientOf({ node: inner, file }, world, depth + 1);
  switch (node.type) {
    case 'NewExpression':
    case 'CallExpression': {
      const made = exportOf(node.callee, there.file, world.semantics);
      if (made) return ofExport(made);
      const fn = node.type === 'CallExpression' ? calleeOf({ node, file: there.file }, world.semantics) : undefined;
      return fn && first(returnedExpressions(fn.node), (value) => next(value, fn.file));
    }
    case 'Identifier': {
      const meaning = meaningOf(node, there.file, world.semantics);
      const annotation = meaning && 'annotation' in meaning ? meaning.annotation : undefined;
      return annotation && (!('path' in meaning!) || meaning.path.length === 0)
        ? ofType({ node: annotation, file: meaning!.file }, world)
        : undefined;
    }
    case 'MemberExpression': {
      const field = memberOfClass({ node, file: there.file }, world.semantics);
      if (!field) return next(node.object);
      return (
        (field.annotation && ofType({ node: field.annotation, file: field.file }, world)) ??
        first(field.values, (value) => next(value.node, value.file))
      );
    }
    default:
      return undefined;
  }
}

function ofExport({ module, name }: { readonly module: string; readonly name: string }): ExternalService | undefined {
  const service = externalServiceOf(module);
  return service?.clients?.test(name) ? service : undefined;
}

function ofType({ node, file }: Located, world: World): ExternalService | undefined {
  if (node.type === 'TSUnionType') return first(node.types, (type) => ofType({ node: type, file }, world));
  if (node.type !== 'TSTypeReference' || node.typeName.type !== 'Identifier') return undefined;
  const named = exportOf(node.typeName, file, world.semantics);
  return named && ofExport(named);
}

/** `promisify(exec)` */
function promisified(at: Located, world: World) {
  const { node, file } = origin(at, world.semantics);
  if (node.type !== 'CallExpression' || !node.arguments[0]) return undefined;
  const by = exportOf(node.callee, file, world.semantics);
  if (by?.name !== 'promisify' || !/^(node:)?util$/.test(by.module)) return undefined;
  const inner = exportOf(node.arguments[0], file, world.semantics);
  return inner && { module: inner.module, name: `promisify ${inner.name}` };
}

/** `new Promise((resolve) => setTimeout(resolve, 100))` */
function isSleep(node: TSESTree.NewExpression, { file }: Located): boolean {
  const executor = node.arguments[0] && unwrap(node.arguments[0]);
  if (!isGlobal(node.callee, 'Promise', file) || !isFunction(executor)) return false;
  const [resolve] = executor.params;
  if (resolve?.type !== 'Identifier') return false;
  let found = false;
  walk(executor.body, (inner) => {
    if (inner.type !== 'CallExpression' || !isGlobal(inner.callee, 'setTimeout', file)) return !found;
    const [callback, delay] = inner.arguments;
    const isNow = delay === undefined || (delay.type === 'Literal' && delay.value === 0);
    found ||= !isNow && callback?.type === 'Identifier' && callback.name === resolve.name;
    return false;
  });
  return found;
}

function isGlobal(node: TSESTree.Node, name: string, file: Located['file']): boolean {
  const inner = unwrap(node);
  if (inner.type === 'MemberExpression')
    return propertyName(inner) === name && inner.object.type === 'Identifier' && inner.object.name === 'globalThis';
  return inner.type === 'Identifier' && inner.name === name && variableOf(inner, file) === undefined;
}

/** Methods that call the function they are given before they, or the promise they give, are done. */
const runsAtOnce = /^(map|flatMap|filter|reduce|some|every|find|forEach|then|catch|finally)$/;

/** Whether every function between a node and `within` runs as a part of it: one that is handed elsewhere may run after the transaction. */
function runsWithin(node: TSESTree.Node, within: TSESTree.Node): boolean {
  for (let at = node.parent; at && at !== within; at = at.parent) {
    if (!isFunction(at)) continue;
    const position = argumentOf(at);
    const callee = position?.call.type === 'CallExpression' ? unwrap(position.call.callee) : undefined;
    if (callee?.type !== 'MemberExpression' || !runsAtOnce.test(propertyName(callee) ?? '')) return false;
  }
  return true;
}

function first<T, R>(values: readonly T[], find: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
