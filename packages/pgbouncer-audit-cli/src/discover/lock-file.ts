import { join } from 'node:path';
import { parse as parseJsonc, type ParseError } from 'jsonc-parser';
import { parse } from 'yaml';
import { existsSync, readFileSync } from '../files/view.ts';
import { once } from '../once.ts';

/** Installed versions as a lock file fixes them. */
export interface LockFile {
  /** Its name, such as `pnpm-lock.yaml`. */
  readonly name: string;
  /**
   * @param workspace folder of the workspace, relative to the lock file; empty for its own folder
   * @param range what the workspace's `package.json` asks for
   */
  version(workspace: string, name: string, range: string): string | undefined;
}

type Versions = LockFile['version'];

const readers: Readonly<Record<string, (text: string) => Versions>> = {
  'pnpm-lock.yaml': pnpm,
  'package-lock.json': npm,
  'npm-shrinkwrap.json': npm,
  'yarn.lock': yarn,
  'bun.lock': bun,
};

/**
 * Reads the lock file of a folder.
 *
 * @returns `undefined` where there is none, or none that can be read: versions are then taken from elsewhere
 */
export function readLockFile(folder: string): LockFile | undefined {
  for (const [name, read] of Object.entries(readers)) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    try {
      return { name, version: read(readFileSync(path, 'utf8')) };
    } catch {
      continue;
    }
  }
  return undefined;
}

type Table = Readonly<Record<string, unknown>>;

function table(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}

const dependencyKeys = ['dependencies', 'devDependencies', 'optionalDependencies'];

/** Of the file only the importer that is asked for is parsed: the packages are most of it, and YAML is slow. */
function pnpm(text: string): Versions {
  const end = /^(?:packages|snapshots):/m.exec(text)?.index ?? text.length;
  const start = /^importers:.*$/m.exec(text);
  const head = text.slice(0, end);
  const blocks = start ? blocksOf(head.slice(start.index + start[0].length)) : new Map([['.', head]]);
  const importerOf = once((workspace) => {
    const block = parsedBlock(blocks.get(workspace) ?? '');
    return start ? table(Object.values(block)[0]) : block;
  });
  return (workspace, name) => {
    const importer = importerOf(workspace || '.');
    for (const key of dependencyKeys) {
      const entry = table(importer[key])[name];
      const version = typeof entry === 'string' ? entry : table(entry)['version'];
      if (typeof version === 'string') return exact(version);
    }
    return undefined;
  };
}

/** Empty where a conflict of a merge, say, is no YAML. */
function parsedBlock(text: string): Table {
  try {
    return table(parse(text));
  } catch {
    return {};
  }
}

/** The entries of a map that is indented by two, each with its key. */
function blocksOf(map: string): Map<string, string> {
  const blocks = map.split(/^(?= {2}[^\s#])/m).filter((block) => block.startsWith('  '));
  return new Map(blocks.map((block) => [/^ {2}(['"]?)(.*?)\1:(?:\s|$)/.exec(block)?.[2] ?? '', block]));
}

function npm(text: string): Versions {
  const document = table(JSON.parse(text));
  const packages = table(document['packages']);
  const dependencies = table(document['dependencies']);
  return (workspace, name) => {
    const below = workspace ? `${workspace}/node_modules/${name}` : `node_modules/${name}`;
    const entry = table(packages[below] ?? packages[`node_modules/${name}`] ?? dependencies[name]);
    return exact(entry['version']);
  };
}

/** Both formats of Yarn have a line of `name@range` patterns, and a version in the lines below it. */
function yarn(text: string): Versions {
  const versions = new Map<string, string>();
  let patterns: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^["\w@]/.test(line) && line.endsWith(':')) {
      patterns = line
        .slice(0, -1)
        .split(',')
        .map((pattern) => pattern.trim().replace(/^"|"$/g, '').replace('@npm:', '@'));
    }
    const version = /^ {2}version:? "?([^"\s]+)"?$/.exec(line)?.[1];
    if (version) for (const pattern of patterns) versions.set(pattern.replace(/^"|"$/g, ''), version);
  }
  return (_, name, range) => exact(versions.get(`${name}@${range.replace(/^npm:/, '')}`));
}

/** JSON with trailing commas. The first item of a package is `name@version`. */
function bun(text: string): Versions {
  const errors: ParseError[] = [];
  const packages = table(table(parseJsonc(text, errors, { allowTrailingComma: true }))['packages']);
  if (errors.length > 0) throw new Error('not JSON');
  return (_, name) => {
    const entry = packages[name];
    const id: unknown = Array.isArray(entry) ? entry[0] : undefined;
    return typeof id === 'string' ? exact(id.slice(id.lastIndexOf('@') + 1)) : undefined;
  };
}

/** A version without what pnpm adds in parentheses; a link or a URL is none. */
function exact(version: unknown): string | undefined {
  return typeof version === 'string' ? /^\d+\.\d+\.\d+[\w.+-]*/.exec(version)?.[0] : undefined;
}
