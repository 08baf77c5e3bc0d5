import type { Place, SourceFile } from '@pgbouncer-audit/core';
import type { TSESTree } from '@typescript-eslint/types';
import { exportsFunction } from './exports-function.ts';
import { exportsOf, type Exports } from './exports.ts';
import { bare, keyName, loadedModule, nameOf, nodeAt, variableOf } from './tree.ts';

/** What a name leads to: the name or expression that declares it, or a module as a whole. */
interface Found {
  readonly file: SourceFile;
  /** The whole program stands for the module. */
  readonly node: TSESTree.Node;
}

type ClassNode = TSESTree.ClassDeclaration | TSESTree.ClassExpression;

/** What holds members. */
type Holder =
  | { readonly kind: 'module'; readonly file: SourceFile }
  | { readonly kind: 'object'; readonly file: SourceFile; readonly node: TSESTree.ObjectExpression }
  | { readonly kind: 'instance' | 'static'; readonly file: SourceFile; readonly node: ClassNode }
  | { readonly kind: 'type'; readonly file: SourceFile; readonly node: TSESTree.TSInterfaceDeclaration | TSESTree.TSTypeLiteral };

/** The file that exports a name, or re-exports all of the package `outside`, which may. */
interface StarOrigin {
  readonly file: string;
  readonly outside?: string;
}

export interface Modules {
  /** A file of the repository, parsed. */
  source(file: string): SourceFile | undefined;
  /** The text of a file; empty when it cannot be read. */
  text(file: string): string;
  /** The file that an import of `from` leads to. */
  resolve(from: string, specifier: string): string | undefined;
}

/** The look of `export *`, with what may stand between the two. */
const exportsAll = /\bexport\s{0,99}(?:type\b\s{0,99})?(?:(?:\/\*(?:[^*]|\*(?!\/)){0,300}\*\/|\/\/[^\n]{0,300}\n)\s{0,99}){0,9}\*/;

/** Longer chains are cycles, or nothing that a reader could follow either. */
const maxDepth = 24;

/** Type arguments that stand for what they wrap. */
const transparentTypes = new Set(['Promise', 'Awaited', 'Readonly', 'Partial', 'Required', 'NonNullable', 'Omit', 'Pick', 'PromiseLike']);

/**
 * Finds declarations across the files of a repository by reading, without a type checker: imports, re-exports, aliases,
 * namespaces, CommonJS, members of object literals and classes, annotated types. Files are parsed as they are reached.
 */
export class Definitions {
  readonly #modules: Modules;
  /** What hangs on an object of a framework by that name. */
  readonly #decoration: (name: string) => Found | undefined;
  readonly #exports = new WeakMap<SourceFile, Exports>();
  readonly #stars = new Map<string, readonly string[]>();
  readonly #starOrigins = new Map<string, StarOrigin | undefined>();
  readonly #functions = new Map<string, boolean>();
  readonly #places = new Map<string, Place | undefined>();

  constructor(modules: Modules, decoration: (name: string) => Found | undefined = () => undefined) {
    this.#modules = modules;
    this.#decoration = decoration;
  }

  /** @see Semantics.definition */
  definition(place: Place): Place | undefined {
    const key = `${place.range[0]}:${place.range[1]}:${place.file}`;
    if (!this.#places.has(key)) this.#places.set(key, this.#definition(place));
    return this.#places.get(key);
  }

  /** @see Semantics.isFunction */
  isFunction({ file, range }: Place): boolean {
    const source = this.#modules.source(file);
    const specifier = source && nodeAt(source.ast, range)?.parent;
    if (specifier?.type !== 'ImportSpecifier') return false;
    const target = this.#modules.resolve(file, (specifier.parent as TSESTree.ImportDeclaration).source.value);
    const name = nameOf(specifier.imported);
    if (target === undefined || name === 'default') return false;
    const key = `${name}:${target}`;
    let known = this.#functions.get(key);
    if (known === undefined) this.#functions.set(key, (known = this.#leadsToFunction(target, name)));
    return known;
  }

  /** Also through `export *`, as long as no file on the way has the name. */
  #leadsToFunction(file: string, name: string): boolean {
    for (const at of this.#throughStars(file)) {
      const text = this.#modules.text(at);
      if (text.includes(name)) return exportsFunction(text, name);
    }
    return false;
  }

