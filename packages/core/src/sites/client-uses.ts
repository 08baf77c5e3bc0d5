import type { TSESTree } from '@typescript-eslint/types';
import { poolTakerOf } from '../drivers/pool-takers.ts';
import { calleeOf } from '../evaluate/callee.ts';
import { exportOf, type Located } from '../evaluate/meaning.ts';
import {
  argumentOf,
  bareParameter,
  enclosingBody,
  enclosingClass,
  enclosingFunctions,
  type FunctionNode,
  isFunction,
  nameOfFunction,
} from '../syntax/functions.ts';
import { dottedPath, propertyName } from '../syntax/names.ts';
import { nodeAt } from '../syntax/node-at.ts';
import { variableOf } from '../syntax/scope.ts';
import { wrapped } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';

/** What becomes of a client that is made somewhere, as far as the code shows it. */
export interface ClientUses {
  /** Something listens to its `error` event. */
  readonly listened: boolean;
  /** Something closes it. */
  readonly closed: boolean;
  /** It is closed by the program that makes it when that is done: no process goes on with it. */
  readonly shortLived: boolean;
  /** It is kept where it outlives the function that makes it: a variable outside, a global, a field, a collection. */
  readonly kept: boolean;
  /** It gets out of sight: whoever has it there may listen to it, or close it. */
  readonly escapes: boolean;
}

/** Follows a client from where it is made, through the names it is given, to everything that is done with it. */
export function clientUsesOf(made: Located, world: World): ClientUses {
  const known = world.clientUses.get(made.node);
  if (known) return known;
  const search = new Search(world, made);
  search.value(made);
  world.clientUses.set(made.node, search);
  return search;
}

/** A client that many places of a repository use is known well enough after these. */
const maxSteps = 400;
const listens = /^(on|once|addListener|prependListener)$/;
const closes = /^(end|close|destroy|\$disconnect|disconnect|shutdown|releaseAll)$/;
/** Methods that put their argument into something that keeps it. */
const keeps = /^(set|add|push|unshift|register|decorate|provide|use|bind|registerInstance|value|asValue)$/;

class Search implements ClientUses {
  listened = false;
  closed = false;
  shortLived = false;
  kept = false;
  escapes = false;
  private readonly world: World;
  private readonly made: Located;
  private readonly seen = new Set<TSESTree.Node>();

  constructor(world: World, made: Located) {
    this.world = world;
    this.made = made;
  }

  /** An expression whose value is the client. */
  value(at: Located): void {
    const node = wrapped(at.node);
    const { file } = at;
    const parent = node.parent;
    if (!parent || this.seen.has(node)) return;
    if (this.seen.size > maxSteps) return void (this.escapes = true);
    this.seen.add(node);
    switch (parent.type) {
      case 'AwaitExpression':
      case 'ConditionalExpression':
      case 'LogicalExpression':
      case 'SequenceExpression':
        if (parent.type === 'ConditionalExpression' && parent.test === node) return;
        return this.value({ node: parent, file });
      case 'VariableDeclarator':
        if (parent.id.type === 'Identifier') return this.variable({ node: parent.id, file }, node);
        return this.destructured(parent.id, file);
      case 'AssignmentExpression':
        if (parent.left === node) return;
        this.assigned(parent, file);
        return this.value({ node: parent, file });
      case 'AssignmentPattern':
        this.escapes = true;
        return;
      case 'PropertyDefinition':
        if (parent.value !== node) return;
        this.kept = true;
        return this.field(propertyName(parent), parent, file);
      case 'MemberExpression':
        return parent.object === node ? this.member({ node: parent, file }) : undefined;
      case 'Property':
      case 'ArrayExpression':
      case 'SpreadElement':
        return this.part({ node, file });
      case 'ReturnStatement':
        return this.result(node, file);
      case 'ExportDefaultDeclaration':
        return this.exported({ node: parent.declaration, file });
      case 'CallExpression':
      case 'NewExpression':
        return parent.callee === node ? undefined : this.argument({ node, file });
      case 'YieldExpression':
        this.escapes = true;
        return;
      default:
        if (isFunction(parent) && parent.body === node) this.result(node, file);
    }
  }

