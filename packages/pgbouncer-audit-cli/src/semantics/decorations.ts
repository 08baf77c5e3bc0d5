import type { SourceFile } from '@pgbouncer-audit/core';
import { walk } from '@pgbouncer-audit/core/walk';
import type { TSESTree } from '@typescript-eslint/types';
import type { Repository } from './references.ts';
import { carriers } from './text-index.ts';
import { bare, keyName } from './tree.ts';

/** Where a member that is hung on an object of a framework gets its value, or its type. */
export interface Decoration {
  readonly file: SourceFile;
  readonly node: TSESTree.Node;
}

/**
 * What a repository hangs on requests and instances: `app.decorate('db', db)`, `request.db = ..`, and the interfaces of a package that it
 * adds members to (`declare module 'fastify'`). Files that may hang something on a name are parsed when it is first asked for.
 */
export class Decorations {
  readonly #repository: Repository;
  readonly #byName = new Map<string, readonly Decoration[]>();

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /**
   * The value of a member wherever it is given one; else its declared type.
   *
   * @returns `undefined` where nothing hangs on that name, or two values that are not the same
   */
  find(name: string): Decoration | undefined {
    let all = this.#byName.get(name);
    if (!all) this.#byName.set(name, (all = this.#read(name)));
    const values = all.filter(({ node }) => node.parent?.type !== 'TSPropertySignature');
    return values.length > 1 ? undefined : (values[0] ?? all[0]);
  }

  #read(name: string): Decoration[] {
    const found: Decoration[] = [];
    for (const path of this.#repository.index.decorating(name)) {
      const file = this.#repository.source(path);
      if (!file) continue;
      walk(file.ast, (node) => {
        for (const [given, value] of decorationsAt(node)) if (given === name) found.push({ file, node: value });
      });
    }
    return found;
  }
}

function* decorationsAt(node: TSESTree.Node): Generator<[string, TSESTree.Node]> {
  if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression') {
    const method = keyName(node.callee.property, node.callee.computed);
    const [name, value] = node.arguments;
    if (!method || !/^decorate(?:Request|Reply)?$/.test(method) || name?.type !== 'Literal' || typeof name.value !== 'string') return;
    if (value && holdsSomething(value)) yield [name.value, value];
  }
  if (node.type === 'AssignmentExpression' && node.operator === '=' && node.left.type === 'MemberExpression') {
    const { object, property, computed } = node.left;
    const name = keyName(property, computed);
    if (object.type === 'Identifier' && carriers.has(object.name) && name !== undefined && holdsSomething(node.right))
      yield [name, node.right];
  }
  if (node.type === 'TSInterfaceDeclaration' && isAugmentation(node)) {
    for (const member of node.body.body) {
      const name = member.type === 'TSPropertySignature' ? keyName(member.key, member.computed) : undefined;
      if (name !== undefined && member.type === 'TSPropertySignature') yield [name, member.key];
    }
  }
}

/** `decorateRequest('db', null)` says that there will be something, not what. */
function holdsSomething(node: TSESTree.Node): boolean {
  const value = bare(node);
  return value.type !== 'Literal' && !(value.type === 'Identifier' && value.name === 'undefined');
}

/** In `declare module 'fastify'` or `declare global`. */
function isAugmentation(node: TSESTree.Node): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (at.type === 'TSModuleDeclaration' && (at.id.type === 'Literal' || at.kind === 'global')) return true;
  }
  return false;
}
