import { join, posix } from 'node:path';
import type { PathInProgram, Place, Semantics, SourceFile } from '@pgbouncer-audit/core';
import { foldersAbove, type PackageManifest, type Packages } from '../discover/packages.ts';
import { readText } from '../discover/read-text.ts';
import { existsSync, readFileSync } from '../files/view.ts';
import { isParseFailure, type ParseFailure, parseSource } from '../parse-source.ts';
import { Decorations } from './decorations.ts';
import { Definitions } from './definitions.ts';
import { ModuleResolver } from './module-resolver.ts';
import { References } from './references.ts';
import { type Glance, Glances, TextIndex } from './text-index.ts';
import { Types } from './types.ts';

/** How many characters of files are kept, so that none is read again for every question about it. */
const maxRead = 16_000_000;

/** How many characters of files are kept parsed. A tree and its scopes were measured at forty times the memory of the text. */
const maxParsed = 3_000_000;

export interface RepositoryFiles {
  readonly root: string;
  readonly packages: Packages;
  readonly workspaces: readonly PackageManifest[];
  /** Every source file of the repository; asked for only when uses are searched. */
  readonly sources: () => readonly string[];
}

/** Sees the whole repository, and reads of it only what is asked for. */
export class ProjectSemantics implements Semantics {
  readonly #root: string;
  readonly #sources = new Map<string, SourceFile | undefined>();
  #parsed = 0;
  readonly #texts = new Map<string, string | undefined>();
  #read = 0;
  readonly #glances = new Glances();
  readonly #seen = new Map<string, Glance>();
  readonly #definitions: Definitions;
  readonly #references: References;
  readonly #types: Types;

  constructor({ root, packages, workspaces, sources }: RepositoryFiles) {
    this.#root = root;
    let made: TextIndex | undefined;
    const index = (): TextIndex => {
      if (!made) {
        made = new TextIndex(sources(), (file) => this.#glanceAt(file));
        this.#seen.clear();
      }
      return made;
    };
    const resolver = new ModuleResolver(root, packages, workspaces);
    const modules = {
      source: (file: string) => this.source(file),
      resolve: (from: string, specifier: string) => resolver.resolve(from, specifier),
      text: (file: string) => this.fileText(file),
      get index() {
        return index();
      },
    };
    const decorations = new Decorations(modules);
    this.#definitions = new Definitions(modules, (name) => decorations.find(name));
    this.#references = new References(modules, this.#definitions);
    this.#types = new Types(root);
  }

  /** @param text of the file, as it was read */
  parse(file: string, text: string): SourceFile | ParseFailure {
    const parsed = this.#sources.get(file) ?? parseSource(file, text);
    if (!isParseFailure(parsed)) this.#keep(file, parsed);
    return parsed;
  }

  source(file: string): SourceFile | undefined {
    let source = this.#sources.get(file);
    if (!source && !this.#sources.has(file)) {
      const text = this.#textOf(file);
      const parsed = text === undefined ? undefined : parseSource(file, text);
      source = parsed && !isParseFailure(parsed) ? parsed : undefined;
    }
    this.#keep(file, source);
    return source;
  }

  /** Drops the files that were not asked for the longest. */
  #keep(file: string, source: SourceFile | undefined): void {
    this.#parsed += (source?.text.length ?? 0) - (this.#sources.get(file)?.text.length ?? 0);
    this.#sources.delete(file);
    this.#sources.set(file, source);
    for (const [oldest, dropped] of this.#sources) {
      if (this.#parsed <= maxParsed || oldest === file) break;
      this.#parsed -= dropped?.text.length ?? 0;
      this.#sources.delete(oldest);
    }
  }

  fileText(file: string): string {
    return this.#textOf(file) ?? '';
  }

  /** Keeps the text of a file that will be asked for, as long as there is room. */
  remember(file: string, text: string): void {
    if (this.#texts.has(file)) return;
    this.#read += text.length;
    if (this.#read <= maxRead) this.#texts.set(file, text);
  }

  /** `undefined` for a file that cannot be read. */
  #textOf(file: string): string | undefined {
    const known = this.#sources.get(file)?.text ?? this.#texts.get(file);
    if (known !== undefined || this.#texts.has(file)) return known;
    const read = readText(join(this.#root, file));
    const text = 'text' in read ? read.text : undefined;
    if (text === undefined) this.#texts.set(file, text);
    else this.remember(file, text);
    return text;
  }

  /** Takes a look at the text of a file which was read for something else, and would have to be read again. */
  glance(file: string, text: string): void {
    this.#seen.set(file, this.#glances.at(text));
  }

  #glanceAt(file: string): Glance {
    const seen = this.#seen.get(file);
    if (seen) return seen;
    try {
      return this.#glances.at(readFileSync(join(this.#root, file)).toString('latin1'));
    } catch {
      return { decorated: [], specifiers: [] };
    }
  }

  /** Files of SQL alone, and none outside of the repository. */
  text({ file, from, path }: PathInProgram): string | undefined {
    if (!path.endsWith('.sql') || posix.isAbsolute(path)) return undefined;
    const starts = from === 'file' ? [posix.dirname(file)] : foldersAbove(file);
    for (const start of starts) {
      const target = posix.normalize(posix.join(start, path));
      if (target.startsWith('..') || !existsSync(join(this.#root, target))) continue;
      const read = readText(join(this.#root, target));
      return 'text' in read ? read.text : undefined;
    }
    return undefined;
  }

  definition(place: Place): Place | undefined {
    return this.#definitions.definition(place);
  }

  isFunction(place: Place): boolean {
    return this.#definitions.isFunction(place);
  }

  references(place: Place): readonly Place[] {
    return this.#references.find(place);
  }

  type(place: Place): string | undefined {
    return this.#types.at(place);
  }
}
