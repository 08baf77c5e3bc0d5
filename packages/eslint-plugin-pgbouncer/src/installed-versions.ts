import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly version?: unknown;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly devDependencies?: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, unknown>>;
}

/**
 * The versions of packages as a file sees them: the one in the nearest `node_modules`, else the lowest that the nearest
 * `package.json` with such a dependency allows. What was read for one package is not read again for the next.
 *
 * @param file need not exist: the folders above it are looked into
 * @returns a function of a package's name, as it is imported and without a path inside the package; it gives `undefined` where nothing tells
 */
export function installedVersions(file: string): (name: string) => string | undefined {
  let above: { readonly withModules: readonly string[]; readonly manifests: readonly Manifest[] } | undefined;
  const readAbove = () => {
    const folders = foldersAbove(file);
    return {
      withModules: folders.map((folder) => join(folder, 'node_modules')).filter((folder) => existsSync(folder)),
      manifests: folders.flatMap((folder) => readManifest(folder) ?? []),
    };
  };
  return (name) => {
    const { withModules, manifests } = (above ??= readAbove());
    for (const folder of withModules) {
      const installed = readManifest(join(folder, name))?.version;
      if (typeof installed === 'string') return installed;
    }
    for (const { dependencies, devDependencies, peerDependencies } of manifests) {
      const range = dependencies?.[name] ?? devDependencies?.[name] ?? peerDependencies?.[name];
      if (typeof range === 'string') return /\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?/.exec(range)?.[0];
    }
    return undefined;
  };
}

function foldersAbove(file: string): string[] {
  const folders = [dirname(file)];
  for (let parent = dirname(folders[0]!); parent !== folders.at(-1); parent = dirname(parent)) folders.push(parent);
  return folders;
}

function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'package.json');
  try {
    // To ask is cheaper than to fail.
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined;
  } catch {
    // Being written at this moment: another folder may have it.
    return undefined;
  }
}