  #definition({ file, range }: Place): Place | undefined {
    const source = this.#modules.source(file);
    const node = source && nodeAt(source.ast, range);
    const found = node && this.#named(node, source);
    return found && { file: found.file.path, range: found.node.range };
  }

  #named(node: TSESTree.Node, file: SourceFile): Found | undefined {
    if (node.type !== 'Identifier' && node.type !== 'PrivateIdentifier' && node.type !== 'JSXIdentifier') {
      const module = node.type === 'Literal' && node.parent.type !== 'Property' && typeof node.value === 'string' ? node.value : undefined;
      const target = module !== undefined && isModuleName(node) ? this.#module(file, module) : undefined;
      return target && { file: target, node: target.ast };
    }
    const parent = node.parent;
    if (parent?.type === 'MemberExpression' && parent.property === node && !parent.computed) {
      return this.#member(parent, file, 0) ?? this.#decorated(parent.object, node.name, file);
    }
    if (parent?.type === 'ImportSpecifier' || parent?.type === 'ImportDefaultSpecifier' || parent?.type === 'ImportNamespaceSpecifier') {
      return this.#import(parent, file, 0);
    }
    if (parent?.type === 'ExportSpecifier') {
      const { source } = parent.parent;
      if (source) {
        const target = this.#module(file, source.value);
        return target && this.#exported(target, nameOf(parent.local), 0);
      }
      return parent.local.type === 'Identifier' ? this.#identifier(parent.local, file, 0) : undefined;
    }
    if (isMemberKey(node)) return { file, node };
    return node.type === 'PrivateIdentifier' ? undefined : this.#identifier(node, file, 0);
  }

  /** Where a name is declared; through imports, and through destructuring of modules. */
  #identifier(name: TSESTree.Identifier | TSESTree.JSXIdentifier, file: SourceFile, depth: number): Found | undefined {
    if (depth > maxDepth) return undefined;
    const variable = variableOf(name, file);
    // A function with a body wins over the signatures of its overloads.
    const definition = variable?.defs.find((each) => each.node.type !== 'TSDeclareFunction') ?? variable?.defs[0];
    if (!definition) return undefined;
    const declared = definition.name as TSESTree.Identifier;
    const node = definition.node as TSESTree.Node;
    switch (node.type) {
      case 'ImportSpecifier':
      case 'ImportDefaultSpecifier':
      case 'ImportNamespaceSpecifier':
        // What comes from a package is declared, for the repository, where it is imported.
        return this.#import(node, file, depth) ?? (declared === name ? undefined : { file, node: declared });
      case 'TSImportEqualsDeclaration': {
        const reference = node.moduleReference;
        const target =
          reference.type === 'TSExternalModuleReference' && reference.expression.type === 'Literal'
            ? this.#module(file, String(reference.expression.value))
            : undefined;
        return (target && this.#whole(target, depth)) ?? { file, node: declared };
      }
      case 'VariableDeclarator':
        return this.#destructured(node, declared, file, depth) ?? { file, node: declared };
      default:
        return { file, node: declared };
    }
  }

  /** `const { db } = await import('./db')`, `const db = require('./db')`: the declaration lies behind the variable. */
  #destructured({ id, init }: TSESTree.VariableDeclarator, name: TSESTree.Identifier, file: SourceFile, depth: number): Found | undefined {
    if (!init) return undefined;
    const module = loadedModule(bare(init));
    if (id === name) {
      const target = module !== undefined && bare(init).type === 'CallExpression' ? this.#module(file, module) : undefined;
      return target && this.#whole(target, depth);
    }
    const path = id.type === 'ObjectPattern' ? patternPath(id, name) : undefined;
    if (!path) return undefined;
    let holder = this.#holder(bare(init), file, depth + 1);
    if (!holder && path.length === 1) return this.#decorated(init, path[0]!, file);
    for (const [index, key] of path.entries()) {
      const found = holder && this.#memberOf(holder, key, depth + 1);
      if (!found) return undefined;
      // A part of an object literal of this very file: the variable is as good a declaration.
      if (index === path.length - 1) return found.file === file ? undefined : found;
      holder = this.#holderAt(found, depth + 1);
    }
    return undefined;
  }

  #import(specifier: TSESTree.ImportClause, file: SourceFile, depth: number): Found | undefined {
    const target = this.#module(file, (specifier.parent as TSESTree.ImportDeclaration).source.value);
    if (!target) return undefined;
    if (specifier.type === 'ImportNamespaceSpecifier') return { file: target, node: target.ast };
    return this.#exported(target, specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : 'default', depth + 1);
  }

  #module(from: SourceFile, specifier: string): SourceFile | undefined {
    const file = this.#modules.resolve(from.path, specifier);
    return file === undefined ? undefined : this.#modules.source(file);
  }

  #exportsOf(file: SourceFile): Exports {
    let exports = this.#exports.get(file);
    if (!exports) this.#exports.set(file, (exports = exportsOf(file.ast)));
    return exports;
  }

  /** What `require` gives: `module.exports`, or the module with its named exports. */
  #whole(file: SourceFile, depth: number): Found {
    const { whole } = this.#exportsOf(file);
    return (whole && this.#value(whole, file, depth + 1)) ?? { file, node: file.ast };
  }

  #exported(file: SourceFile, name: string, depth: number): Found | undefined {
    if (depth > maxDepth) return undefined;
    const { named, stars, whole } = this.#exportsOf(file);
    const found = named.get(name);
    switch (found?.kind) {
      case 'declared': {
        const declarator = found.name.parent;
        // Only these may lead on, or be declared several times.
        const leadsOn =
          declarator.type === 'VariableDeclarator'
            ? declarator.init !== null && loadedModule(bare(declarator.init)) !== undefined
            : declarator.type === 'Property' || declarator.type === 'AssignmentPattern' || declarator.type === 'TSDeclareFunction';
        return (leadsOn ? this.#identifier(found.name, file, depth + 1) : undefined) ?? { file, node: found.name };
      }
      case 'value':
        return this.#value(found.node, file, depth + 1);
      case 'from': {
        const target = this.#module(file, found.module);
        if (!target) return { file, node: found.node };
        return found.imported === '*' ? { file: target, node: target.ast } : this.#exported(target, found.imported, depth + 1);
      }
    }
    if (whole) {
      if (name === 'default') return this.#value(whole, file, depth + 1);
      const holder = this.#holder(whole, file, depth + 1);
      return holder && this.#memberOf(holder, name, depth + 1);
    }
    if (name === 'default' || stars.length === 0) return undefined;
    const origin = this.#starOrigin(file.path, name);
    const there = origin && this.#modules.source(origin.file);
    if (!there) return undefined;
    if (origin.outside === undefined) return this.#exported(there, name, depth + 1);
    const star = this.#exportsOf(there).stars.find(({ source }) => source.value === origin.outside);
    return star && { file: there, node: star };
  }

  /** Where `export *` takes a name from. Barrels re-export each other by the hundred, so every file is entered once. */
  #starOrigin(file: string, name: string): StarOrigin | undefined {
    const key = `${name}:${file}`;
    if (!this.#starOrigins.has(key)) this.#starOrigins.set(key, this.#findStarOrigin(file, name));
    return this.#starOrigins.get(key);
  }

  #findStarOrigin(file: string, name: string): StarOrigin | undefined {
    const outside: StarOrigin[] = [];
    for (const at of this.#throughStars(file, outside)) if (at !== file && this.#exportsName(at, name)) return { file: at };
    // It can only come from the one package that is re-exported.
    return outside.length === 1 ? outside[0] : undefined;
  }

  /**
   * A file and all that it takes in by `export *`, the nearest first.
   *
   * @param outside gets the packages that are re-exported on the way
   */
  *#throughStars(file: string, outside: StarOrigin[] = []): Generator<string> {
    const reached = new Set([file]);
    for (const at of reached) {
      yield at;
      for (const module of this.#starsOf(at)) {
        const target = this.#modules.resolve(at, module);
        if (target === undefined) outside.push({ file: at, outside: module });
        else reached.add(target);
      }
    }
  }

  /** What does not hold a name does not export it, and need not be parsed to know that. */
  #exportsName(file: string, name: string): boolean {
    const source = this.#modules.text(file).includes(name) ? this.#modules.source(file) : undefined;
    return source !== undefined && this.#exportsOf(source).named.has(name);
  }

  /** The modules that a file re-exports as a whole. Kept for good, where a tree is not. */
  #starsOf(file: string): readonly string[] {
    let stars = this.#stars.get(file);
    if (!stars) {
      const source = exportsAll.test(this.#modules.text(file)) ? this.#modules.source(file) : undefined;
      stars = source ? this.#exportsOf(source).stars.map(({ source: { value } }) => value) : [];
      this.#stars.set(file, stars);
    }
    return stars;
  }

  /** An exported expression: the declaration of the name that it is, the member that it is, or itself. */
  #value(expression: TSESTree.Node, file: SourceFile, depth: number): Found | undefined {
    const node = bare(expression);
    if (node.type === 'Identifier') return this.#identifier(node, file, depth);
    if (node.type === 'MemberExpression') return this.#member(node, file, depth) ?? { file, node };
    const module = loadedModule(node);
    const target = module === undefined ? undefined : this.#module(file, module);
    return target ? this.#whole(target, depth) : { file, node: expression };
  }

  #member({ object, property, computed }: TSESTree.MemberExpression, file: SourceFile, depth: number): Found | undefined {
    const name = keyName(property, computed);
    const holder = name === undefined || depth > maxDepth ? undefined : this.#holder(object, file, depth + 1);
    return holder && this.#memberOf(holder, name!, depth + 1);
  }

  /** A member of something that a framework hands out: a parameter, or `request.server`. */
  #decorated(object: TSESTree.Node, name: string, file: SourceFile): Found | undefined {
    const inner = bare(object);
    const root = inner.type === 'MemberExpression' ? bare(inner.object) : inner;
    const isGiven = root.type === 'Identifier' && variableOf(root, file)?.defs[0]?.type === 'Parameter';
    return isGiven ? this.#decoration(name) : undefined;
  }

  #memberOf(holder: Holder, name: string, depth: number): Found | undefined {
    if (depth > maxDepth) return undefined;
    const { file } = holder;
    switch (holder.kind) {
      case 'module':
        return this.#exported(file, name, depth + 1);
      case 'object':
        for (const property of holder.node.properties.toReversed()) {
          if (property.type === 'SpreadElement') {
            const spread = this.#holder(property.argument, file, depth + 1);
            const found = spread && this.#memberOf(spread, name, depth + 1);
            if (found) return found;
          } else if (keyName(property.key, property.computed) === name) {
            const value = bare(property.value);
            return value.type === 'Identifier' ? this.#identifier(value, file, depth + 1) : { file, node: property.key };
          }
        }
        return undefined;
      case 'instance':
      case 'static':
        return this.#classMember(holder, name, depth);
      case 'type': {
        const members = holder.node.type === 'TSTypeLiteral' ? holder.node.members : holder.node.body.body;
        const member = members.find((each) => 'key' in each && keyName(each.key, each.computed) === name);
        return member && 'key' in member ? { file, node: member.key } : undefined;
      }
    }
  }

  #classMember(
    { kind, file, node }: { kind: 'instance' | 'static'; file: SourceFile; node: ClassNode },
    name: string,
    depth: number,
  ): Found | undefined {
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock' || member.type === 'TSIndexSignature') continue;
      if (member.static === (kind === 'static') && keyName(member.key, member.computed) === name) return { file, node: member.key };
      if (member.type !== 'MethodDefinition' || member.kind !== 'constructor' || kind === 'static') continue;
      for (const parameter of member.value.params) {
        const property = parameter.type === 'TSParameterProperty' ? parameterName(parameter.parameter) : undefined;
        if (property?.name === name) return { file, node: property };
      }
    }
    const base = node.superClass && this.#holder(node.superClass, file, depth + 1);
    return base?.kind === 'static' ? this.#memberOf({ ...base, kind }, name, depth + 1) : undefined;
  }

  /** What an expression gives, as far as its members can be told. */
  #holder(expression: TSESTree.Node, file: SourceFile, depth: number): Holder | undefined {
    if (depth > maxDepth) return undefined;
    const node = bare(expression);
    const module = loadedModule(node);
    if (module !== undefined) {
      const target = this.#module(file, module);
      if (!target) return undefined;
      return node.type === 'ImportExpression' ? { kind: 'module', file: target } : this.#holderAt(this.#whole(target, depth), depth + 1);
    }
    switch (node.type) {
      case 'ObjectExpression':
        return { kind: 'object', file, node };
      case 'ClassExpression':
      case 'ClassDeclaration':
        return { kind: 'static', file, node };
      case 'ThisExpression': {
        const owner = enclosingClass(node);
        return owner && { kind: 'instance', file, node: owner };
      }
      case 'Super': {
        const base = enclosingClass(node)?.superClass;
        const holder = base && this.#holder(base, file, depth + 1);
        return holder?.kind === 'static' ? { ...holder, kind: 'instance' } : undefined;
      }
      case 'NewExpression': {
        const holder = this.#holder(node.callee, file, depth + 1);
        return holder?.kind === 'static' ? { ...holder, kind: 'instance' } : undefined;
      }
      case 'Identifier': {
        const found = this.#identifier(node, file, depth + 1);
        return found && this.#holderAt(found, depth + 1);
      }
      case 'MemberExpression': {
        const found = this.#member(node, file, depth + 1);
        return found && this.#holderAt(found, depth + 1);
      }
      case 'CallExpression':
        return this.#returned(node, file, depth + 1);
      default:
        return undefined;
    }
  }

  /** What a call gives: by the return type of the function, or by the one expression it returns. */
  #returned({ callee }: TSESTree.CallExpression, file: SourceFile, depth: number): Holder | undefined {
    const inner = bare(callee);
    const found =
      inner.type === 'Identifier'
        ? this.#identifier(inner, file, depth + 1)
        : inner.type === 'MemberExpression'
          ? this.#member(inner, file, depth + 1)
          : undefined;
    const fn = found && functionOf(found.node);
    if (!fn) return undefined;
    if (fn.returnType) return this.#typed(fn.returnType.typeAnnotation, found.file, depth + 1);
    const results = returnedExpressions(fn);
    return results.length === 1 ? this.#holder(results[0]!, found.file, depth + 1) : undefined;
  }

  /** What a declaration holds: by its annotation, or by its value. */
  #holderAt({ file, node }: Found, depth: number): Holder | undefined {
    if (depth > maxDepth) return undefined;
    if (node.type === 'Program') return { kind: 'module', file };
    const annotation = annotationOf(node);
    const typed = annotation && this.#typed(annotation, file, depth + 1);
    if (typed) return typed;
    const parent = node.parent;
    if (!parent) return undefined;
    switch (parent.type) {
      case 'ClassDeclaration':
      case 'ClassExpression':
        return parent.id === node ? { kind: 'static', file, node: parent } : this.#holder(node, file, depth + 1);
      case 'VariableDeclarator':
        return parent.id === node && parent.init ? this.#holder(parent.init, file, depth + 1) : undefined;
      case 'Property':
      case 'PropertyDefinition':
        if (parent.key === node && parent.type === 'PropertyDefinition' && parent.typeAnnotation) {
          return this.#typed(parent.typeAnnotation.typeAnnotation, file, depth + 1);
        }
        return parent.key === node && parent.value ? this.#holder(parent.value, file, depth + 1) : undefined;
      case 'TSPropertySignature':
        return parent.typeAnnotation && this.#typed(parent.typeAnnotation.typeAnnotation, file, depth + 1);
      case 'MethodDefinition': {
        if (parent.key !== node || parent.kind !== 'get') return undefined;
        const results = returnedExpressions(parent.value);
        return parent.value.returnType
          ? this.#typed(parent.value.returnType.typeAnnotation, file, depth + 1)
          : results.length === 1
            ? this.#holder(results[0]!, file, depth + 1)
            : undefined;
      }
      default:
        return node.type === 'Identifier' ? undefined : this.#holder(node, file, depth + 1);
    }
  }

  #typed(type: TSESTree.TypeNode, file: SourceFile, depth: number): Holder | undefined {
    if (depth > maxDepth) return undefined;
    switch (type.type) {
      case 'TSTypeLiteral':
        return { kind: 'type', file, node: type };
      case 'TSUnionType':
      case 'TSIntersectionType':
        for (const each of type.types) {
          const holder = this.#typed(each, file, depth + 1);
          if (holder) return holder;
        }
        return undefined;
      case 'TSTypeQuery':
        return type.exprName.type === 'Identifier' ? this.#holder(type.exprName, file, depth + 1) : undefined;
      case 'TSTypeReference': {
        if (type.typeName.type !== 'Identifier') return undefined;
        const [argument] = type.typeArguments?.params ?? [];
        if (argument && type.typeName.name === 'ReturnType' && argument.type === 'TSTypeQuery' && argument.exprName.type === 'Identifier') {
          return this.#returned({ callee: argument.exprName } as unknown as TSESTree.CallExpression, file, depth + 1);
        }
        if (argument && transparentTypes.has(type.typeName.name)) return this.#typed(argument, file, depth + 1);
        const found = this.#identifier(type.typeName, file, depth + 1);
        const declaration = found?.node.parent;
        switch (declaration?.type) {
          case 'ClassDeclaration':
            return { kind: 'instance', file: found!.file, node: declaration };
          case 'TSInterfaceDeclaration':
            return { kind: 'type', file: found!.file, node: declaration };
          case 'TSTypeAliasDeclaration':
            return this.#typed(declaration.typeAnnotation, found!.file, depth + 1);
          default:
            return undefined;
        }
      }
      default:
        return undefined;
    }
  }
}

