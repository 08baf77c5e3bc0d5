import type { TSESTree } from '@typescript-eslint/types';
import { argumentOf, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap, wrapped } from '../syntax/unwrap.ts';
import type { Settlement } from './site.ts';

/** The whole chain of calls that begins at a node: of `db.insert(t)` in `db.insert(t).values(v).returning()` the last call. */
export function chainEnd(node: TSESTree.Node): TSESTree.Node {
  let at = wrapped(node);
  for (;;) {
    const member = at.parent;
    if (member?.type !== 'MemberExpression' || member.object !== at) return at;
    const above = wrapped(member);
    const call = above.parent;
    at = call?.type === 'CallExpression' && call.callee === above ? wrapped(call) : above;
  }
}

/** What becomes of the promise that a chain of calls makes. */
export function settlementOf(node: TSESTree.Node, until: TSESTree.Node | undefined): Settlement {
  const end = chainEnd(node);
  for (let at: TSESTree.Node | undefined = end.parent; at && at !== until; at = at.parent) {
    if (isFunction(at) && runsLater(at)) return 'deferred';
  }
  const parent = end.parent;
  if (parent?.type === 'ExpressionStatement') return 'floating';
  // The loser of a race goes on after it.
  const list = parent?.type === 'ArrayExpression' ? argumentOf(parent) : undefined;
  if (list?.call.callee.type === 'MemberExpression' && propertyName(list.call.callee) === 'race') return 'floating';
  return parent?.type === 'UnaryExpression' && parent.operator === 'void' ? 'floating' : 'awaited';
}

/** Whether a builder's chain is executed, rather than handed to another one as a subquery. */
export function isSent(node: TSESTree.Node): boolean {
  const end = chainEnd(node);
  const call = unwrap(end);
  if (
    call.type === 'CallExpression' &&
    call.callee.type === 'MemberExpression' &&
    /^(execute|then|catch|finally|all|get|run|executeTakeFirst|executeTakeFirstOrThrow|stream)$/.test(propertyName(call.callee) ?? '')
  )
    return true;
  const parent = end.parent;
  if (parent?.type === 'AwaitExpression') return true;
  if (parent?.type === 'ReturnStatement' || (parent && isFunction(parent) && parent.body === end)) return true;
  // An element of `Promise.all([..])`.
  const list = parent?.type === 'ArrayExpression' ? argumentOf(parent) : undefined;
  return (
    list?.call.callee.type === 'MemberExpression' &&
    list.call.callee.object.type === 'Identifier' &&
    list.call.callee.object.name === 'Promise'
  );
}

const timers = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'nextTick', 'after', 'waitUntil']);

/** Whether a function is a callback that nobody waits for. */
function runsLater(fn: TSESTree.Node): boolean {
  const position = argumentOf(fn);
  if (position?.call.type !== 'CallExpression') return false;
  const callee = unwrap(position.call.callee);
  const name = callee.type === 'Identifier' ? callee.name : callee.type === 'MemberExpression' ? propertyName(callee) : undefined;
  if (name === undefined) return false;
  if (timers.has(name)) return true;
  if (name === 'on' || name === 'once' || name === 'addEventListener') return callee.type === 'MemberExpression';
  return name === 'forEach' && isFunction(fn) && fn.async;
}