  /** `const { $client } = drizzle(url)` gives the pool; whatever else is taken from a client is a function of it. */
  private destructured(pattern: TSESTree.Node, file: Located['file']): void {
    if (pattern.type !== 'ObjectPattern') return void (this.escapes = true);
    for (const property of pattern.properties) {
      if (property.type === 'Property' && propertyName(property) === '$client' && property.value.type === 'Identifier')
        this.variable({ node: property.value, file }, pattern);
    }
  }

  /** @param value the expression that the variable is given */
  private variable(name: Located<TSESTree.Identifier>, value: TSESTree.Node): void {
    const { node, file } = name;
    const variable = variableOf(node, file);
    if (!variable || this.seen.has(variable.identifiers[0] ?? node)) return;
    const declaration = variable.identifiers[0] ?? node;
    this.seen.add(declaration);
    if (this.isOutside(declaration, value)) this.kept = true;
    for (const reference of variable.references) {
      const use = reference.identifier;
      if (use.type !== 'Identifier' || use === declaration) continue;
      if (use.parent.type === 'ExportSpecifier') this.exported({ node: declaration, file });
      else if (!reference.isWrite()) this.value({ node: use, file });
    }
    if (isExported(declaration)) this.exported({ node: declaration, file });
  }

  /** Whether what is declared outlives the function that an expression stands in; at module level, whether that is later than the construction. */
  private isOutside(declaration: TSESTree.Node, value: TSESTree.Node): boolean {
    const [around] = enclosingFunctions(value);
    if (!around) return !enclosingFunctions(this.made.node).next().done;
    return declaration.range[0] < around.range[0] || declaration.range[1] > around.range[1];
  }

  private assigned(assignment: TSESTree.AssignmentExpression, file: Located['file']): void {
    const left = wrapped(assignment.left);
    if (left.type === 'Identifier') {
      const declaration = variableOf(left, file)?.identifiers[0];
      if (!declaration) this.kept = true;
      return this.variable({ node: left, file }, assignment);
    }
    if (left.type !== 'MemberExpression') return void (this.escapes = true);
    const name = propertyName(left);
    if (left.object.type === 'ThisExpression') {
      this.kept = true;
      return this.field(name, left, file);
    }
    const written = dottedPath(left);
    if (written === 'module.exports' || written?.startsWith('exports.')) return void (this.escapes = true);
    if (this.outlives(left.object, file)) this.kept = true;
    // `globalThis.pool`, `globalForDb.pool`: whatever reads it in this file.
    this.path(written, left, file);
    this.escapes = true;
  }

  /** Whether what is stored in an object outlives the function that makes the client: not in what that function was given, a request. */
  private outlives(object: TSESTree.Node, file: Located['file']): boolean {
    let root = object;
    while (root.type === 'MemberExpression' || root.type === 'TSAsExpression' || root.type === 'TSNonNullExpression')
      root = root.type === 'MemberExpression' ? root.object : root.expression;
    if (root.type !== 'Identifier') return true;
    const declaration = variableOf(root, file)?.identifiers[0];
    return !declaration || this.isOutside(declaration, object);
  }

  private path(written: string | undefined, except: TSESTree.Node, file: Located['file']): void {
    if (written === undefined) return;
    walk(file.ast, (node) => {
      if (node.type === 'MemberExpression' && node !== except && dottedPath(node) === written) this.value({ node, file });
    });
  }

  /** A field of a class: what the class itself does with it. Others may reach it where it is not private. */
  private field(name: string | undefined, declaration: TSESTree.Node, file: Located['file']): void {
    const owner = enclosingClass(declaration);
    if (!owner || name === undefined || this.seen.has(declaration)) return void (this.escapes ||= !owner);
    this.seen.add(declaration);
    walk(owner.body, (node) => {
      if (node.type === 'MemberExpression' && node !== declaration && node.object.type === 'ThisExpression' && propertyName(node) === name)
        this.value({ node, file });
    });
    if (owner.superClass) this.escapes = true;
    // `db.pool.on('error', ..)` by whoever has the instance.
    const target = this.elsewhere(declaration.type === 'PropertyDefinition' ? declaration.key : declaration, file);
    for (const use of target ?? []) this.value(use);
  }

