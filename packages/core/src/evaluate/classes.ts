import type { TSESTree } from '@typescript-eslint/types';
import type { Semantics } from '../semantics.ts';
import type { SourceFile } from '../source-file.ts';
import { bareParameter, enclosingClass, type FunctionNode, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import { type Located, meaningOf } from './meaning.ts';

type ClassNode = TSESTree.ClassDeclaration | TSESTree.ClassExpression;

/** The class whose instance an expression is: `this`, `new C()`, a name declared with it, a field of such a one. */
export function classOf(at: Located, semantics: Semantics, depth = 0): Located<ClassNode> | undefined {
  if (depth > 6) return undefined;
  const node = unwrapAwait(at.node);
  switch (node.type) {
    case 'ThisExpression': {
      const owner = thisClass(node);
      return owner && { node: owner, file: at.file };
    }
    case 'NewExpression':
      return node.callee.type === 'Identifier' ? classNamed(node.callee, at.file, semantics) : undefined;
    case 'Identifier': {
      const meaning = meaningOf(node, at.file, semantics);
      if (meaning?.kind === 'class') return { node: meaning.node, file: meaning.file };
      if (meaning?.kind === 'value' && meaning.path.length === 0) {
        const value = classOf({ node: meaning.node, file: meaning.file }, semantics, depth + 1);
        if (value) return value;
      }
      const annotation = meaning && 'annotation' in meaning ? meaning.annotation : undefined;
      if (annotation && (!('path' in meaning!) || meaning.path.length === 0))
        return classOfType({ node: annotation, file: meaning!.file }, semantics);
      return undefined;
    }
    case 'MemberExpression': {
      const field = memberOfClass({ node, file: at.file }, semantics, depth + 1);
      if (!field) return undefined;
      if (field.annotation) return classOfType({ node: field.annotation, file: field.file }, semantics);
      for (const value of field.values) {
        const found = classOf(value, semantics, depth + 1);
        if (found) return found;
      }
      return undefined;
    }
    default:
      return undefined;
  }
}

/** `this` of arrow functions and methods is the instance; of any other function inside a class it is not. */
function thisClass(node: TSESTree.Node): ClassNode | undefined {
  return enclosingClass(node);
}

function classNamed(name: TSESTree.Identifier, file: SourceFile, semantics: Semantics): Located<ClassNode> | undefined {
  const meaning = meaningOf(name, file, semantics);
  if (meaning?.kind === 'class') return { node: meaning.node, file: meaning.file };
  if (meaning?.kind === 'value' && meaning.path.length === 0 && meaning.node.type === 'ClassExpression')
    return { node: meaning.node, file: meaning.file };
  return undefined;
}

/** The class that a type names, when it is in sight. */
function classOfType(at: Located, semantics: Semantics): Located<ClassNode> | undefined {
  const type = at.node;
  if (type.type === 'TSUnionType') {
    const [only, ...others] = type.types.filter((member) => member.type !== 'TSNullKeyword' && member.type !== 'TSUndefinedKeyword');
    return only && others.length === 0 ? classOfType({ node: only, file: at.file }, semantics) : undefined;
  }
  if (type.type !== 'TSTypeReference' || type.typeName.type !== 'Identifier') return undefined;
  return classNamed(type.typeName, at.file, semantics);
}

/** A field of a class: what it is declared as, and every value it is given in the class. */
export interface Field {
  readonly declaration: TSESTree.Node;
  readonly file: SourceFile;
  readonly annotation?: TSESTree.TypeNode;
  readonly values: readonly Located[];
}

/** The field that `object.name` reads, when `object` is an instance of a class in sight. */
export function memberOfClass(at: Located<TSESTree.MemberExpression>, semantics: Semantics, depth = 0): Field | undefined {
  const name = propertyName(at.node);
  const owner = name === undefined ? undefined : classOf({ node: at.node.object, file: at.file }, semantics, depth);
  return owner && fieldOf(owner, name!, semantics);
}

/** The field of that name of a class, or of one it extends. */
export function fieldOf(owner: Located<ClassNode>, name: string, semantics: Semantics, depth = 0): Field | undefined {
  const { file } = owner;
  let declaration: TSESTree.Node | undefined;
  let annotation: TSESTree.TypeNode | undefined;
  const values: Located[] = [];
  for (const member of owner.node.body.body) {
    if (
      (member.type === 'PropertyDefinition' || member.type === 'AccessorProperty') &&
      propertyName(member as TSESTree.PropertyDefinition) === name
    ) {
      declaration = member.key;
      annotation = member.typeAnnotation?.typeAnnotation;
      if (member.value) values.push({ node: member.value, file });
    }
    if (member.type !== 'MethodDefinition') continue;
    if (member.kind === 'get' && propertyName(member) === name && member.value.type === 'FunctionExpression') {
      declaration = member.key;
      annotation = member.value.returnType?.typeAnnotation;
      for (const statement of member.value.body.body)
        if (statement.type === 'ReturnStatement' && statement.argument) values.push({ node: statement.argument, file });
    }
    if (member.kind !== 'constructor') continue;
    for (const parameter of member.value.params) {
      if (parameter.type !== 'TSParameterProperty') continue;
      const bare = bareParameter(parameter);
      if (bare.type !== 'Identifier' || bare.name !== name) continue;
      declaration = bare;
      annotation = bare.typeAnnotation?.typeAnnotation;
      if (parameter.parameter.type === 'AssignmentPattern') values.push({ node: parameter.parameter.right, file });
    }
  }
  // The text tells at once that most fields are assigned to nowhere.
  const assigns = new RegExp(`this\\.${name.replace(/\W/g, '\\$&')}\\s*(?:\\?\\?|\\|\\||&&)?=(?!=)`).test(file.text);
  walk(owner.node.body, (node) => {
    if (!assigns) return false;
    if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression') return true;
    if (node.left.object.type !== 'ThisExpression' || propertyName(node.left) !== name) return true;
    declaration ??= node.left.property;
    values.push({ node: node.right, file });
    return true;
  });
  if (declaration) return { declaration, file, values, ...(annotation && { annotation }) };
  const parent = owner.node.superClass;
  if (parent?.type !== 'Identifier' || depth > 4) return undefined;
  const above = classNamed(parent, file, semantics);
  return above && fieldOf(above, name, semantics, depth + 1);
}

/** The method of a class, or of one it extends. */
export function methodOfClass(owner: Located<ClassNode>, name: string, semantics: Semantics, depth = 0): Located<FunctionNode> | undefined {
  for (const member of owner.node.body.body) {
    if (member.type === 'MethodDefinition' && member.kind === 'method' && propertyName(member) === name && isFunction(member.value))
      return { node: member.value, file: owner.file };
    if (member.type === 'PropertyDefinition' && propertyName(member) === name && member.value && isFunction(unwrap(member.value)))
      return { node: unwrap(member.value) as FunctionNode, file: owner.file };
  }
  const parent = owner.node.superClass;
  if (parent?.type !== 'Identifier' || depth > 4) return undefined;
  const above = classNamed(parent, owner.file, semantics);
  return above && methodOfClass(above, name, semantics, depth + 1);
}
