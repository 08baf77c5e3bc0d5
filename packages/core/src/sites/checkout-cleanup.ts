import type { TSESTree } from '@typescript-eslint/types';
import type { SourceFile } from '../source-file.ts';
import { argumentOf, enclosingBody, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, unwrapAwait, wrapped } from '../syntax/unwrap.ts';

/** What becomes of a client that was checked out for a transaction, when something in between throws. */
export interface CheckoutCleanup {
  /** It is given back, or closed, on that way too. */
  readonly released: boolean;
  /** The transaction is rolled back, or the client is closed with it. */
  readonly rolledBack: boolean;
}

/** How a use of the client helps on the way of an error. */
interface Help {
  readonly releases: boolean;
  readonly rollsBack: boolean;
}

/**
 * Reads what a function does with a client that it checks out and begins a transaction on.
 *
 * @param begin the call that begins the transaction
 * @returns `undefined` where that cannot be told: the client came from elsewhere, or goes elsewhere
 */
export function checkoutCleanupOf(begin: TSESTree.Node, file: SourceFile): CheckoutCleanup | undefined {
  const callee = begin.type === 'CallExpression' ? unwrap(begin.callee) : undefined;
  const object = callee?.type === 'MemberExpression' ? unwrap(callee.object) : undefined;
  if (object?.type !== 'Identifier') return undefined;
  const variable = variableOf(object, file);
  const definition = variable?.defs[0];
  if (!variable || definition?.type !== 'Variable' || variable.defs.length !== 1) return undefined;
  const declarator = definition.node;
  const body = enclosingBody(declarator);
  // `await using client = ..` gives it back by itself.
  if (/using$/.test(declarator.parent.kind) || enclosingBody(begin) !== body || !isFunction(body)) return undefined;
  // `const { client, release } = ..`: how it is given back is out of sight.
  if (declarator.id.type !== 'Identifier' || !isCheckout(declarator.init, variable.references)) return undefined;
  let released = false;
  let rolledBack = false;
  for (const reference of variable.references) {
    const use = reference.identifier;
    if (use.type !== 'Identifier' || reference.isWrite()) continue;
    if (escapes(use)) return undefined;
    const aside = onErrorWay(use, body);
    // In a callback of its own: when that runs is not known.
    if (aside === 'elsewhere') return undefined;
    if (!aside) continue;
    const { releases, rollsBack } = helpOf(use, file);
    released ||= releases && (aside === 'finally' || isReleasedAfter(variable.references, body));
    rolledBack ||= rollsBack;
  }
  return { released, rolledBack };
}

/** `await pool.connect()`, also where it is assigned later. */
function isCheckout(init: TSESTree.Node | null | undefined, references: readonly { readonly writeExpr?: TSESTree.Node | null }[]): boolean {
  const values = [init, ...references.map(({ writeExpr }) => writeExpr)].filter((value) => value !== null && value !== undefined);
  return (
    values.length > 0 &&
    values.every((value) => {
      const call = unwrapAwait(value);
      return call.type === 'CallExpression' && call.callee.type === 'MemberExpression';
    })
  );
}

/** The client is handed to somebody who may keep it: returned, stored, a part of an object. */
function escapes(use: TSESTree.Node): boolean {
  const node = wrapped(use);
  switch (node.parent?.type) {
    case 'ReturnStatement':
    case 'ArrowFunctionExpression':
    case 'Property':
    case 'ArrayExpression':
    case 'AssignmentExpression':
    case 'VariableDeclarator':
    case 'YieldExpression':
      return true;
    case 'NewExpression':
      return node.parent.callee !== node;
    default:
      return false;
  }
}

/** Whether a node is reached when something in its function has thrown: in a `catch`, a `finally`, or a callback of one. */
function onErrorWay(use: TSESTree.Node, body: TSESTree.Node): 'catch' | 'finally' | 'elsewhere' | undefined {
  for (let at = use; at.parent && at !== body; at = at.parent) {
    if (at.type === 'CatchClause') return 'catch';
    if (at.parent.type === 'TryStatement' && at.parent.finalizer === at) return 'finally';
    if (isFunction(at)) {
      const call = argumentOf(at)?.call;
      const method = call?.callee.type === 'MemberExpression' ? propertyName(call.callee) : undefined;
      if (method === 'catch' || method === 'finally') return method;
      // Retries and time-outs call it at once, and what they call may do everything.
      if (isHelp(use)) return 'elsewhere';
    }
  }
  return undefined;
}

function isHelp(use: TSESTree.Node): boolean {
  const { releases, rollsBack } = helpOf(use);
  return releases || rollsBack;
}

/** What a use of the client does for the clean-up; a function that is given the client may do all of it. */
function helpOf(use: TSESTree.Node, file?: SourceFile): Help {
  const node = wrapped(use);
  const parent = node.parent;
  if (parent?.type === 'CallExpression' && parent.callee !== node) return { releases: file !== undefined, rollsBack: file !== undefined };
  if (parent?.type !== 'MemberExpression' || parent.object !== node) return { releases: false, rollsBack: false };
  const method = propertyName(parent) ?? '';
  const call = wrapped(parent).parent;
  if (/^(release|end|destroy)$/.test(method)) {
    const [argument] = call?.type === 'CallExpression' ? call.arguments : [];
    const closes = method !== 'release' || (argument !== undefined && !(argument.type === 'Literal' && !argument.value));
    return { releases: true, rollsBack: closes };
  }
  if (/rollback|abort/i.test(method)) return { releases: false, rollsBack: true };
  const [text] = call?.type === 'CallExpression' ? call.arguments : [];
  const written = text && file ? file.text.slice(text.range[0], text.range[1]) : '';
  return { releases: false, rollsBack: /rollback|abort/i.test(written) };
}

/** Whether the client is given back on the way without an error, too: in a `catch` alone it is given back on one of two. */
function isReleasedAfter(references: readonly { readonly identifier: TSESTree.Node }[], body: TSESTree.Node): boolean {
  return references.some(({ identifier }) => onErrorWay(identifier, body) === undefined && helpOf(identifier).releases);
}