type FunctionNode = TSESTree.ArrowFunctionExpression | TSESTree.FunctionExpression | TSESTree.FunctionDeclaration;

function isFunction(node: TSESTree.Node | null | undefined): node is FunctionNode {
  return node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression' || node?.type === 'FunctionDeclaration';
}

/** The function that a declaration's name, or an exported expression, stands for. */
function functionOf(node: TSESTree.Node): FunctionNode | undefined {
  if (isFunction(node)) return node;
  const parent = node.parent;
  if (isFunction(parent) && parent.id === node) return parent;
  const value =
    parent?.type === 'VariableDeclarator'
      ? parent.init
      : parent?.type === 'Property' || parent?.type === 'PropertyDefinition' || parent?.type === 'MethodDefinition'
        ? parent.value
        : undefined;
  const inner = value && bare(value);
  return isFunction(inner) ? inner : undefined;
}

/** The expressions that a function returns, without those of the functions in it. */
function returnedExpressions({ body }: { body: TSESTree.Node | null | undefined }): TSESTree.Node[] {
  if (!body) return [];
  if (body.type !== 'BlockStatement') return [body];
  const found: TSESTree.Node[] = [];
  const visit = (statement: TSESTree.Node | null | undefined): void => {
    switch (statement?.type) {
      case 'ReturnStatement':
        if (statement.argument) found.push(statement.argument);
        break;
      case 'BlockStatement':
        statement.body.forEach(visit);
        break;
      case 'IfStatement':
        visit(statement.consequent);
        visit(statement.alternate);
        break;
      case 'TryStatement':
        visit(statement.block);
        visit(statement.handler?.body);
        visit(statement.finalizer);
        break;
      case 'SwitchStatement':
        statement.cases.forEach((each) => each.consequent.forEach(visit));
        break;
    }
  };
  visit(body);
  return found;
}

