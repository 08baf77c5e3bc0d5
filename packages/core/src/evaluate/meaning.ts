import type { TSESTree } from '@typescript-eslint/types';
import type { Semantics } from '../semantics.ts';
import type { SourceFile } from '../source-file.ts';
import { bareParameter, type FunctionNode, isFunction } from '../syntax/functions.ts';
import { nodeAt } from '../syntax/node-at.ts';
import { propertyName } from '../syntax/names.ts';
import { isConstant, type PatternPath, patternPath, type Variable, variableOf } from '../syntax/scope.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';

/** A node, and the file whose tree it is of. */
export interface Located<N extends TSESTree.Node = TSESTree.Node> {
  readonly node: N;
  readonly file: SourceFile;
}

/** What a name stands for. */
export type Meaning =
  /** A variable with an initial value: the part of `node` that `path` leads to. */
  | {
      readonly kind: 'value';
      readonly node: TSESTree.Node;
      readonly path: PatternPath;
      readonly file: SourceFile;
      readonly declaration: TSESTree.Identifier;
      readonly constant: boolean;
      readonly annotation?: TSESTree.TypeNode;
      /** What is assigned to it later. */
      readonly assigned: readonly TSESTree.Node[];
    }
  /** A variable that gets its value later: its declared type, and what is assigned to it. */
  | {
      readonly kind: 'declared';
      readonly file: SourceFile;
      readonly declaration: TSESTree.Identifier;
      readonly annotation?: TSESTree.TypeNode;
      readonly assigned: readonly TSESTree.Node[];
    }
  | {
      readonly kind: 'parameter';
      readonly file: SourceFile;
      readonly declaration: TSESTree.Identifier;
      readonly fn: FunctionNode;
      readonly index: number;
      readonly path: PatternPath;
      readonly annotation?: TSESTree.TypeNode;
      readonly initial?: TSESTree.Node;
    }
  | { readonly kind: 'function'; readonly node: FunctionNode; readonly file: SourceFile }
  | { readonly kind: 'class'; readonly node: TSESTree.ClassDeclaration | TSESTree.ClassExpression; readonly file: SourceFile }
  | { readonly kind: 'type'; readonly node: TSESTree.Node; readonly file: SourceFile }
  | { readonly kind: 'enum'; readonly node: TSESTree.TSEnumDeclaration; readonly file: SourceFile }
  /** A module that could not be followed: a package, or a file out of sight. `name` is `default`, `*` or the exported name. */
  | { readonly kind: 'import'; readonly module: string; readonly name: string; readonly file: SourceFile };

/**
 * What an identifier stands for, through imports as far as `semantics` sees.
 *
 * @returns `undefined` for a global, or a name that nothing declares
 */
export function meaningOf(
  identifier: TSESTree.Identifier | TSESTree.JSXIdentifier,
  file: SourceFile,
  semantics: Semantics,
): Meaning | undefined {
  const variable = variableOf(identifier, file);
  return variable && meaningOfVariable(variable, file, semantics);
}

function meaningOfVariable(variable: Variable, file: SourceFile, semantics: Semantics): Meaning | undefined {
  // A function with a body wins over its overload signatures, a value over the type merged with it.
  const definition = variable.defs.find((def) => def.type !== 'Type') ?? variable.defs[0];
  if (!definition) return undefined;
  const name = definition.name as TSESTree.Identifier;
  switch (definition.type) {
    case 'ImportBinding': {
      const place = semantics.definition({ file: file.path, range: name.range });
      const target = place && semantics.source(place.file);
      const there = target && nodeAt(target.ast, place.range);
      const binding = importBinding(definition.node, definition.parent, file);
      const imported = binding?.kind === 'import' ? binding.name : name.name;
      return (there && target !== file ? meaningOfDeclaration(there, imported, target, semantics) : undefined) ?? binding;
    }
    case 'Variable': {
      const declarator = definition.node;
      const annotation = annotationOf(name) ?? (declarator.id === name ? undefined : annotationOf(declarator.id));
      const assigned = variable.references.flatMap((reference) =>
        reference.isWrite() && !reference.init && reference.writeExpr ? [reference.writeExpr] : [],
      );
      const shared = { file, declaration: name, assigned, ...(annotation && { annotation }) };
      const path = patternPath(declarator.id, name);
      if (declarator.init && isModuleLoad(declarator.init)) {
        const place = semantics.definition({ file: file.path, range: [name.range[0], name.range[0] + name.name.length] });
        const target = place && semantics.source(place.file);
        const there = target && nodeAt(target.ast, place.range);
        const followed =
          there && target !== file ? meaningOfDeclaration(there, String(path?.[0] ?? 'default'), target, semantics) : undefined;
        if (followed) return followed;
      }
      if (!declarator.init || !path) return { kind: 'declared', ...shared };
      return { kind: 'value', node: declarator.init, path, constant: isConstant(variable), ...shared };
    }
    case 'Parameter': {
      const fn = definition.node as TSESTree.Node;
      if (!isFunction(fn)) return undefined;
      const index = fn.params.findIndex((parameter) => patternPath(parameter, name));
      const parameter = fn.params[index];
      if (!parameter) return undefined;
      const path = patternPath(parameter, name) ?? [];
      const bare = bareParameter(parameter);
      const annotation = annotationOf(bare);
      const plain = parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter;
      const initial = plain.type === 'AssignmentPattern' ? plain.right : undefined;
      return {
        kind: 'parameter',
        file,
        declaration: name,
        fn,
        index,
        path,
        ...(annotation && { annotation }),
        ...(initial && { initial }),
      };
    }
    case 'FunctionName':
      return isFunction(definition.node) ? { kind: 'function', node: definition.node as FunctionNode, file } : undefined;
    case 'ClassName':
      return { kind: 'class', node: definition.node as TSESTree.ClassDeclaration, file };
    case 'TSEnumName':
      return { kind: 'enum', node: definition.node, file };
    case 'Type':
      return { kind: 'type', node: definition.node as TSESTree.Node, file };
    default:
      return undefined;
  }
}

