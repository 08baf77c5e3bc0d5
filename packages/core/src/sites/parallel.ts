import type { TSESTree } from '@typescript-eslint/types';
import type { Range } from '../place.ts';
import type { SourceFile } from '../source-file.ts';
import { argumentOf, enclosingBody, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { wrapped } from '../syntax/unwrap.ts';
import { chainEnd } from './settlement.ts';

/** The call that starts several promises at once, of which a node makes one. */
export interface Parallel {
  /** `Promise.all`, as it is written. */
  readonly range: Range;
  readonly method: string;
  /** Which element of the list it is: what one element does, it does one after another. */
  readonly element: number;
  /** It is made once for each item of a list. */
  readonly repeated: boolean;
}

/** `Promise.race` is not among them: what it leaves behind, nobody waits for. */
const starters: ReadonlySet<string> = new Set(['all', 'allSettled', 'any']);
const mappers: ReadonlySet<string> = new Set(['map', 'flatMap']);

/**
 * Whether a query is one of several that are started together: an element of the list given to `Promise.all`, or made by a `map` over one.
 *
 * @param until the callback of the transaction it stands in: what is started together outside of it are whole transactions
 */
export function parallelOf(node: TSESTree.Node, until: TSESTree.Node | undefined, file: SourceFile): Parallel | undefined {
  let repeated = false;
  let at = chainEnd(node);
  for (let steps = 0; steps < 40; steps++) {
    const list = at.parent?.type === 'SpreadElement' ? at.parent : at;
    const started = list.parent?.type === 'ArrayExpression' ? starterOf(list.parent) : undefined;
    if (started) return { ...started, element: list.range[0], repeated };
    const whole = starterOf(at);
    if (whole) return repeated ? { ...whole, element: at.range[0], repeated } : undefined;
    const next = follow(at, file);
    if (!next || next.to === until) return undefined;
    repeated ||= next.repeated;
    at = next.to;
  }
  return undefined;
}

/** `Promise.all(..)` of which a node is the argument. */
function starterOf(node: TSESTree.Node): Pick<Parallel, 'range' | 'method'> | undefined {
  const { call, index } = argumentOf(node) ?? {};
  const callee = call?.type === 'CallExpression' && index === 0 ? call.callee : undefined;
  if (callee?.type !== 'MemberExpression' || callee.object.type !== 'Identifier' || callee.object.name !== 'Promise') return undefined;
  const method = propertyName(callee) ?? '';
  return starters.has(method) ? { range: [callee.range[0], callee.range[1]], method } : undefined;
}

interface Step {
  readonly to: TSESTree.Node;
  readonly repeated: boolean;
}

/** From a promise, or the function that makes it, to the expression that holds it. */
function follow(at: TSESTree.Node, file: SourceFile): Step | undefined {
  if (isFunction(at)) return called(at);
  const parent = at.parent;
  if (parent === undefined) return undefined;
  if (isFunction(parent)) return { to: parent, repeated: false };
  switch (parent.type) {
    case 'ConditionalExpression':
    case 'LogicalExpression':
      return { to: wrapped(parent), repeated: false };
    // What a function awaits or returns, it does when it is called.
    case 'AwaitExpression':
    case 'ReturnStatement': {
      const body = enclosingBody(parent);
      return isFunction(body) ? { to: body, repeated: false } : undefined;
    }
    case 'VariableDeclarator':
      return parent.id.type === 'Identifier' ? held(parent.id, file, false) : undefined;
    case 'CallExpression': {
      const { callee } = parent;
      const isPushed = callee.type === 'MemberExpression' && propertyName(callee) === 'push' && callee.object.type === 'Identifier';
      return isPushed ? held(callee.object as TSESTree.Identifier, file, true) : undefined;
    }
    default:
      return undefined;
  }
}

/** Where the promises of a function go that is called on the spot, or for each item of a list. */
function called(fn: TSESTree.Node): Step | undefined {
  const self = wrapped(fn);
  if (self.parent?.type === 'CallExpression' && self.parent.callee === self) return { to: chainEnd(self.parent), repeated: false };
  const position = argumentOf(fn);
  const callee = position?.call.callee;
  if (position?.index !== 0 || callee?.type !== 'MemberExpression' || !mappers.has(propertyName(callee) ?? '')) return undefined;
  return { to: chainEnd(position.call), repeated: true };
}

/** The use of a variable as what is started together. */
function held(name: TSESTree.Identifier, file: SourceFile, repeated: boolean): Step | undefined {
  for (const { identifier } of variableOf(name, file)?.references ?? []) {
    const use = identifier as TSESTree.Node;
    const element = use.parent?.type === 'SpreadElement' ? use.parent : use;
    if (starterOf(use) || (element.parent?.type === 'ArrayExpression' && starterOf(element.parent))) return { to: use, repeated };
  }
  return undefined;
}
