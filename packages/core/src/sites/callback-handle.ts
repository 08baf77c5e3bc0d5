import type { TSESTree } from '@typescript-eslint/types';
import { driverOf } from '../drivers/drivers.ts';
import { calleeOf } from '../evaluate/callee.ts';
import type { Located, Meaning } from '../evaluate/meaning.ts';
import { argumentOf, bareParameter, type FunctionNode, nameOfFunction } from '../syntax/functions.ts';
import { dottedPath, propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, wrapped } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import type { SourceFile } from '../source-file.ts';
import { soundsTransactional } from './handle-by-name.ts';
import { construction } from './construction.ts';
import { type Answer, answerOf } from './handle-of.ts';
import { pinnedBy } from './manual-transaction.ts';
import { operationOf } from './operation.ts';
import type { Handle } from './site.ts';

/** The handle a callback's parameter is given by the call the callback is passed to. */
export function callbackHandle(parameter: Extract<Meaning, { kind: 'parameter' }>, world: World): Answer {
  const { fn, file, index, path } = parameter;
  const position = argumentOf(fn);
  if (!position) {
    if (path.length > 0) return undefined;
    for (const use of usesOf(fn, file)) {
      const answer = given({ node: use.call, file }, use.index, index, parameter.declaration, world);
      if (answer) return answer;
    }
    return hookOption(fn, file, index, world);
  }
  if (position.call.type !== 'CallExpression') return undefined;
  if (path.length > 0) return undefined;
  return given({ node: position.call, file }, position.index, index, parameter.declaration, world);
}

/** The calls that a named function is passed to: `pool.on('connect', prepare)`. */
export function usesOf(fn: FunctionNode, file: SourceFile): { readonly call: TSESTree.CallExpression; readonly index: number }[] {
  const name = nameOfFunction(fn);
  const variable = name ? variableOf(name, file) : undefined;
  return (variable?.references ?? []).flatMap((reference) => {
    const position = argumentOf(reference.identifier);
    return position?.call.type === 'CallExpression' ? [{ call: position.call, index: position.index }] : [];
  });
}

/**
 * What a call passes to the function that is its argument.
 *
 * @param argument position of the function among the call's arguments
 * @param index position of the function's parameter
 */
export function given(
  at: Located<TSESTree.CallExpression>,
  argument: number,
  index: number,
  name: TSESTree.Identifier | undefined,
  world: World,
  depth = 0,
): Answer {
  if (depth > 5) return undefined;
  const { node: call, file } = at;
  const operation = operationOf(call, file, world);
  if (operation) {
    const { handle } = operation;
    switch (operation.operation.does) {
      case 'transaction':
        return index === 0 ? transactionOn(handle, at) : undefined;
      case 'checkout':
        // node-postgres' `pool.connect((error, client, release) => ..)` passes the client second.
        return index === (handle.driver === 'pg' ? 1 : 0)
          ? { ...handle, kind: handle.kind === 'transaction' ? 'transaction' : 'client', underlying: handle }
          : undefined;
      case 'on':
        return index === 0 && isConnectEvent(call, handle) ? { ...handle, kind: 'client', underlying: handle } : undefined;
      default:
        return undefined;
    }
  }
  const callee = unwrap(call.callee);
  if (callee.type === 'MemberExpression' && answerOf({ node: callee.object, file }, world) === 'other') return 'other';
  const method = callee.type === 'MemberExpression' ? propertyName(callee) : callee.type === 'Identifier' ? callee.name : undefined;
  if (method === undefined) return undefined;
  if (callee.type === 'MemberExpression' && method === 'then')
    return index === 0 ? answerOf({ node: callee.object, file }, world) : undefined;
  const written = dottedPath(callee) ?? method;
  if (index === 0 && world.setup.transactionWrappers.some((wrapper) => wrapper === written || wrapper === method)) {
    return {
      kind: 'transaction',
      driver: 'unknown',
      reach: 'pooled',
      confidence: 'certain',
      evidence: [{ text: `\`${method}\` is named in the settings as running its callback in a transaction` }],
    };
  }
  const fn = calleeOf(at, world.semantics);
  if (fn) return givenBy(fn, argument, index, world, depth);
  if (index === 0 && name && soundsTransactional(method)) {
    const base = answerByName(name);
    return (
      base && {
        ...base,
        evidence: [
          {
            text: `\`${method}\` is taken to run its callback in a transaction by its name`,
            place: { file: file.path, range: [call.range[0], call.range[1]] },
          },
        ],
      }
    );
  }
  return undefined;
}

