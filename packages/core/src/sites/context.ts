import type { TSESTree } from '@typescript-eslint/types';
import { handleOf } from './handle-of.ts';
import { type Confidence, weaker } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';
import { bareParameter, enclosingFunctions, type FunctionNode, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, wrapped } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { framesOf } from './frames.ts';
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

/**
 * What the callers in this file say of a function that takes the handle as a parameter: only where every caller is in sight, that is
 * where the function is neither exported nor passed around.
 */
function callers(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World, depth: number): TransactionContext | undefined {
  if (depth > 4) return undefined;
  const [fn, index] = ownerOf(handle, node, file) ?? [];
  if (!fn || index === undefined) return undefined;
  const name =
    fn.type === 'FunctionDeclaration'
      ? fn.id
      : fn.parent.type === 'VariableDeclarator' && fn.parent.id.type === 'Identifier'
        ? fn.parent.id
        : undefined;
  const variable = name ? variableOf(name, file) : undefined;
  if (!variable || isExported(fn, name!.name, file)) return undefined;
  const states = new Set<string>();
  for (const reference of variable.references) {
    if (reference.init) continue;
    const use = wrapped(reference.identifier);
    const call = use.parent;
    if (call?.type !== 'CallExpression' || call.callee !== use) return undefined;
    const passed = call.arguments[index];
    const given = passed && handleOf({ node: passed, file }, world);
    if (!given) return undefined;
    states.add(contextOf(given, call, file, world, depth + 1).state);
  }
  const [state, ...others] = states;
  if (state === undefined || state === 'unknown') return undefined;
  if (others.length > 0) return undefined;
  return context(state as 'in' | 'out', 'certain', state === 'in' ? 'every caller passes a transaction' : 'no caller passes a transaction');
}

/** The function whose parameter a handle came in by, and the parameter's position. */
function ownerOf(handle: Handle, node: TSESTree.Node, file: SourceFile): [FunctionNode, number] | undefined {
  for (const fn of enclosingFunctions(node)) {
    for (const [index, parameter] of fn.params.entries()) {
      const bare = bareParameter(parameter);
      if (bare.type === 'Identifier' && `${file.path}:${bare.range[0]}` === handle.root) return [fn, index];
    }
  }
  return undefined;
}

function isExported(fn: FunctionNode, name: string, file: SourceFile): boolean {
  for (let at: TSESTree.Node | undefined = fn.parent; at && !isFunction(at); at = at.parent) {
    if (at.type === 'ExportNamedDeclaration' || at.type === 'ExportDefaultDeclaration') return true;
  }
  return file.ast.body.some(
    (statement) =>
      (statement.type === 'ExportNamedDeclaration' &&
        statement.specifiers.some((specifier) => specifier.local.type === 'Identifier' && specifier.local.name === name)) ||
      (statement.type === 'ExportDefaultDeclaration' && statement.declaration.type === 'Identifier' && statement.declaration.name === name),
  );
}