  /** `pool.on(..)`, `pool.end()`, `db.$client`. */
  private member(at: Located<TSESTree.MemberExpression>): void {
    const { node, file } = at;
    const name = propertyName(node);
    if (name === '$client') return this.value(at);
    const callee = wrapped(node);
    const call = callee.parent;
    if (call?.type !== 'CallExpression' || call.callee !== callee) {
      // `pool.end` handed to something that calls it.
      if (name !== undefined && closes.test(name)) this.closed = true;
      return;
    }
    if (name !== undefined && closes.test(name)) {
      this.closed = true;
      this.shortLived ||= endsProgram(call, this.made, { node, file }, this.world);
    }
    if (name === undefined || !listens.test(name)) return;
    const [event] = call.arguments;
    if (event?.type !== 'Literal' || event.value === 'error') this.listened = true;
    this.value({ node: call, file });
  }

  /** A part of an object or array: what has it, has the client. */
  private part(at: Located): void {
    const { file } = at;
    for (let node: TSESTree.Node = at.node; node.parent; node = node.parent) {
      const parent = node.parent;
      if (parent.type === 'Property' && parent.key === node && !parent.shorthand) return;
      if (parent.type === 'CallExpression' || parent.type === 'NewExpression') {
        if (parent.callee === node) return;
        return this.argument({ node, file });
      }
      if (parent.type === 'ReturnStatement' || isFunction(parent)) {
        this.escapes = true;
        return this.result(node, file);
      }
      if (parent.type === 'VariableDeclarator') {
        this.escapes = true;
        if (this.isOutside(parent.id, parent)) this.kept = true;
        return;
      }
      if (parent.type === 'AssignmentExpression') {
        this.escapes = true;
        if (parent.left.type !== 'MemberExpression' || this.outlives(parent.left.object, file)) this.kept = true;
        return;
      }
      if (parent.type.endsWith('Statement') || parent.type.endsWith('Declaration')) break;
    }
    this.escapes = true;
  }

  /** An argument of a call: of a function in sight, of a package that is known, or of something that is not. */
  private argument(at: Located): void {
    const { file } = at;
    const position = argumentOf(at.node) ?? argumentOf(wrapped(at.node));
    if (!position) return void (this.escapes = true);
    const { call, index } = position;
    const exported = exportOf(call.callee, file, this.world.semantics);
    const taker = exported && poolTakerOf(exported.module, exported.name);
    if (taker) {
      if (taker.listens) this.listened = true;
      return this.value({ node: call, file });
    }
    if (call.type === 'CallExpression') {
      const callee = call.callee.type === 'MemberExpression' ? call.callee : undefined;
      const method = callee && propertyName(callee);
      if (callee && method !== undefined && keeps.test(method) && this.outlives(callee.object, file)) this.kept = true;
      const fn = calleeOf({ node: call, file }, this.world.semantics);
      const parameter = fn?.node.params[index];
      const bare = parameter && bareParameter(parameter);
      if (fn && bare?.type === 'Identifier') return this.parameter({ node: bare, file: fn.file });
    }
    this.escapes = true;
    // `new Kysely({ dialect: new PostgresDialect({ pool }) })`: what is made of it stands for it.
    if (call.type === 'NewExpression') this.value({ node: call, file });
  }

  private parameter(name: Located<TSESTree.Identifier>): void {
    if (this.seen.has(name.node)) return;
    this.seen.add(name.node);
    const variable = variableOf(name.node, name.file);
    for (const reference of variable?.references ?? []) {
      if (!reference.isWrite() && reference.identifier.type === 'Identifier') this.value({ node: reference.identifier, file: name.file });
    }
  }

  /** What a function gives back: whoever calls it has the client. */
  private result(node: TSESTree.Node, file: Located['file']): void {
    const fn = enclosingBody(node);
    const calls = isFunction(fn) ? callsOf({ node: fn, file }, this.world) : undefined;
    if (!calls) return void (this.escapes = true);
    for (const call of calls) this.value(call);
  }

