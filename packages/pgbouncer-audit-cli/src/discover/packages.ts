import { dirname, join, posix } from 'node:path';
import { parse } from 'yaml';
import { existsSync, readFileSync } from '../files/view.ts';
import { record } from '../record.ts';
import { readLockFile, type LockFile } from './lock-file.ts';

export interface PackageManifest {
  /** Folder relative to the root; empty for the root. */
  readonly folder: string;
  readonly name?: string;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface PackageVersion {
  readonly version: string;
  readonly from: 'lock file' | 'node_modules' | 'package.json';
}

function dependsOn(one: PackageManifest | undefined, { name }: Partial<PackageManifest> = {}): boolean {
  return one !== undefined && name !== undefined && dependencyKeys.some((key) => Object.hasOwn(record(one.json[key]), name));
}

const dependencyKeys = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/** The packages of a repository and the versions they use. Everything is read when it is first asked for, and once. */
export class Packages {
  readonly #root: string;
  readonly #manifests = new Map<string, PackageManifest | undefined>();
  readonly #locks = new Map<string, LockFile | undefined>();
  readonly #versions = new Map<string, PackageVersion | undefined>();
  #catalogs: Readonly<Record<string, unknown>> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** The `package.json` of a folder, if there is one that can be read. */
  manifest(folder: string): PackageManifest | undefined {
    if (!this.#manifests.has(folder)) this.#manifests.set(folder, readManifest(this.#root, folder));
    return this.#manifests.get(folder);
  }

  /** The nearest `package.json` above a file. */
  manifestOf(file: string): PackageManifest | undefined {
    for (const folder of foldersAbove(file)) {
      const manifest = this.manifest(folder);
      if (manifest) return manifest;
    }
    return undefined;
  }

  /** Whether two files belong to the same package, or to one and another that it depends on: they may run in one process. */
  mayRunTogether(one: string, other: string): boolean {
    const [first, second] = [this.manifestOf(one), this.manifestOf(other)];
    if (first?.folder === second?.folder) return true;
    return dependsOn(first, second) || dependsOn(second, first);
  }

  /** What a file sees of a package: the version in `X.Y.Z`, or `undefined` when nothing tells. */
  version(name: string, file: string): string | undefined {
    return this.resolve(name, posix.dirname(file) === '.' ? '' : posix.dirname(file))?.version;
  }

  /** Lock file first, because it is what gets deployed; then what is installed; then the least version that is asked for. */
  resolve(name: string, folder: string): PackageVersion | undefined {
    const key = `${folder}\n${name}`;
    if (!this.#versions.has(key)) this.#versions.set(key, this.#resolve(name, folder));
    return this.#versions.get(key);
  }

  #resolve(name: string, folder: string): PackageVersion | undefined {
    let asked: string | undefined;
    for (const at of [folder, ...foldersAbove(folder)]) {
      const manifest = this.manifest(at);
      const range = manifest && dependencyRange(manifest, name);
      if (range !== undefined) {
        asked ??= this.#catalogRange(range, name);
        const locked = this.#lockedVersion(at, name, range);
        if (locked) return { version: locked, from: 'lock file' };
      }
      const installed = installedVersion(join(this.#root, at), name);
      if (installed) return { version: installed, from: 'node_modules' };
    }
    const least = asked && /\d+\.\d+\.\d+[\w.+-]*|\d+\.\d+|\d+/.exec(asked)?.[0];
    return least ? { version: least, from: 'package.json' } : undefined;
  }

  #lockedVersion(folder: string, name: string, range: string): string | undefined {
    for (const at of [folder, ...foldersAbove(folder)]) {
      if (!this.#locks.has(at)) this.#locks.set(at, readLockFile(join(this.#root, at)));
      const lock = this.#locks.get(at);
      if (lock) return lock.version(posix.relative(at, folder), name, range);
    }
    return undefined;
  }

  /** pnpm's `catalog:` and `catalog:name` stand for a range of `pnpm-workspace.yaml`. */
  #catalogRange(range: string, name: string): string | undefined {
    const catalog = /^catalog:(.*)$/.exec(range)?.[1];
    if (catalog === undefined) return range;
    this.#catalogs ??= readYaml(join(this.#root, 'pnpm-workspace.yaml'));
    const named = record(record(this.#catalogs['catalogs'])[catalog || 'default']);
    const found = named[name] ?? (catalog === '' || catalog === 'default' ? record(this.#catalogs['catalog'])[name] : undefined);
    return typeof found === 'string' ? found : undefined;
  }
}

/** What a `package.json` asks for, as it is written there. */
export function dependencyRange(manifest: PackageManifest, name: string): string | undefined {
  for (const key of dependencyKeys) {
    const dependencies = record(manifest.json[key]);
    const range = Object.hasOwn(dependencies, name) ? dependencies[name] : undefined;
    if (typeof range === 'string') return range;
  }
  return undefined;
}

function readManifest(root: string, folder: string): PackageManifest | undefined {
  try {
    const text = readFileSync(join(root, folder, 'package.json'), 'utf8');
    const json: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    const { name } = record(json);
    return { folder, text, json: record(json), ...(typeof name === 'string' && { name }) };
  } catch {
    return undefined;
  }
}

function installedVersion(folder: string, name: string): string | undefined {
  const path = join(folder, 'node_modules', name, 'package.json');
  if (!existsSync(path)) return undefined;
  try {
    const { version } = record(JSON.parse(readFileSync(path, 'utf8')));
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

function readYaml(path: string): Readonly<Record<string, unknown>> {
  try {
    return record(parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}

/** The folders that a path of the repository is in, nearest first, the root (empty) last. */
export function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = path; at !== '';) {
    at = dirname(at).replaceAll('\\', '/');
    if (at === '.' || at === '/') at = '';
    folders.push(at);
  }
  return folders;
}
