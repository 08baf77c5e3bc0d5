import { join, posix } from 'node:path';
import { createPathsMatcher, parseTsconfig, type PathsMatcher } from 'get-tsconfig';
import { parse as parseJsonc } from 'jsonc-parser';
import { foldersAbove, type PackageManifest, type Packages } from '../discover/packages.ts';
import { record } from '../record.ts';
import { toRelative } from '../files/to-relative.ts';
import { existsSync, readdirSync, readFileSync, statSync } from '../files/view.ts';
import { TsconfigFiles } from './tsconfig-files.ts';

/** TypeScript sources are imported by the names of the files that will be made of them. */
const sourcesOfOutput: readonly (readonly [output: RegExp, sources: readonly string[]])[] = [
  [/\.jsx?$/, ['.ts', '.tsx', '.js', '.jsx']],
  [/\.mjs$/, ['.mts', '.mjs']],
  [/\.cjs$/, ['.cts', '.cjs']],
  [/\.d\.[cm]?ts$/, ['.ts', '.tsx', '.mts', '.cts']],
];

const extensions = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'];

/** Conditions of `exports` in the order in which they lead to source rather than to what is built from it. */
const conditions = ['source', 'development', 'bun', 'types', 'import', 'module', 'node', 'default', 'require'];

const outputFolder = /^(?:\.\/)?(?:dist|build|lib|out|esm|cjs)\//;

/** Where an import leads, as long as it stays in the repository. Packages in `node_modules` are never entered. */
export class ModuleResolver {
  readonly #root: string;
  readonly #packages: Packages;
  readonly #workspaces: ReadonlyMap<string, PackageManifest>;
  readonly #resolved = new Map<string, string | undefined>();
  readonly #folders = new Map<string, Folder>();
  readonly #matchers = new Map<string, readonly PathsMatcher[]>();
  readonly #tsconfigFiles = new TsconfigFiles();

  constructor(root: string, packages: Packages, workspaces: readonly PackageManifest[]) {
    this.#root = root;
    this.#packages = packages;
    this.#workspaces = new Map(workspaces.flatMap((manifest) => (manifest.name ? [[manifest.name, manifest]] : [])));
  }

  /**
   * @param from file that the import stands in, relative to the root
   * @returns a file relative to the root, or `undefined` for a package or a file that is not there
   */
  resolve(from: string, specifier: string): string | undefined {
    const folder = posix.dirname(from);
    // Most of what is imported are packages, and of those nothing else is to be known.
    if (!/^[.#]/.test(specifier) && !this.#workspaces.has(packageOf(specifier)) && this.#matchersOf(folder).length === 0) return undefined;
    const key = `${folder}\n${specifier}`;
    if (!this.#resolved.has(key)) this.#resolved.set(key, this.#resolve(from, folder, specifier.replace(/[?#].*$/, '') || specifier));
    return this.#resolved.get(key);
  }

  #resolve(from: string, folder: string, specifier: string): string | undefined {
    if (/^\.\.?(?:\/|$)/.test(specifier)) return this.#file(posix.join(folder, specifier));
    if (specifier.startsWith('#')) return this.#internalImport(from, specifier) ?? this.#byPaths(folder, specifier);
    return this.#byPaths(folder, specifier) ?? this.#workspacePackage(specifier);
  }

  /** `paths` and `baseUrl` of the nearest `tsconfig.json`, and of the projects it refers to. */
  #byPaths(folder: string, specifier: string): string | undefined {
    for (const matcher of this.#matchersOf(folder)) {
      for (const candidate of matcher(specifier)) {
        const file = this.#file(toRelative(this.#root, candidate));
        if (file) return file;
      }
    }
    return undefined;
  }

  #matchersOf(folder: string): readonly PathsMatcher[] {
    let matchers = this.#matchers.get(folder);
    if (!matchers) this.#matchers.set(folder, (matchers = this.#readMatchers(folder)));
    return matchers;
  }

