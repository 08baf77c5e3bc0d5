import type { TSESTree } from '@typescript-eslint/types';
import type { Located } from '../evaluate/meaning.ts';
import type { SourceFile } from '../source-file.ts';
import { bareParameter, enclosingFunctions, type FunctionNode, isFunction, nameOfFunction } from '../syntax/functions.ts';
import { nodeAt } from '../syntax/node-at.ts';
import { variableOf } from '../syntax/scope.ts';
import { wrapped } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { rootOf } from './place-of.ts';
import type { Handle } from './site.ts';

/** What a caller passes, and the call it passes it in. */
export interface Passed {
  readonly argument: Located;
  readonly call: TSESTree.CallExpression;
}

/**
 * What every caller passes for the parameter that a handle came in by.
 *
 * @returns `undefined` where not every caller is in sight: no caller at all, a function that is handed around, or an exported one in an
 *   analysis that does not see the other files
 */
export function passedBy(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World): readonly Passed[] | undefined {
  const [fn, index] = ownerOf(handle, node, file) ?? [];
  const name = fn && nameOfFunction(fn);
  if (!fn || !name || index === undefined) return undefined;
  const uses: Located[] = (variableOf(name, file)?.references ?? [])
    .filter((use) => !use.init)
    .map((use) => ({ node: use.identifier, file }));
  if (isExported(fn, name.name, file)) {
    const elsewhere = world.semantics
      .references({ file: file.path, range: [name.range[0], name.range[1]] })
      .filter((place) => place.file !== file.path);
    if (elsewhere.length === 0) return undefined;
    for (const place of elsewhere) {
      const source = world.semantics.source(place.file);
      const use = source && nodeAt(source.ast, place.range);
      if (!use) return undefined;
      uses.push({ node: use, file: source });
    }
  }
  const passed = uses.map((use) => passedAt(use, index));
  return passed.length > 0 && passed.every((each) => each !== undefined) ? passed : undefined;
}

/** The argument of the call of which a name is the callee. */
function passedAt(use: Located, index: number): Passed | undefined {
  const { file } = use;
  const member = use.node.parent?.type === 'MemberExpression' && use.node.parent.property === use.node ? use.node.parent : use.node;
  const callee = wrapped(member);
  const call = callee.parent;
  if (call?.type !== 'CallExpression' || call.callee !== callee) return undefined;
  const argument = call.arguments[index];
  return argument && argument.type !== 'SpreadElement' ? { argument: { node: argument, file }, call } : undefined;
}

/** The function whose parameter a handle came in by, and the parameter's position. */
function ownerOf(handle: Handle, node: TSESTree.Node, file: SourceFile): [FunctionNode, number] | undefined {
  for (const fn of enclosingFunctions(node)) {
    for (const [index, parameter] of fn.params.entries()) {
      const bare = bareParameter(parameter);
      if (bare.type === 'Identifier' && rootOf(file.path, bare) === handle.root) return [fn, index];
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