/** The meaning of what is declared at a node that `Semantics.definition` named: a name, or an exported expression. */
function meaningOfDeclaration(node: TSESTree.Node, name: string, file: SourceFile, semantics: Semantics): Meaning | undefined {
  // A re-export out of the repository: `export { Pool } from 'pg'`, `export * from 'drizzle-orm'`.
  if (node.type === 'ExportAllDeclaration') return { kind: 'import', module: node.source.value, name, file };
  const specifier = node.type === 'ExportSpecifier' ? node : node.parent?.type === 'ExportSpecifier' ? node.parent : undefined;
  if (specifier?.parent.type === 'ExportNamedDeclaration' && specifier.parent.source) {
    const { local } = specifier;
    return {
      kind: 'import',
      module: specifier.parent.source.value,
      name: local.type === 'Identifier' ? local.name : String(local.value),
      file,
    };
  }
  if (node.type === 'Identifier') {
    const variable = variableOf(node, file);
    if (variable) return meaningOfVariable(variable, file, semantics);
  }
  if (node.type === 'ExportDefaultDeclaration') return meaningOfDeclaration(node.declaration, name, file, semantics);
  if (isFunction(node)) return { kind: 'function', node, file };
  if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') return { kind: 'class', node, file };
  if (node.type === 'Program' || node.type.startsWith('TS')) return undefined;
  const declaration = { type: 'Identifier', name: 'default', range: node.range, parent: node } as unknown as TSESTree.Identifier;
  return { kind: 'value', node, path: [], file, declaration, constant: true, assigned: [] };
}

/** `require('./db')`, `await import('./db')`, and a member of one. */
function isModuleLoad(init: TSESTree.Node): boolean {
  const inner = unwrapAwait(init);
  if (inner.type === 'MemberExpression') return isModuleLoad(inner.object);
  return (
    inner.type === 'ImportExpression' ||
    (inner.type === 'CallExpression' && inner.callee.type === 'Identifier' && inner.callee.name === 'require')
  );
}

function annotationOf(node: TSESTree.Node): TSESTree.TypeNode | undefined {
  return 'typeAnnotation' in node && node.typeAnnotation?.type === 'TSTypeAnnotation' ? node.typeAnnotation.typeAnnotation : undefined;
}

function importBinding(specifier: TSESTree.Node, declaration: TSESTree.Node | null | undefined, file: SourceFile): Meaning | undefined {
  if (declaration?.type !== 'ImportDeclaration') return undefined;
  const module = declaration.source.value;
  if (specifier.type === 'ImportSpecifier') {
    const imported = specifier.imported;
    return { kind: 'import', module, name: imported.type === 'Identifier' ? imported.name : imported.value, file };
  }
  return { kind: 'import', module, name: specifier.type === 'ImportNamespaceSpecifier' ? '*' : 'default', file };
}

/** An export of a module outside the repository. */
export interface Export {
  readonly module: string;
  readonly name: string;
}

/**
 * The package export an expression names: `Pool`, `pg.Pool`, `require('pg').Pool`, `(await import('pg')).default.Pool`.
 * `import postgres from 'postgres'` and `import * as postgres from 'postgres'` both give the name `default`.
 */