  #readMatchers(folder: string): readonly PathsMatcher[] {
    const own = folder === '.' ? '' : folder;
    for (const at of [own, ...foldersAbove(own)]) {
      for (const name of ['tsconfig.json', 'jsconfig.json']) {
        if (!this.#exists(posix.join(at, name))) continue;
        const path = join(this.#root, at, name);
        if (at !== own) return this.#matchersOf(at);
        return [path, ...this.#references(path)].flatMap((each) => this.#matcher(each) ?? []);
      }
    }
    return [];
  }

  #matcher(path: string): PathsMatcher | undefined {
    try {
      return createPathsMatcher({ path, config: parseTsconfig(path, this.#tsconfigFiles) }) ?? undefined;
    } catch {
      // It extends what is not installed. What it says itself still holds.
      return createPathsMatcher({ path, config: { compilerOptions: this.#ownPaths(path, 0) } }) ?? undefined;
    }
  }

  /** `paths` and `baseUrl` of a `tsconfig.json`, and of as much of what it extends as there is. */
  #ownPaths(path: string, depth: number): { baseUrl?: string; paths?: Record<string, string[]> } {
    let config: Readonly<Record<string, unknown>>;
    try {
      config = record(parseJsonc(readFileSync(path, 'utf8')));
    } catch {
      return {};
    }
    const folder = join(path, '..');
    const { baseUrl, paths } = record(config['compilerOptions']);
    const base = join(folder, typeof baseUrl === 'string' ? baseUrl : '.');
    if (typeof paths === 'object' && paths !== null) return { baseUrl: base, paths: wellFormed(paths) };
    if (typeof baseUrl === 'string' || depth > 8) return { baseUrl: base };
    const parents = [config['extends']].flat().filter((parent) => typeof parent === 'string');
    for (const parent of parents.toReversed()) {
      const found = this.#extended(folder, parent);
      const inherited = found ? this.#ownPaths(found, depth + 1) : {};
      if (inherited.baseUrl) return inherited;
    }
    return {};
  }

  #extended(folder: string, parent: string): string | undefined {
    const manifest = [...this.#workspaces.values()].find(({ name }) => name && parent.startsWith(`${name}/`));
    const path = manifest ? join(this.#root, manifest.folder, parent.slice(manifest.name!.length + 1)) : join(folder, parent);
    return [path, `${path}.json`].find((each) => isFile(each));
  }

  #references(path: string): string[] {
    let references: unknown;
    try {
      references = record(parseJsonc(readFileSync(path, 'utf8')))['references'];
    } catch {
      return [];
    }
    return (Array.isArray(references) ? references : [])
      .flatMap((reference) => record(reference)['path'] ?? [])
      .filter((reference) => typeof reference === 'string')
      .map((reference) => join(path, '..', reference))
      .map((reference) => (reference.endsWith('.json') ? reference : join(reference, 'tsconfig.json')))
      .filter((reference) => existsSync(reference));
  }

  /** `#name` of the nearest `package.json`'s `imports`. */
  #internalImport(from: string, specifier: string): string | undefined {
    const manifest = this.#packages.manifestOf(from);
    return manifest && this.#mapped(manifest, record(manifest.json['imports']), specifier);
  }

  #workspacePackage(specifier: string): string | undefined {
    const name = packageOf(specifier);
    const manifest = this.#workspaces.get(name);
    if (!manifest) return undefined;
    const rest = specifier.slice(name.length + 1);
    const subpath = rest ? `./${rest}` : '.';
    const exported = manifest.json['exports'];
    if (exported !== undefined) {
      const table =
        typeof exported === 'string' || !Object.keys(record(exported)).some((key) => key.startsWith('.'))
          ? { '.': exported }
          : record(exported);
      const file = this.#mapped(manifest, table, subpath);
      if (file) return file;
    }
    const entries = rest
      ? [rest, `src/${rest}`]
      : [
          ...['source', 'module', 'main', 'types'].flatMap((key) => manifest.json[key] ?? []),
          'src/index',
          'index',
          'src/main',
          'lib/index',
          'src',
        ];
    return this.#first(
      manifest,
      entries.filter((entry) => typeof entry === 'string'),
    );
  }

  /** Looks a key up in a table of `exports` or `imports`, with one `*` at most. */
  #mapped(manifest: PackageManifest, table: Readonly<Record<string, unknown>>, key: string): string | undefined {
    if (Object.hasOwn(table, key)) return this.#first(manifest, targets(table[key]));
    for (const [pattern, target] of Object.entries(table)) {
      const [before, after] = pattern.split('*');
      if (before === undefined || after === undefined || !key.startsWith(before) || !key.endsWith(after)) continue;
      const star = key.slice(before.length, key.length - after.length);
      const file = this.#first(
        manifest,
        targets(target).map((each) => each.replaceAll('*', () => star)),
      );
      if (file) return file;
    }
    return undefined;
  }

  /** The first target that is a source: itself, or what it is built from. */
  #first(manifest: PackageManifest, candidates: readonly string[]): string | undefined {
    for (const candidate of candidates) {
      const built = outputFolder.test(candidate);
      const paths = built ? [candidate.replace(outputFolder, 'src/'), candidate.replace(outputFolder, ''), candidate] : [candidate];
      for (const path of paths) {
        const file = this.#file(posix.join(manifest.folder, path));
        if (file) return file;
      }
    }
    return undefined;
  }

