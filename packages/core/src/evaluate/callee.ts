import type { TSESTree } from '@typescript-eslint/types';
import type { Semantics } from '../semantics.ts';
import { type FunctionNode, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import { classOf, methodOfClass } from './classes.ts';
import { type Located, meaningOf, origin, propertyValue } from './meaning.ts';

/** The function that a call runs, where its body is in sight: a declaration, a constant, a method, a property of an object literal. */
export function calleeOf(at: Located<TSESTree.CallExpression>, semantics: Semantics): Located<FunctionNode> | undefined {
  const callee = unwrap(at.node.callee);
  if (callee.type === 'Identifier') {
    const meaning = meaningOf(callee, at.file, semantics);
    if (meaning?.kind === 'function') return { node: meaning.node, file: meaning.file };
    if (meaning?.kind !== 'value') return undefined;
    return functionAt(
      meaning.path.length === 0 ? { node: meaning.node, file: meaning.file } : origin({ node: callee, file: at.file }, semantics),
      semantics,
    );
  }
  if (callee.type !== 'MemberExpression') return isFunction(callee) ? { node: callee, file: at.file } : undefined;
  const name = propertyName(callee);
  if (name === undefined) return undefined;
  const object = unwrap(callee.object);
  const owner = classOf({ node: object, file: at.file }, semantics);
  if (owner) return methodOfClass(owner, name, semantics);
  if (object.type !== 'Identifier') return undefined;
  const there = origin({ node: object, file: at.file }, semantics);
  if (there.node.type === 'ObjectExpression') {
    const value = propertyValue(there.node, name);
    return value && functionAt({ node: value, file: there.file }, semantics);
  }
  // `import * as db from './db'`, `db.query(..)`: the definition of the property is the exported function.
  const meaning = meaningOf(object, at.file, semantics);
  if (meaning?.kind !== 'import' || callee.property.type !== 'Identifier') return undefined;
  const placeThere = semantics.definition({ file: at.file.path, range: callee.property.range });
  const target = placeThere && semantics.source(placeThere.file);
  const declaration = target && target.scopes.globalScope && findDeclaration(target, placeThere.range);
  return declaration && target ? functionAt({ node: declaration, file: target }, semantics) : undefined;
}

function functionAt(at: Located, semantics: Semantics): Located<FunctionNode> | undefined {
  const node = unwrap(at.node);
  if (isFunction(node)) return { node, file: at.file };
  if (node.type === 'Identifier') {
    const meaning = meaningOf(node, at.file, semantics);
    if (meaning?.kind === 'function') return { node: meaning.node, file: meaning.file };
    if (meaning?.kind === 'value' && meaning.path.length === 0 && isFunction(unwrap(meaning.node)))
      return { node: unwrap(meaning.node) as FunctionNode, file: meaning.file };
  }
  // `const run = cache(async () => ..)`, `createServerFn(..)`: the function inside one call is what runs, if it is the only one.
  return undefined;
}

function findDeclaration(file: Located['file'], range: readonly [number, number]): TSESTree.Identifier | undefined {
  for (const scope of file.scopes.scopes) {
    for (const variable of scope.variables) {
      const identifier = variable.identifiers.find((candidate) => candidate.range[0] === range[0] && candidate.range[1] === range[1]);
      if (identifier) return identifier;
    }
  }
  return undefined;
}