function enclosingClass(node: TSESTree.Node): ClassNode | undefined {
  for (let at = node.parent; at; at = at.parent) {
    if (at.type === 'ClassDeclaration' || at.type === 'ClassExpression') return at;
    // A function that is no method, and no arrow, has a `this` of its own.
    if (at.type === 'FunctionDeclaration') return undefined;
    if (at.type === 'FunctionExpression' && at.parent.type !== 'MethodDefinition') return undefined;
  }
  return undefined;
}

function annotationOf(node: TSESTree.Node): TSESTree.TypeNode | undefined {
  return 'typeAnnotation' in node && node.typeAnnotation?.type === 'TSTypeAnnotation' ? node.typeAnnotation.typeAnnotation : undefined;
}

function parameterName(parameter: TSESTree.TSParameterProperty['parameter']): TSESTree.Identifier | undefined {
  const name = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
  return name.type === 'Identifier' ? name : undefined;
}

/** The keys that lead from a pattern to a name in it. */
function patternPath(pattern: TSESTree.Node, name: TSESTree.Identifier): string[] | undefined {
  if (pattern === name) return [];
  if (pattern.type === 'AssignmentPattern') return patternPath(pattern.left, name);
  if (pattern.type !== 'ObjectPattern') return undefined;
  for (const property of pattern.properties) {
    const below = property.type === 'Property' ? patternPath(property.value, name) : undefined;
    const key = below && property.type === 'Property' ? keyName(property.key, property.computed) : undefined;
    if (below && key !== undefined) return [key, ...below];
  }
  return undefined;
}

/** Whether a name stands where a member is declared. */
function isMemberKey(node: TSESTree.Node): boolean {
  const parent = node.parent;
  switch (parent?.type) {
    case 'PropertyDefinition':
    case 'MethodDefinition':
    case 'TSPropertySignature':
    case 'TSMethodSignature':
    case 'TSAbstractPropertyDefinition':
    case 'TSAbstractMethodDefinition':
      return parent.key === node;
    case 'Property':
      return parent.key === node && !parent.shorthand && parent.parent.type === 'ObjectExpression';
    default:
      return false;
  }
}

function isModuleName(node: TSESTree.Node): boolean {
  const parent = node.parent;
  return (
    (parent !== undefined && 'source' in parent && parent.source === node) ||
    (parent?.type === 'CallExpression' && loadedModule(parent) !== undefined)
  );
}
