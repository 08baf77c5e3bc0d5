import type { TSESTree } from '@typescript-eslint/types';
import { driverOfModule, isForeignModule } from '../drivers/drivers.ts';
import { drizzleCarriers } from '../drivers/drizzle.ts';
import { calleeOf } from '../evaluate/callee.ts';
import { type Located, meaningOf } from '../evaluate/meaning.ts';
import { returnedExpressions } from '../syntax/functions.ts';
import { label, propertyName, words } from '../syntax/names.ts';
import type { World } from '../world.ts';
import { databaseHint } from './file-hints.ts';
import { type Answer, answerOf } from './handle-of.ts';
import type { Handle, HandleKind } from './site.ts';

/** Generic types that stand for their first argument. */
const transparent = new Set([
  'Promise',
  'Awaited',
  'Readonly',
  'Omit',
  'Pick',
  'Partial',
  'Required',
  'NonNullable',
  'ReturnType',
  'Extract',
  'Exclude',
  'InstanceType',
  'Ref',
  'MaybePromise',
]);

/**
 * The handle that a declared type stands for: a type of a driver, `typeof db`, `Parameters<Parameters<Db['transaction']>[0]>[0]`, a union.
 * What a function is given by type may be in a transaction of its caller's: such a handle is `passedIn`.
 *
 * @param path properties to follow inside the type, for destructured parameters
 */
export function handleOfType(at: Located, path: readonly (string | number)[], world: World, depth = 0): Answer {
  if (depth > 10) return undefined;
  const { node, file } = at;
  const again = (next: TSESTree.Node, from = file): Answer => handleOfType({ node: next, file: from }, path, world, depth + 1);
  if (path.length > 0) {
    const member = memberType(at, String(path[0]), world, depth);
    return member && handleOfType(member, path.slice(1), world, depth + 1);
  }
  switch (node.type) {
    case 'TSUnionType': {
      const answers = node.types
        .filter((type) => type.type !== 'TSNullKeyword' && type.type !== 'TSUndefinedKeyword')
        .map((type) => again(type));
      const handles = answers.filter((answer): answer is Handle => answer !== undefined && answer !== 'other');
      const [first] = handles;
      if (!first) return answers.length > 0 && answers.every((answer) => answer === 'other') ? 'other' : undefined;
      return {
        ...first,
        kind: handles.length === answers.length && handles.every((handle) => handle.kind === first.kind) ? first.kind : 'unknown',
        passedIn: true,
      };
    }
    case 'TSIntersectionType':
      return node.types.map((type) => again(type)).find((answer) => answer && answer !== 'other');
    case 'TSTypeOperator':
      return node.typeAnnotation && again(node.typeAnnotation);
    case 'TSTypeQuery': {
      if (node.exprName.type !== 'Identifier') return undefined;
      const handle = answerOf({ node: node.exprName, file }, world);
      return handle && handle !== 'other'
        ? { ...handle, passedIn: true, ...(handle.kind === 'pool' && { kind: 'unknown' as const }) }
        : undefined;
    }
    case 'TSIndexedAccessType':
      return transactionParameter(node, file, world) ?? indexed(node, file, world, depth);
    case 'TSTypeReference':
      return reference(at as Located<TSESTree.TSTypeReference>, world, depth);
    case 'TSImportType':
      return undefined;
    case 'TSStringKeyword':
    case 'TSNumberKeyword':
    case 'TSBooleanKeyword':
    case 'TSTypeLiteral':
    case 'TSFunctionType':
    case 'TSArrayType':
    case 'TSLiteralType':
      return node.type === 'TSTypeLiteral' || node.type === 'TSFunctionType' ? undefined : 'other';
    default:
      return undefined;
  }
}

/**
 * `Parameters<Parameters<Db['transaction']>[0]>[0]`, `Parameters<Parameters<typeof db.transaction>[0]>[0]`, for any driver's method that runs
 * a callback in a transaction.
 */
