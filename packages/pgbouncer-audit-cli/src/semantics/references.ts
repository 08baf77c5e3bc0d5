import type { Place, SourceFile } from '@pgbouncer-audit/core';
import { walk } from '@pgbouncer-audit/core/walk';
import type { TSESTree } from '@typescript-eslint/types';
import type { Definitions, Modules } from './definitions.ts';
import { exportsOf } from './exports.ts';
import { mayLeadElsewhere } from './may-lead-elsewhere.ts';
import type { TextIndex } from './text-index.ts';
import { keyName, nameOf, nodeAt, variableOf } from './tree.ts';

export interface Repository extends Modules {
  /** Made when it is first asked for. */
  readonly index: TextIndex;
}

/** Files that lie further away, by imports, do not get at what is declared in a file: real chains of re-exports are short. */
const maxHops = 12;

/** The names of a file. */
interface Names {
  readonly byName: ReadonlyMap<string, readonly Name[]>;
  /** Those that an import or an export gives to what may have another. */
  readonly others: readonly Name[];
  /** What CommonJS exports under a name of its own. */
  readonly givenAway: readonly (readonly [name: string, node: TSESTree.Identifier])[];
}

type Name = TSESTree.Identifier | TSESTree.JSXIdentifier;

/** Finds the uses of a declaration: only in the files that import its file, directly or through others. */
export class References {
  readonly #repository: Repository;
  readonly #definitions: Definitions;
  readonly #found = new Map<string, readonly Place[]>();
  readonly #names = new WeakMap<SourceFile, Names>();
  readonly #importers = new Map<string, readonly string[]>();
  #otherImporters: ReadonlyMap<string, readonly string[]> | undefined;

  constructor(repository: Repository, definitions: Definitions) {
    this.#repository = repository;
    this.#definitions = definitions;
  }

  /** @see Semantics.references */
  find(place: Place): readonly Place[] {
    const key = `${place.range[0]}:${place.range[1]}:${place.file}`;
    const known = this.#found.get(key);
    if (known) return known;
    const found = this.#find(place);
    this.#found.set(key, found);
    return found;
  }

  #find(place: Place): Place[] {
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
    const { byName, others, givenAway } = this.#namesOf(file);
    for (const node of others) {
      if (!names.has(node.name) && mayRename(node, names, file) && this.#isUse(file, node, place)) names.add(node.name);
    }
    for (const [name, node] of givenAway) {
      if (!names.has(name) && names.has(node.name) && this.#isUse(file, node, place)) names.add(name);
    }
    const alike = [...names].flatMap((name) => byName.get(name) ?? []).sort((a, b) => a.range[0] - b.range[0]);
    for (const node of alike) {
      if (!isOtherName(node) && !isSpecifier(node) && this.#isUse(file, node, place)) yield { file: file.path, range: node.range };
    }
  }

  #isUse(file: SourceFile, node: Name, place: Place): boolean {
    return !(file.path === place.file && node.range[0] === place.range[0]) && this.#isSame(file, node, place);
  }

  #namesOf(file: SourceFile): Names {
    const known = this.#names.get(file);
    if (known) return known;
    const byName = new Map<string, Name[]>();
    const others: Name[] = [];
    walk(file.ast, (node) => {
      if (node.type !== 'Identifier' && node.type !== 'JSXIdentifier') return;
      const alike = byName.get(node.name);
      if (alike) alike.push(node);
      else byName.set(node.name, [node]);
      if (isOtherName(node)) others.push(node);
    });
    const names = { byName, others, givenAway: givenAwayBy(file) };
    this.#names.set(file, names);
    return names;
  }

  #isSame(file: SourceFile, node: Name, place: Place): boolean {
    const found = this.#definitions.definition({ file: file.path, range: node.range });
    return found?.file === place.file && found.range[0] === place.range[0] && found.range[1] === place.range[1];
  }

  /** The file itself, and the files that import it, directly or not, and hold one of the names. */
  #candidates(file: string, names: ReadonlySet<string>): string[] {
    const reached = new Set([file]);
    let last: readonly string[] = [file];
    for (let hop = 0; hop < maxHops && last.length > 0; hop++) {
      const next = new Set(last.flatMap((each) => this.#importersOf(each)).filter((each) => !reached.has(each)));
      for (const each of next) reached.add(each);
      last = [...next];
    }
    return [...reached].filter((each) => each === file || [...names].some((name) => mayLeadElsewhere(this.#repository.text(each), name)));
  }

  #importersOf(file: string): readonly string[] {
    let importers = this.#importers.get(file);
    if (!importers) {
      const found = new Set<string>();
      for (const { file: importer, specifier } of this.#repository.index.importsLike(file)) {
        if (this.#repository.resolve(importer, specifier) === file) found.add(importer);
      }
      this.#otherImporters ??= this.#findOtherImporters();
      for (const importer of this.#otherImporters.get(file) ?? []) found.add(importer);
      this.#importers.set(file, (importers = [...found]));
    }
    return importers;
  }

  #findOtherImporters(): Map<string, string[]> {
    const importers = new Map<string, string[]>();
    for (const { file, specifier } of this.#repository.index.otherImports) {
      const target = this.#repository.resolve(file, specifier);
      if (target === undefined) continue;
      const known = importers.get(target);
      if (known) known.push(file);
      else importers.set(target, [file]);
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

/**
 * Whether the name of an import or an export may stand for something that is known by these names. An import takes a name over or gives it away
 * as it is; whoever exported it under another is asked there. To ask about each name that is imported would parse each file that is.
 */
function mayRename({ parent }: TSESTree.Node, names: ReadonlySet<string>, file: SourceFile): boolean {
  const isKnown = (name: string): boolean => name === 'default' || names.has(name);
  switch (parent?.type) {
    case 'ImportSpecifier':
      return isKnown(nameOf(parent.imported));
    case 'ExportSpecifier': {
      if (parent.parent.source || parent.local.type !== 'Identifier') return isKnown(nameOf(parent.local));
      const definition = variableOf(parent.local, file)?.defs[0]?.node;
      return definition?.type !== 'ImportSpecifier' || isKnown(nameOf(definition.imported));
    }
    default:
      return true;
  }
}

/** What is exported as `exports.pool = db`, `module.exports = { pool: db }`. */
function givenAwayBy(file: SourceFile): [name: string, node: TSESTree.Identifier][] {
  const { named, whole } = exportsOf(file.ast);
  const given = [...named].flatMap(([name, each]): [string, TSESTree.Node][] => (each.kind === 'value' ? [[name, each.node]] : []));
  for (const property of whole?.type === 'ObjectExpression' ? whole.properties : []) {
    const name = property.type === 'Property' ? keyName(property.key, property.computed) : undefined;
    if (name !== undefined && property.type === 'Property') given.push([name, property.value]);
  }
  return given.flatMap(([name, node]): [string, TSESTree.Identifier][] => (node.type === 'Identifier' ? [[name, node]] : []));
}

function isSpecifier(node: TSESTree.Node): boolean {
  return (
    node.parent?.type === 'ImportSpecifier' || node.parent?.type === 'ImportDefaultSpecifier' || node.parent?.type === 'ExportSpecifier'
  );
}