export function exportOf(node: TSESTree.Node, file: SourceFile, semantics: Semantics, depth = 0): Export | undefined {
  if (depth > 8) return undefined;
  const inner = unwrapAwait(node);
  switch (inner.type) {
    case 'Identifier': {
      if (isImportedFunction(inner, file, semantics)) return undefined;
      const meaning = meaningOf(inner, file, semantics);
      if (meaning?.kind === 'import') return { module: meaning.module, name: meaning.name === '*' ? 'default' : meaning.name };
      if (meaning?.kind !== 'value') return undefined;
      const origin = exportOf(meaning.node, meaning.file, semantics, depth + 1);
      return meaning.path.reduce<Export | undefined>((at, key) => at && memberOf(at, String(key)), origin);
    }
    case 'MemberExpression': {
      const origin = exportOf(inner.object, file, semantics, depth + 1);
      const name = propertyName(inner);
      return origin && name !== undefined ? memberOf(origin, name) : undefined;
    }
    case 'CallExpression': {
      const [specifier] = inner.arguments;
      const isRequire = inner.callee.type === 'Identifier' && inner.callee.name === 'require';
      return isRequire && specifier?.type === 'Literal' && typeof specifier.value === 'string'
        ? { module: specifier.value, name: 'default' }
        : undefined;
    }
    case 'ImportExpression':
      return inner.source.type === 'Literal' && typeof inner.source.value === 'string'
        ? { module: inner.source.value, name: 'default' }
        : undefined;
    default:
      return undefined;
  }
}

/** Whether a name is that of a function or a class of another file of the repository, so that nothing need be parsed to follow it. */
export function isImportedFunction(identifier: TSESTree.Identifier, file: SourceFile, semantics: Semantics): boolean {
  const definition = variableOf(identifier, file)?.defs[0];
  return definition?.type === 'ImportBinding' && semantics.isFunction({ file: file.path, range: definition.name.range });
}

function memberOf(origin: Export, name: string): Export {
  return origin.name === 'default' ? { module: origin.module, name } : { module: origin.module, name: `${origin.name}.${name}` };
}

/**
 * The expression that a node comes down to: constants are followed to what they were made from, through destructuring of
 * object literals. Stops at anything that runs (a call, `new`), a parameter, an import out of sight.
 */
export function origin(at: Located, semantics: Semantics, depth = 0): Located {
  if (depth > 12) return at;
  const node = unwrap(at.node);
  if (node.type === 'Identifier') {
    const meaning = meaningOf(node, at.file, semantics);
    if (meaning?.kind !== 'value' || !meaning.constant) return { node, file: at.file };
    const value = origin({ node: meaning.node, file: meaning.file }, semantics, depth + 1);
    const member = follow(value, meaning.path, semantics, depth);
    return member ?? { node, file: at.file };
  }
  if (node.type === 'MemberExpression') {
    const name = propertyName(node);
    if (name === undefined) return { node, file: at.file };
    const object = origin({ node: node.object, file: at.file }, semantics, depth + 1);
    return (
      (object.node !== node.object || object.file !== at.file ? follow(object, [name], semantics, depth) : undefined) ?? {
        node,
        file: at.file,
      }
    );
  }
  return { node, file: at.file };
}

function follow(value: Located, path: PatternPath, semantics: Semantics, depth: number): Located | undefined {
  let at: Located | undefined = value;
  for (const key of path) {
    const node: TSESTree.Node = unwrap(at.node);
    const next: TSESTree.Node | undefined =
      node.type === 'ObjectExpression' && typeof key === 'string'
        ? propertyValue(node, key)
        : node.type === 'ArrayExpression' && typeof key === 'number'
          ? (node.elements[key] ?? undefined)
          : undefined;
    at = next && origin({ node: next, file: at.file }, semantics, depth + 1);
    if (!at) return undefined;
  }
  return at;
}

/** The value a property of an object literal has; `undefined` when a spread behind it might replace it. */
export function propertyValue(object: TSESTree.ObjectExpression, key: string): TSESTree.Node | undefined {
  for (let i = object.properties.length - 1; i >= 0; i--) {
    const property = object.properties[i]!;
    if (property.type === 'SpreadElement') return undefined;
    if (propertyName(property) === key) return property.value;
  }
  return undefined;
}

/** Like `propertyValue`, through spreads of objects in sight: `{ ...statement, values }`. */
export function propertyOf(at: Located<TSESTree.ObjectExpression>, key: string, semantics: Semantics, depth = 0): Located | undefined {
  for (let i = at.node.properties.length - 1; i >= 0; i--) {
    const property = at.node.properties[i]!;
    if (property.type === 'Property') {
      if (propertyName(property) === key) return { node: property.value, file: at.file };
      continue;
    }
    const spread = origin({ node: property.argument, file: at.file }, semantics);
    if (spread.node.type !== 'ObjectExpression' || depth > 4) continue;
    const found = propertyOf({ node: spread.node, file: spread.file }, key, semantics, depth + 1);
    if (found) return found;
  }
  return undefined;
}