/** A handle in the callback of a function that only its name says is transactional. */
function answerByName(name: TSESTree.Identifier): Handle | undefined {
  if (!/^(tx|trx|txn|t|db|database|client|conn|connection|sql|transaction|executor|\w*(Tx|Trx|Db|Client|Sql))$/.test(name.name))
    return undefined;
  return { kind: 'transaction', driver: 'unknown', reach: 'pooled', confidence: 'likely', evidence: [] };
}

/** What a function in sight passes to its own parameter number `argument` when it calls it. */
function givenBy(fn: Located<FunctionNode>, argument: number, index: number, world: World, depth: number): Answer {
  const parameter = fn.node.params[argument];
  const bare = parameter && bareParameter(parameter);
  if (bare?.type !== 'Identifier') return undefined;
  const variable = variableOf(bare, fn.file);
  let answer: Answer;
  for (const reference of variable?.references ?? []) {
    const use = wrapped(reference.identifier);
    const call = use.parent;
    if (call?.type !== 'CallExpression') continue;
    if (call.callee === use) {
      const passed = call.arguments[index];
      const found = passed && passed.type !== 'SpreadElement' ? answerOf({ node: passed, file: fn.file }, world) : undefined;
      if (!found || found === 'other' || !passed) continue;
      const pinned = found.kind === 'client' || found.kind === 'unknown' ? pinnedBy(found, call, fn.file, world) : undefined;
      answer = pinned === 'in' ? { ...found, kind: 'transaction', underlying: found } : found;
    } else {
      const position = call.arguments.indexOf(use as TSESTree.CallExpressionArgument);
      answer = given({ node: call, file: fn.file }, position, index, undefined, world, depth + 1);
    }
    if (answer) return answer;
  }
  return answer;
}

function transactionOn(handle: Handle, at: Located): Handle {
  return {
    ...handle,
    kind: handle.kind === 'http' ? 'http' : 'transaction',
    underlying: handle,
    evidence: [
      { text: 'given by a transaction of the driver', place: { file: at.file.path, range: [at.node.range[0], at.node.range[1]] } },
      ...handle.evidence,
    ],
  };
}

/** Whether the call registers a listener that gets every new or checked-out connection. */
export function isConnectEvent(call: TSESTree.CallExpression, handle: Handle): boolean {
  const [event] = call.arguments;
  const events = driverOf(handle.driver)?.connectEvents ?? ['connect', 'acquire'];
  return event?.type === 'Literal' && typeof event.value === 'string' && events.includes(event.value);
}

/** A function in the options of a constructor that runs when a connection is opened. */
function hookOption(fn: FunctionNode, file: Located['file'], index: number, world: World): Answer {
  const hook = connectHookOf(fn, file, world);
  if (!hook || index !== 0) return undefined;
  return { ...hook, kind: 'client', driver: layers.has(hook.driver) ? 'pg' : hook.driver, underlying: hook };
}

/** Query layers whose hooks hand out a client of node-postgres. */
const layers: ReadonlySet<string> = new Set(['knex', 'sequelize', 'typeorm', 'mikro-orm']);

/** The pool in whose options a function stands as a connect hook. */
export function connectHookOf(fn: FunctionNode, file: Located['file'], world: World): Handle | undefined {
  const property = wrapped(fn).parent;
  if (property?.type !== 'Property') return undefined;
  const name = propertyName(property) ?? '';
  for (let above: TSESTree.Node | undefined = property.parent; above; above = above.parent) {
    if (above.type !== 'ObjectExpression' && above.type !== 'Property' && above.type !== 'CallExpression' && above.type !== 'NewExpression')
      return undefined;
    if (above.type !== 'CallExpression' && above.type !== 'NewExpression') continue;
    const made = construction({ node: above, file }, world);
    return made && made !== 'foreign' && made.driver.connectHooks.includes(name) ? made.handle : undefined;
  }
  return undefined;
}
