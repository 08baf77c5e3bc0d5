import type { TSESTree } from '@typescript-eslint/types';
import { type Driver, methods, type Operation } from '../drivers/driver.ts';
import { driverOf, drivers } from '../drivers/drivers.ts';
import type { SourceFile } from '../source-file.ts';
import { isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { handleOf } from './handle-of.ts';
import type { Handle } from './site.ts';

/** What a call does, on which handle. */
export interface HandleOperation {
  readonly operation: Operation;
  readonly handle: Handle;
  readonly method: string;
  /** Where the SQL is, when it is not an argument: `` sql`..`.execute(db) ``. */
  readonly sql?: TSESTree.Node;
}

/** Methods of a handle whose driver is not known: what the drivers agree on. */
const common: Driver['methods'] = methods([
  [{ does: 'query', sql: 0, values: 1 }, 'query execute unsafe raw none one oneOrNone many manyOrNone any maybeOne anyFirst oneFirst'],
  [{ does: 'query', sql: 0, values: 'rest' }, '$executeRawUnsafe $queryRawUnsafe'],
  [{ does: 'tag' }, ' $executeRaw $queryRaw sql'],
  [{ does: 'transaction' }, 'transaction begin tx transact $transaction transactional savepoint'],
  [{ does: 'checkout' }, 'connect reserve'],
  [{ does: 'on' }, 'on once'],
  [{ does: 'builder' }, 'select selectDistinct insert update delete selectFrom insertInto updateTable deleteFrom'],
  [{ does: 'begin' }, 'startTransaction'],
  [{ does: 'commit' }, 'commitTransaction'],
  [{ does: 'rollback' }, 'rollbackTransaction'],
  [{ does: 'underlying' }, '$client'],
]);

const everyMethod: ReadonlySet<string> = new Set([...drivers.flatMap((driver) => Object.keys(driver.methods)), ...Object.keys(common)]);

/** The row of a method in the table of the handle's driver. */
export function methodRow(handle: Handle, name: string): Operation | undefined {
  const table = driverOf(handle.driver)?.methods ?? common;
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What a call of a method of a handle does; `undefined` when the object is no handle, or the method none that matters. */
export function operationOf(node: TSESTree.CallExpression, file: SourceFile, world: World): HandleOperation | undefined {
  const callee = unwrap(node.callee);
  if (callee.type !== 'MemberExpression') return undefined;
  const method = propertyName(callee);
  if (method === undefined) return undefined;
  if (method === 'execute') {
    const special = kyselyExecute(node, callee, file, world);
    if (special) return special;
  }
  if (!everyMethod.has(method)) return undefined;
  const handle = handleOf({ node: callee.object, file }, world);
  const operation = handle && methodRow(handle, method);
  if (!operation) return undefined;
  if (handle.driver === 'unknown' && operation.does === 'transaction' && !node.arguments.some((argument) => isCallback(argument))) {
    return undefined;
  }
  return { operation, handle, method };
}

function isCallback(node: TSESTree.Node): boolean {
  const inner = unwrap(node);
  return isFunction(inner) || inner.type === 'Identifier' || inner.type === 'ArrayExpression';
}

/** Kysely: `` sql`..`.execute(db) ``, `db.transaction().execute(callback)`, `db.connection().execute(callback)`. */
function kyselyExecute(
  node: TSESTree.CallExpression,
  callee: TSESTree.MemberExpression,
  file: SourceFile,
  world: World,
): HandleOperation | undefined {
  const [argument] = node.arguments;
  if (!argument) return undefined;
  let object = unwrap(callee.object);
  if (
    object.type === 'TaggedTemplateExpression' ||
    (object.type === 'CallExpression' && /^sql\b/.test(file.text.slice(object.range[0], object.range[0] + 4)))
  ) {
    const handle = handleOf({ node: argument, file }, world);
    return handle && { operation: { does: 'query', sql: 0 }, handle, method: 'execute', sql: object };
  }
  if (!isFunction(unwrap(argument))) return undefined;
  while (object.type === 'CallExpression') {
    const inner = unwrap(object.callee);
    if (inner.type !== 'MemberExpression') return undefined;
    const name = propertyName(inner) ?? '';
    if (name === 'transaction' || name === 'connection') {
      const handle = handleOf({ node: inner.object, file }, world);
      const row = handle && (methodRow({ ...handle, driver: handle.driver === 'unknown' ? 'kysely' : handle.driver }, name) ?? undefined);
      if (!handle || !row) return undefined;
      return { operation: { does: row.does === 'transaction chain' ? 'transaction' : 'checkout' }, handle, method: name };
    }
    object = unwrap(inner.object);
  }
  return undefined;
}

/** The database of Drizzle's `db.query.users.findFirst`: `db`. */
export function relationalRoot(callee: TSESTree.MemberExpression): TSESTree.Node | undefined {
  const table = unwrap(callee.object);
  const query = table.type === 'MemberExpression' ? unwrap(table.object) : undefined;
  return query?.type === 'MemberExpression' && propertyName(query) === 'query' ? query.object : undefined;
}
