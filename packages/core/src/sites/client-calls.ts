import type { TSESTree } from '@typescript-eslint/types';
import { origin } from '../evaluate/meaning.ts';
import { classes } from '../prefilter/signs.ts';
import type { SourceFile } from '../source-file.ts';
import { bareParameter, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';
import { builderRoot } from './builder-root.ts';
import { construction } from './construction.ts';
import { frameOf } from './frames.ts';
import { operationOf } from './operation.ts';
import { writesHazardWords } from './writes-hazard-words.ts';

const methods = /^(?:listen|subscribe|begin|\$?transaction|tx|txIf|taskIf|transact|transactional|savepoint|startTransaction)$/i;
const sinks = /^(?:query|execute|exec|unsafe|raw|none|one|any|many)$/;
const texts: ReadonlySet<string> = new Set([
  'Literal',
  'TemplateLiteral',
  'TaggedTemplateExpression',
  'BinaryExpression',
  'CallExpression',
]);
const wrappers = /transact|tenant|atomic|tx|trx|rls/i;
const parameters = /^(?:\w*_)?(?:txn?|trx|transaction)\d*$|(?:Txn?|Trx|Transaction)\d*$/;

/**
 * Whether a file makes a PostgreSQL client, calls a method by whose name transactions and subscriptions are known on one, or hands a callback to a
 * wrapper around one. Asks of those calls alone what they are called on.
 */
export function callsClient(file: SourceFile, world: World): boolean {
  let found = false;
  walk(file.ast, (node) => {
    if (found) return false;
    if (node.type === 'NewExpression') found = mayBeClient(node, file) && construction({ node, file }, world) !== undefined;
    else if (node.type === 'CallExpression') found = isOfClient(node, file, world);
    return !found;
  });
  return found;
}

/** By the name of the class; an import of Prisma's client may have renamed it. */
function mayBeClient({ callee }: TSESTree.NewExpression, file: SourceFile): boolean {
  const name = callee.type === 'Identifier' ? callee.name : callee.type === 'MemberExpression' ? (propertyName(callee) ?? '') : '';
  return classes.includes(name) || file.text.includes('/client');
}

function isOfClient(node: TSESTree.CallExpression, file: SourceFile, world: World): boolean {
  const callee = unwrap(node.callee);
  const name = callee.type === 'Identifier' ? callee.name : callee.type === 'MemberExpression' ? (propertyName(callee) ?? '') : '';
  if (methods.test(name) && operationOf(node, file, world)) return true;
  if (sinks.test(name) && (operationOf(node, file, world) || namesHazard(node.arguments[0], file, world))) return true;
  if (name === 'prepare' && callee.type === 'MemberExpression') {
    const built = unwrapAwait(origin({ node: callee.object, file }, world.semantics).node);
    if (built.type === 'CallExpression' && builderRoot(built, file, world)) return true;
  }
  for (const argument of node.arguments) {
    const fn = unwrap(argument);
    if (!isFunction(fn)) continue;
    if (!wrappers.test(name) && !methods.test(name) && !takesTransaction(fn.params[0])) continue;
    if (frameOf(fn, file, world)) return true;
  }
  return false;
}

/** Whether an argument is a name, and stands for SQL: `connection.exec(STATEMENTS.lock)`. */
function namesHazard(argument: TSESTree.Node | undefined, file: SourceFile, world: World): boolean {
  if (argument?.type !== 'Identifier' && argument?.type !== 'MemberExpression') return false;
  const { node } = origin({ node: argument, file }, world.semantics);
  return node !== argument && texts.has(node.type) && writesHazardWords(node);
}

function takesTransaction(parameter: TSESTree.Parameter | undefined): boolean {
  const bare = parameter && bareParameter(parameter);
  return bare?.type === 'Identifier' && parameters.test(bare.name);
}
