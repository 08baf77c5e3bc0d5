import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly version?: unknown;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly devDependencies?: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, unknown>>;
}

/**
 * The version of a package as a file sees it: the one in the nearest `node_modules`, else the lowest that the nearest
 * `package.json` with such a dependency allows.
 *
 * @param name as it is imported, without a path inside the package
 * @param file need not exist: the folders above it are looked into
 * @returns `undefined` where neither tells
 */
export function installedVersion(name: string, file: string): string | undefined {
  const folders = foldersAbove(file);
  for (const folder of folders) {
    const installed = readManifest(join(folder, 'node_modules', name))?.version;
    if (typeof installed === 'string') return installed;
  }
  for (const folder of folders) {
    const manifest = readManifest(folder);
    const range = manifest?.dependencies?.[name] ?? manifest?.devDependencies?.[name] ?? manifest?.peerDependencies?.[name];
    if (typeof range === 'string') return /\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?/.exec(range)?.[0];
  }
  return undefined;
}

function foldersAbove(file: string): string[] {
  const folders = [dirname(file)];
  for (let parent = dirname(folders[0]!); parent !== folders.at(-1); parent = dirname(parent)) folders.push(parent);
  return folders;
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch {
    // Absent, or being written at this moment: another folder may have it.
    return undefined;
  }
}
