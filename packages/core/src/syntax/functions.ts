import type { TSESTree } from '@typescript-eslint/types';
import { unwrap } from './unwrap.ts';
import { walk } from './walk.ts';

export type FunctionNode = TSESTree.ArrowFunctionExpression | TSESTree.FunctionExpression | TSESTree.FunctionDeclaration;

export function isFunction(node: TSESTree.Node | null | undefined): node is FunctionNode {
  return node?.type === 'ArrowFunctionExpression' || node?.type === 'FunctionExpression' || node?.type === 'FunctionDeclaration';
}

/** The functions a node stands in, innermost first. */
export function* enclosingFunctions(node: TSESTree.Node): Generator<FunctionNode> {
  for (let at = node.parent; at; at = at.parent) if (isFunction(at)) yield at;
}

/** The function a node stands in, or the program. */
export function enclosingBody(node: TSESTree.Node): TSESTree.Node {
  let at: TSESTree.Node = node;
  while (at.parent) {
    at = at.parent;
    if (isFunction(at)) break;
  }
  return at;
}

/** The expressions a function returns, without those of functions inside it. */
export function returnedExpressions(fn: FunctionNode): TSESTree.Expression[] {
  if (fn.body.type !== 'BlockStatement') return [fn.body];
  const found: TSESTree.Expression[] = [];
  walk(fn.body, (node) => {
    if (isFunction(node)) return false;
    if (node.type === 'ReturnStatement' && node.argument) found.push(node.argument);
    return true;
  });
  return found;
}

/** The class a node stands in. */
export function enclosingClass(node: TSESTree.Node): TSESTree.ClassDeclaration | TSESTree.ClassExpression | undefined {
  for (let at = node.parent; at; at = at.parent) {
    if (at.type === 'ClassDeclaration' || at.type === 'ClassExpression') return at;
  }
  return undefined;
}

/** A parameter without its default value and its `private`/`readonly` modifiers. */
export function bareParameter(parameter: TSESTree.Parameter): TSESTree.BindingName | TSESTree.RestElement {
  if (parameter.type === 'TSParameterProperty') return bareParameter(parameter.parameter);
  if (parameter.type === 'AssignmentPattern') return parameter.left;
  return parameter;
}

/** If the node is an argument of a call, that call and the argument's position. */
export function argumentOf(node: TSESTree.Node): { call: TSESTree.CallExpression | TSESTree.NewExpression; index: number } | undefined {
  let at: TSESTree.Node = node;
  while (at.parent && at.parent.type !== 'CallExpression' && at.parent.type !== 'NewExpression' && unwrap(at.parent) === unwrap(at)) {
    at = at.parent;
  }
  const call = at.parent;
  if (call?.type !== 'CallExpression' && call?.type !== 'NewExpression') return undefined;
  const index = (call.arguments as TSESTree.Node[]).indexOf(at);
  return index < 0 ? undefined : { call, index };
}

/** The name by which a function is called: its own, or that of the variable it is the value of. */
export function nameOfFunction(fn: FunctionNode): TSESTree.Identifier | undefined {
  if (fn.type === 'FunctionDeclaration') return fn.id ?? undefined;
  return fn.parent.type === 'VariableDeclarator' && fn.parent.id.type === 'Identifier' ? fn.parent.id : undefined;
}