function transactionParameter(node: TSESTree.TSIndexedAccessType, file: Located['file'], world: World): Handle | undefined {
  const written = file.text.slice(node.range[0], node.range[1]).replace(/\s+/g, '');
  const match = /^Parameters<(?:NonNullable<)?Parameters<(?:.+\[['"](\w+|\$transaction)['"]\]|typeof[\w.$]+\.([\w$]+))>\[0\]>?>\[0\]$/.exec(
    written,
  );
  const method = match?.[1] ?? match?.[2];
  if (!method || !/^(transaction|begin|savepoint|\$transaction)$/.test(method)) return undefined;
  const on = ownerOfMethod(node, file, world);
  const base: Handle =
    on && on !== 'other' ? on : { kind: 'unknown', driver: 'unknown', reach: 'pooled', confidence: 'certain', evidence: [] };
  return {
    ...base,
    kind: 'transaction',
    confidence: 'certain',
    evidence: [{ text: `typed \`${label(file.text, node.range)}\``, place: { file: file.path, range: [node.range[0], node.range[1]] } }],
  };
}

/** The handle whose method the innermost type names: of `Db['transaction']` and of `typeof db.transaction` the database. */
function ownerOfMethod(node: TSESTree.Node, file: Located['file'], world: World): Answer {
  let at: TSESTree.Node | undefined = node;
  while (at) {
    if (at.type === 'TSIndexedAccessType') {
      if (
        at.indexType.type === 'TSLiteralType' &&
        at.indexType.literal.type === 'Literal' &&
        typeof at.indexType.literal.value === 'string'
      )
        return handleOfType({ node: at.objectType, file }, [], world);
      at = at.objectType;
    } else if (at.type === 'TSTypeReference') {
      at = at.typeArguments?.params[0];
    } else {
      const name: TSESTree.Node | undefined = at.type === 'TSTypeQuery' ? at.exprName : undefined;
      return name?.type === 'TSQualifiedName' && name.left.type === 'Identifier' ? answerOf({ node: name.left, file }, world) : undefined;
    }
  }
  return undefined;
}

function indexed(node: TSESTree.TSIndexedAccessType, file: Located['file'], world: World, depth: number): Answer {
  const key =
    node.indexType.type === 'TSLiteralType' && node.indexType.literal.type === 'Literal' ? node.indexType.literal.value : undefined;
  return typeof key === 'string' ? handleOfType({ node: node.objectType, file }, [key], world, depth + 1) : undefined;
}

function reference(at: Located<TSESTree.TSTypeReference>, world: World, depth: number): Answer {
  const { node, file } = at;
  const written = nameOf(node.typeName);
  const root = rootOf(node.typeName);
  if (root === undefined || written === undefined) return undefined;
  const [argument] = node.typeArguments?.params ?? [];
  if (transparent.has(written)) {
    if (written === 'ReturnType' && argument?.type === 'TSTypeQuery') return returnType(argument, file, world, depth);
    return argument && handleOfType({ node: argument, file }, [], world, depth + 1);
  }
  const meaning = meaningOf(root, file, world.semantics);
  const evidence = [
    { text: `typed \`${label(file.text, node.range, 50)}\``, place: { file: file.path, range: [node.range[0], node.range[1]] as const } },
  ];
  switch (meaning?.kind) {
    case 'import': {
      if (isForeignModule(meaning.module)) return 'other';
      const full =
        root === node.typeName
          ? meaning.name
          : meaning.name === '*' || meaning.name === 'default'
            ? written.slice(root.name.length + 1)
            : written.replace(root.name, meaning.name);
      const kind = typeKind(meaning.module, full);
      if (kind) return { ...kind, reach: 'pooled', confidence: 'certain', evidence, passedIn: true };
      if (driverOfModule(meaning.module)) return 'other';
      return byTypeName(full, at, world, evidence);
    }
    case 'type': {
      if (meaning.node.type === 'TSTypeAliasDeclaration')
        return (
          handleOfType({ node: meaning.node.typeAnnotation, file: meaning.file }, [], world, depth + 1) ??
          byTypeName(written, at, world, evidence)
        );
      if (meaning.node.type === 'TSInterfaceDeclaration') {
        for (const parent of meaning.node.extends) {
          if (parent.expression.type !== 'Identifier') continue;
          const above = meaningOf(parent.expression, meaning.file, world.semantics);
          const kind = above?.kind === 'import' ? typeKind(above.module, above.name) : undefined;
          if (kind) return { ...kind, reach: 'pooled', confidence: 'certain', evidence, passedIn: true };
        }
        return byTypeName(written, at, world, evidence);
      }
      return undefined;
    }
    case 'class':
      return undefined;
    case undefined:
      return byTypeName(written, at, world, evidence);
    default:
      return undefined;
  }
}

/** The kind of handle an exported type of a driver stands for. */
function typeKind(module: string, name: string): Pick<Handle, 'kind' | 'driver' | 'underlying'> | undefined {
  if (module.startsWith('drizzle-orm/')) {
    const carrier = drizzleCarriers[Object.keys(drizzleCarriers).find((known) => module === known || module.startsWith(`${known}/`)) ?? ''];
    const isCore = /^drizzle-orm\/pg-core(\/|$)/.test(module);
    if (!isCore && (carrier === undefined || carrier === 'foreign')) return undefined;
    const kind = driverOfModule('drizzle-orm/node-postgres')!.types[name];
    if (!kind) return undefined;
    const underlying: Handle | undefined =
      carrier === undefined || carrier === 'http' || carrier === 'foreign'
        ? undefined
        : { kind: 'pool', driver: carrier, reach: 'pooled', confidence: 'likely', evidence: [] };
    // A transaction is assignable to the type of its database: only the caller knows which of them it passes.
    return { kind: kind === 'pool' ? 'unknown' : kind, driver: 'drizzle', ...(underlying && { underlying }) };
  }
  const driver = driverOfModule(module);
  const kind: HandleKind | undefined = driver && Object.hasOwn(driver.types, name) ? driver.types[name] : undefined;
  return driver && kind ? { kind, driver: driver.id } : undefined;
}

/** A type whose declaration is out of sight, by its name: `Tx`, `DbTransaction`, `Database`. */
function byTypeName(name: string, at: Located, world: World, evidence: Handle['evidence']): Answer {
  const found = words(name.split('.').at(-1)!);
  const has = (...candidates: string[]) => candidates.some((candidate) => found.includes(candidate));
  if (has('redis', 'mysql', 'sqlite', 'mongo', 'd1', 'kv', 'config', 'options', 'schema')) return 'other';
  const hint = databaseHint(at.file, world);
  if (hint === 'another database') return undefined;
  const either = has('or') || (has('db', 'database') && has('tx', 'trx', 'transaction') && has('or', 'executor'));
  const kind: HandleKind | undefined = either
    ? 'unknown'
    : has('tx', 'trx', 'txn', 'transaction')
      ? 'transaction'
      : has('db', 'database', 'pool', 'sql', 'postgres', 'drizzle', 'kysely', 'client', 'connection', 'executor', 'querier')
        ? 'unknown'
        : undefined;
  return (
    kind && {
      kind,
      driver: 'unknown',
      reach: 'pooled',
      confidence: hint === 'PostgreSQL' ? 'likely' : 'possible',
      evidence,
      passedIn: true,
    }
  );
}

function returnType(query: TSESTree.TSTypeQuery, file: Located['file'], world: World, depth: number): Answer {
  if (query.exprName.type !== 'Identifier') return undefined;
  const meaning = meaningOf(query.exprName, file, world.semantics);
  if (meaning?.kind === 'import' && driverOfModule(meaning.module)) {
    const driver = driverOfModule(meaning.module)!;
    const row = driver.constructors.find((constructor) => constructor.name === meaning.name);
    const text = `typed \`ReturnType<typeof ${query.exprName.name}>\``;
    return (
      row && {
        kind: row.makes === 'pool' ? 'unknown' : row.makes,
        driver: driver.id,
        reach: 'pooled',
        confidence: 'certain',
        evidence: [{ text }],
        passedIn: true,
      }
    );
  }
  const call = {
    type: 'CallExpression',
    callee: query.exprName,
    arguments: [],
    range: query.range,
    parent: query,
  } as unknown as TSESTree.CallExpression;
  const fn = calleeOf({ node: call, file }, world.semantics);
  if (!fn) return undefined;
  for (const returned of returnedExpressions(fn.node)) {
    const answer = answerOf({ node: returned, file: fn.file }, world);
    if (answer && answer !== 'other') return { ...answer, passedIn: true, ...(answer.kind === 'pool' && { kind: 'unknown' as const }) };
  }
  const declared = fn.node.returnType?.typeAnnotation;
  return declared && handleOfType({ node: declared, file: fn.file }, [], world, depth + 1);
}

/** The type of a property of a type. */
function memberType(at: Located, name: string, world: World, depth: number): Located | undefined {
  const { node, file } = at;
  if (depth > 8) return undefined;
  switch (node.type) {
    case 'TSTypeLiteral':
    case 'TSInterfaceBody': {
      const members = node.type === 'TSTypeLiteral' ? node.members : node.body;
      for (const member of members) {
        if (member.type === 'TSPropertySignature' && propertyName(member) === name && member.typeAnnotation)
          return { node: member.typeAnnotation.typeAnnotation, file };
      }
      return undefined;
    }
    case 'TSIntersectionType':
    case 'TSUnionType':
      for (const type of node.types) {
        const found = memberType({ node: type, file }, name, world, depth + 1);
        if (found) return found;
      }
      return undefined;
    case 'TSTypeReference': {
      const root = rootOf(node.typeName);
      const [argument] = node.typeArguments?.params ?? [];
      if (root && transparent.has(root.name) && argument) return memberType({ node: argument, file }, name, world, depth + 1);
      const meaning = root && meaningOf(root, file, world.semantics);
      if (meaning?.kind !== 'type') return undefined;
      if (meaning.node.type === 'TSTypeAliasDeclaration')
        return memberType({ node: meaning.node.typeAnnotation, file: meaning.file }, name, world, depth + 1);
      return meaning.node.type === 'TSInterfaceDeclaration'
        ? memberType({ node: meaning.node.body, file: meaning.file }, name, world, depth + 1)
        : undefined;
    }
    default:
      return undefined;
  }
}

function nameOf(node: TSESTree.EntityName): string | undefined {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'TSQualifiedName') return undefined;
  const left = nameOf(node.left);
  return left === undefined ? undefined : `${left}.${node.right.name}`;
}

function rootOf(node: TSESTree.EntityName): TSESTree.Identifier | undefined {
  return node.type === 'Identifier' ? node : node.type === 'TSQualifiedName' ? rootOf(node.left) : undefined;
}