  /** The source that a path means: as it is, with an extension, or the index of a folder. */
  #file(path: string): string | undefined {
    const clean = path.replace(/\/$/, '');
    if (clean.startsWith('..') || posix.isAbsolute(clean) || clean.split('/').includes('node_modules')) return undefined;
    for (const [output, sources] of sourcesOfOutput) {
      if (!output.test(clean)) continue;
      const found = sources.map((source) => clean.replace(output, source)).find((each) => this.#exists(each));
      if (found) return found;
    }
    if (extensions.includes(posix.extname(clean)) && this.#exists(clean)) return clean;
    const candidates = [
      ...extensions.map((extension) => clean + extension),
      ...extensions.map((extension) => posix.join(clean, `index${extension}`)),
    ];
    return candidates.find((each) => this.#exists(each));
  }

  /** Folders are listed, once: most of the names that an import might mean are not there, and each question after one costs more than a list. */
  #exists(path: string): boolean {
    const parent = posix.dirname(path);
    let folder = this.#folders.get(parent);
    if (!folder) this.#folders.set(parent, (folder = listed(join(this.#root, parent))));
    const kind = folder.get(posix.basename(path));
    return kind === 'file' || (kind === 'link' && isFile(join(this.#root, path)));
  }
}

/** The names of a folder that can be files. */
type Folder = ReadonlyMap<string, 'file' | 'link'>;

function listed(path: string): Folder {
  try {
    return new Map(
      readdirSync(path, { withFileTypes: true }).flatMap((entry): [string, 'file' | 'link'][] =>
        entry.isFile() ? [[entry.name, 'file']] : entry.isSymbolicLink() ? [[entry.name, 'link']] : [],
      ),
    );
  } catch {
    return new Map();
  }
}

/** The package of what is imported: `@scope/name` of `@scope/name/part`. */
function packageOf(specifier: string): string {
  const end = specifier.indexOf('/', specifier.startsWith('@') ? specifier.indexOf('/') + 1 : 0);
  return end === -1 ? specifier : specifier.slice(0, end);
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Every target of an entry of `exports`, those that lead to source first. */
function targets(entry: unknown): string[] {
  if (typeof entry === 'string') return [entry];
  if (Array.isArray(entry)) return entry.flatMap(targets);
  const table = record(entry);
  const keys = Object.keys(table);
  return [...conditions.filter((condition) => keys.includes(condition)), ...keys.filter((key) => !conditions.includes(key))].flatMap(
    (key) => targets(table[key]),
  );
}

/** The entries of `paths` that are lists of texts. */
function wellFormed(paths: object): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(paths).flatMap(([name, targets]: [string, unknown]) =>
      Array.isArray(targets) ? [[name, targets.filter((target) => typeof target === 'string')]] : [],
    ),
  );
}
