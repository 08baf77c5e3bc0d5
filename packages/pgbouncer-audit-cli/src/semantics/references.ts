import type { Place, SourceFile } from '@pgbouncer-audit/core';
import type { TSESTree } from '@typescript-eslint/types';
import type { Definitions, Modules } from './definitions.ts';
import { descendants, nodeAt } from './tree.ts';

export interface Repository extends Modules {
  /** Every source file. */
  readonly files: readonly string[];
  /** The text of a file; empty when it cannot be read. */
  text(file: string): string;
}

/** The module names of `import`, `export .. from`, `import()` and `require()`, by the look of them: a superset, cheaply. */
const moduleName = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"`])([^'"`\n]+)\1/g;

/** Finds the uses of a declaration: only in the files that import its file, directly or through others. */
export class References {
  readonly #repository: Repository;
  readonly #definitions: Definitions;
  #importers: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(repository: Repository, definitions: Definitions) {
    this.#repository = repository;
    this.#definitions = definitions;
  }

  /** @see Semantics.references */
  find(place: Place): Place[] {
    const source = this.#repository.source(place.file);
    const declared = source && nodeAt(source.ast, place.range);
    if (!declared) return [];
    const names = new Set([declared.type === 'Identifier' ? declared.name : 'default']);
    const found = new Map<string, Place[]>();
    // An alias of an export is one more name to look for, in files that were looked at before, too.
    for (let known = 0; known < names.size;) {
      known = names.size;
      found.clear();
      for (const file of this.#candidates(place.file, names)) {
        const candidate = this.#repository.source(file);
        if (candidate) found.set(file, [...this.#usesIn(candidate, place, names)]);
      }
    }
    return [...found.values()].flat();
  }

  *#usesIn(file: SourceFile, place: Place, names: Set<string>): Generator<Place> {
    for (const node of descendants(file.ast)) {
      if (node.type !== 'Identifier' && node.type !== 'JSXIdentifier') continue;
      const isAlias = isOtherName(node);
      if (!isAlias && !names.has(node.name)) continue;
      if (file.path === place.file && node.range[0] === place.range[0]) continue;
      if (!this.#isSame(file, node, place)) continue;
      if (isAlias) names.add(node.name);
      else if (!isSpecifier(node)) yield { file: file.path, range: node.range };
    }
  }

  #isSame(file: SourceFile, node: TSESTree.Node, place: Place): boolean {
    const found = this.#definitions.definition({ file: file.path, range: node.range });
    return found?.file === place.file && found.range[0] === place.range[0] && found.range[1] === place.range[1];
  }

  /** The file itself, and the files that import it, directly or not, and hold one of the names. */
  #candidates(file: string, names: ReadonlySet<string>): string[] {
    this.#importers ??= this.#findImporters();
    const reached = new Set([file]);
    for (const each of reached) for (const importer of this.#importers.get(each) ?? []) reached.add(importer);
    return [...reached].filter((each) => {
      const text = this.#repository.text(each);
      return [...names].some((name) => text.includes(name));
    });
  }

  #findImporters(): Map<string, string[]> {
    const importers = new Map<string, string[]>();
    for (const file of this.#repository.files) {
      const targets = new Set<string>();
      for (const [, , specifier] of this.#repository.text(file).matchAll(moduleName)) {
        const target = this.#repository.resolve(file, specifier!);
        if (target !== undefined) targets.add(target);
      }
      for (const target of targets) {
        const known = importers.get(target);
        if (known) known.push(file);
        else importers.set(target, [file]);
      }
    }
    return importers;
  }
}

/** The name that an import or an export gives to what may have another: `import { db as database }`, `import database from`. */
function isOtherName(node: TSESTree.Node): boolean {
  const parent = node.parent;
  if (parent?.type === 'ImportSpecifier' || parent?.type === 'ImportDefaultSpecifier') return parent.local === node;
  return parent?.type === 'ExportSpecifier' && parent.exported === node;
}

function isSpecifier(node: TSESTree.Node): boolean {
  return (
    node.parent?.type === 'ImportSpecifier' || node.parent?.type === 'ImportDefaultSpecifier' || node.parent?.type === 'ExportSpecifier'
  );
}
