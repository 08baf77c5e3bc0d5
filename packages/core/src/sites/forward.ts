import type { TSESTree } from '@typescript-eslint/types';
import type { Located } from '../evaluate/meaning.ts';
import { bareParameter, enclosingBody, type FunctionNode } from '../syntax/functions.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, wrapped } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { contextOf } from './context.ts';
import { operationOf } from './operation.ts';
import type { Handle } from './site.ts';

/** How a function sends on the SQL it is given. */
export interface Forward {
  /** The handle it sends on; absent when that is one of its own parameters. */
  readonly handle?: Handle;
  /** Position of the parameter that is the handle. */
  readonly parameter?: number;
  /** Position of the parameter with the values. */
  readonly values?: number;
  /** It sends the text inside a transaction of its own. */
  readonly inTransaction: boolean;
}

/**
 * Whether a function passes its parameter number `index` unchanged as SQL to a client: `query(text, values) { return pool.query(text, values) }`.
 */
export function forwardOf(fn: Located<FunctionNode>, index: number, world: World): Forward | undefined {
  const { file } = fn;
  const parameter = fn.node.params[index] ?? fn.node.params.at(-1);
  if (!parameter) return undefined;
  const bare = bareParameter(parameter);
  const isRest = bare.type === 'RestElement';
  const name = isRest ? bare.argument : bare;
  if (name.type !== 'Identifier' || (!isRest && fn.node.params[index] === undefined)) return undefined;
  for (const reference of variableOf(name, file)?.references ?? []) {
    const use = wrapped(reference.identifier);
    const argument =
      isRest && use.parent?.type === 'SpreadElement'
        ? use.parent
        : isRest && use.parent?.type === 'MemberExpression'
          ? wrapped(use.parent)
          : use;
    const call = argument.parent;
    if (call?.type !== 'CallExpression' || call.callee === argument) continue;
    const operation = operationOf(call, file, world);
    if (operation?.operation.does !== 'query') continue;
    if (call.arguments[operation.operation.sql] !== argument) continue;
    const { handle } = operation;
    const values = typeof operation.operation.values === 'number' ? call.arguments[operation.operation.values] : undefined;
    const valuesAt = values ? parameterIndex(fn.node, values) : isRest ? index + 1 : undefined;
    const handleAt = fn.node.params.findIndex((candidate) => `${file.path}:${bareParameter(candidate).range[0]}` === handle.root);
    const inTransaction = contextOf(handle, call, file, world).state === 'in' && enclosingBody(call) !== fn.node;
    return {
      ...(handleAt >= 0 ? { parameter: handleAt } : { handle }),
      ...(valuesAt !== undefined && valuesAt >= 0 && { values: valuesAt }),
      inTransaction: inTransaction || (handleAt < 0 && contextOf(handle, call, file, world).state === 'in'),
    };
  }
  return undefined;
}

function parameterIndex(fn: FunctionNode, node: TSESTree.Node): number {
  const inner = unwrap(node);
  if (inner.type !== 'Identifier') return -1;
  return fn.params.findIndex((parameter) => {
    const bare = bareParameter(parameter);
    return bare.type === 'Identifier' && bare.name === inner.name;
  });
}