  private exported(at: Located): void {
    const uses = at.node.type === 'Identifier' ? this.elsewhere(at.node, at.file) : undefined;
    if (!uses) return void (this.escapes = true);
    for (const use of uses) this.value(use);
  }

  /** Uses in other files; `undefined` where none are seen, as there may be some. */
  private elsewhere(name: TSESTree.Node, file: Located['file']): readonly Located[] | undefined {
    return usesElsewhere({ node: name, file }, this.world);
  }
}

/**
 * Whether a call that closes a client is a part of the work that the client was made for: in the function that made it, at the end of the
 * module, or of what the module calls. A handler of a signal or of a server's end is not.
 */
function endsProgram(call: TSESTree.CallExpression, made: Located, { file }: Located, world: World): boolean {
  const makers = new Set<TSESTree.Node>(enclosingFunctions(made.node));
  for (const fn of enclosingFunctions(call)) {
    if (makers.has(fn)) return true;
    const position = argumentOf(fn)?.call;
    const callee = position?.type === 'CallExpression' ? position.callee : undefined;
    if (callee?.type === 'MemberExpression' && /^(then|finally|catch)$/.test(propertyName(callee) ?? '')) continue;
    if (fn.parent.type === 'CallExpression' && fn.parent.callee === fn) continue;
    const calls = callsOf({ node: fn, file }, world) ?? [];
    if (!calls.some((use) => use.file === file && enclosingFunctions(use.node).next().done)) return false;
  }
  return true;
}

/** The uses of a name in other files. @returns `undefined` where there are none in sight: another analysis may see some */
function usesElsewhere({ node, file }: Located, world: World): readonly Located[] | undefined {
  const places = world.semantics.references({ file: file.path, range: [node.range[0], node.range[1]] });
  const elsewhere = places.filter((place) => place.file !== file.path);
  const uses = elsewhere.map((place) => {
    const source = world.semantics.source(place.file);
    const use = source && nodeAt(source.ast, place.range);
    return use && source ? { node: use, file: source } : undefined;
  });
  return uses.length > 0 && uses.every((use) => use !== undefined) ? uses : undefined;
}

/**
 * The calls of a function that has a name.
 *
 * @returns `undefined` where not all of them are in sight: a function without a name, one that is handed around, an exported one that
 *   nothing in sight calls
 */
export function callsOf(fn: Located<FunctionNode>, world: World): readonly Located<TSESTree.CallExpression>[] | undefined {
  const { file } = fn;
  const name = nameOfFunction(fn.node);
  if (!name) return undefined;
  const uses: Located[] = (variableOf(name, file)?.references ?? [])
    .filter((use) => !use.init && use.identifier.type === 'Identifier' && use.identifier.parent.type !== 'ExportSpecifier')
    .map((use) => ({ node: use.identifier, file }));
  const names = (variableOf(name, file)?.references ?? []).some((use) => use.identifier.parent?.type === 'ExportSpecifier');
  if (names || isExported(name)) {
    const elsewhere = usesElsewhere({ node: name, file }, world);
    if (!elsewhere) return undefined;
    uses.push(...elsewhere);
  }
  const calls = uses.map((use): Located<TSESTree.CallExpression> | undefined => {
    const parent = use.node.parent;
    const callee = wrapped(parent?.type === 'MemberExpression' && parent.property === use.node ? parent : use.node);
    const call = callee.parent;
    return call?.type === 'CallExpression' && call.callee === callee ? { node: call, file: use.file } : undefined;
  });
  return calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined;
}

/** Whether a declared name is exported where it is declared. */
export function isExported(name: TSESTree.Node): boolean {
  for (let at: TSESTree.Node | undefined = name.parent; at; at = at.parent) {
    if (at.type === 'ExportNamedDeclaration' || at.type === 'ExportDefaultDeclaration') return true;
    if (isFunction(at) && at.id !== name) return false;
    if (at.type === 'BlockStatement' || at.type === 'ClassBody') return false;
  }
  return false;
}
