import type { TSESTree } from '@typescript-eslint/types';
import { type Located, propertyValue } from '../evaluate/meaning.ts';
import type { SourceFile } from '../source-file.ts';
import { bareParameter, enclosingFunctions, type FunctionNode, isFunction, nameOfFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { nodeAt } from '../syntax/node-at.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, wrapped } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { rootOf } from './place-of.ts';
import type { Handle } from './site.ts';

/** What a caller passes, and the call it passes it in. */
export interface Passed {
  /** The default of the parameter, where the caller leaves it out. */
  readonly argument: Located;
  readonly call: Located<TSESTree.CallExpression>;
}

/** The callers of a function, as far as they are in sight. */
export interface Callers {
  readonly passed: readonly Passed[];
  /** These are all. */
  readonly complete: boolean;
}

const nobody: Callers = { passed: [], complete: false };

/**
 * What every caller passes for the parameter that a handle came in by.
 *
 * @returns `undefined` where not every caller is in sight: no caller at all, a function that is handed around, or an exported one in an
 *   analysis that does not see the other files
 */
export function passedBy(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World): readonly Passed[] | undefined {
  const { passed, complete } = callersOf(handle, node, file, world);
  return complete ? passed : undefined;
}

/** What the callers that are in sight pass for the parameter that a handle came in by. */
export function callersOf(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World): Callers {
  const entrance = handle.root === undefined ? undefined : entranceOf(handle, node, file);
  if (handle.root === undefined || !entrance) return nobody;
  const known = world.callers.get(handle.root);
  if (known) return known;
  const callers = findCallers(entrance, file, world);
  world.callers.set(handle.root, callers);
  return callers;
}

function findCallers(entrance: Entrance, file: SourceFile, world: World): Callers {
  const { fn } = entrance;
  const method = methodName(fn);
  const name = nameOfFunction(fn) ?? method;
  if (!name) return nobody;
  const uses: Located[] = (variableOf(name, file)?.references ?? [])
    .filter((use) => !use.init && !isNoUse(use.identifier))
    .map((use) => ({ node: use.identifier, file }));
  // A method may also be called through an interface, or through a class that inherits it.
  let complete = method === undefined;
  if (method !== undefined || isExported(fn, name.name, file)) {
    const elsewhere = world.semantics
      .references({ file: file.path, range: [name.range[0], name.range[1]] })
      .filter((place) => method !== undefined || place.file !== file.path);
    if (elsewhere.length === 0) complete = false;
    for (const place of elsewhere) {
      const source = world.semantics.source(place.file);
      const use = source && nodeAt(source.ast, place.range);
      if (use) uses.push({ node: use, file: source });
      else complete = false;
    }
  }
  const passed = uses.flatMap((use) => passedAt(use, entrance, file) ?? []);
  return { passed, complete: complete && passed.length > 0 && passed.length === uses.length };
}

/** `export { f }` and `typeof f` call nothing. */
function isNoUse({ parent }: TSESTree.Node): boolean {
  return parent?.type === 'ExportSpecifier' || parent?.type === 'TSTypeQuery';
}

function methodName(fn: FunctionNode): TSESTree.Identifier | undefined {
  const { parent } = fn;
  return parent.type === 'MethodDefinition' && parent.kind === 'method' && !parent.computed && parent.key.type === 'Identifier'
    ? parent.key
    : undefined;
}

/** The argument of the call of which a name is the callee. */
function passedAt(use: Located, { index, key, initial }: Entrance, home: SourceFile): Passed | undefined {
  const { file } = use;
  const member = use.node.parent?.type === 'MemberExpression' && use.node.parent.property === use.node ? use.node.parent : use.node;
  const callee = wrapped(member);
  const call = callee.parent;
  if (call?.type !== 'CallExpression' || call.callee !== callee) return undefined;
  if (call.arguments.slice(0, index + 1).some(({ type }) => type === 'SpreadElement')) return undefined;
  const argument = call.arguments[index];
  let value: TSESTree.Node | undefined = argument && unwrap(argument);
  if (key !== undefined && value) {
    if (value.type !== 'ObjectExpression' || value.properties.some(({ type }) => type === 'SpreadElement')) return undefined;
    value = propertyValue(value, key);
  }
  const isLeftOut = !value || (value.type === 'Identifier' && value.name === 'undefined');
  if (isLeftOut) return initial && { argument: { node: initial, file: home }, call: { node: call, file } };
  return value && { argument: { node: value, file }, call: { node: call, file } };
}

/** How a handle comes into a function. */
interface Entrance {
  readonly fn: FunctionNode;
  /** The position of the parameter. */
  readonly index: number;
  /** The property that it is taken out of: `function f({ db })`. */
  readonly key?: string;
  /** What it is where the caller says nothing. */
  readonly initial?: TSESTree.Node;
}

function entranceOf(handle: Handle, node: TSESTree.Node, file: SourceFile): Entrance | undefined {
  for (const fn of enclosingFunctions(node)) {
    for (const [index, parameter] of fn.params.entries()) {
      const bare = bareParameter(parameter);
      if (bare.type === 'Identifier' && rootOf(file.path, bare) === handle.root)
        return { fn, index, ...(parameter.type === 'AssignmentPattern' && { initial: parameter.right }) };
      if (bare.type !== 'ObjectPattern') continue;
      for (const property of bare.properties) {
        if (property.type !== 'Property') continue;
        const { value } = property;
        const name = value.type === 'AssignmentPattern' ? value.left : value;
        const key = propertyName(property);
        if (key === undefined || name.type !== 'Identifier' || rootOf(file.path, name) !== handle.root) continue;
        return { fn, index, key, ...(value.type === 'AssignmentPattern' && { initial: value.right }) };
      }
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
