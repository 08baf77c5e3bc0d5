import type { TSESTree } from '@typescript-eslint/types';
import { keyName, nameOf } from './tree.ts';

/** What a module exports under one name. */
export type Export =
  /** A name declared there and then. */
  | { readonly kind: 'declared'; readonly name: TSESTree.Identifier }
  /** A name, or an expression, that stands for the export. */
  | { readonly kind: 'value'; readonly node: TSESTree.Node }
  /** An export of another module; `*` for the whole of it. */
  | { readonly kind: 'from'; readonly module: string; readonly imported: string; readonly node: TSESTree.Node };

export interface Exports {
  readonly named: ReadonlyMap<string, Export>;
  /** `export * from`. */
  readonly stars: readonly TSESTree.ExportAllDeclaration[];
  /** `module.exports = x` and `export = x`. */
  readonly whole?: TSESTree.Node;
}

/** The exports of a module, ES or CommonJS, as its statements tell them. */
export function exportsOf(program: TSESTree.Program): Exports {
  const named = new Map<string, Export>();
  const stars: TSESTree.ExportAllDeclaration[] = [];
  let whole: TSESTree.Node | undefined;

  for (const statement of program.body) {
    switch (statement.type) {
      case 'ExportNamedDeclaration':
        for (const name of statement.declaration ? declaredNames(statement.declaration) : [])
          named.set(name.name, { kind: 'declared', name });
        for (const { local, exported } of statement.specifiers) {
          named.set(
            nameOf(exported),
            statement.source
              ? { kind: 'from', module: statement.source.value, imported: nameOf(local), node: local }
              : { kind: 'value', node: local },
          );
        }
        break;
      case 'ExportDefaultDeclaration': {
        const { declaration } = statement;
        const name =
          'id' in declaration && declaration.type !== 'ClassExpression' && declaration.type !== 'FunctionExpression'
            ? declaration.id
            : undefined;
        named.set('default', name?.type === 'Identifier' ? { kind: 'declared', name } : { kind: 'value', node: declaration });
        break;
      }
      case 'ExportAllDeclaration':
        if (statement.exported) {
          named.set(nameOf(statement.exported), { kind: 'from', module: statement.source.value, imported: '*', node: statement.exported });
        } else {
          stars.push(statement);
        }
        break;
      case 'TSExportAssignment':
        whole = statement.expression;
        break;
      case 'ExpressionStatement':
        for (const [left, right] of assignments(statement.expression)) {
          const target = commonJsTarget(left);
          if (target === '') whole = right;
          else if (target !== undefined) named.set(target, { kind: 'value', node: right });
        }
        break;
    }
  }
  return { named, stars, ...(whole && { whole }) };
}

/** `a = b = c` assigns `c` twice. */
function assignments(expression: TSESTree.Expression): [left: TSESTree.Node, right: TSESTree.Node][] {
  if (expression.type !== 'AssignmentExpression' || expression.operator !== '=') return [];
  const below = assignments(expression.right);
  const value = below[0]?.[1] ?? expression.right;
  return [[expression.left, value], ...below];
}

/** @returns the exported name, empty for the whole module, `undefined` for any other target */
function commonJsTarget(node: TSESTree.Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const { object, property, computed } = node;
  const name = keyName(property, computed);
  if (name === undefined) return undefined;
  if (object.type === 'Identifier' && object.name === 'exports') return name;
  if (object.type === 'Identifier' && object.name === 'module' && name === 'exports') return '';
  return commonJsTarget(object) === '' ? name : undefined;
}

function declaredNames(declaration: TSESTree.NamedExportDeclarations): TSESTree.Identifier[] {
  if (declaration.type === 'VariableDeclaration') return declaration.declarations.flatMap(({ id }) => boundNames(id));
  return 'id' in declaration && declaration.id?.type === 'Identifier' ? [declaration.id] : [];
}

/** The names that a pattern binds. */
function boundNames(pattern: TSESTree.Node): TSESTree.Identifier[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => boundNames(property.type === 'Property' ? property.value : property.argument));
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? boundNames(element) : []));
    case 'AssignmentPattern':
      return boundNames(pattern.left);
    case 'RestElement':
      return boundNames(pattern.argument);
    default:
      return [];
  }
}
