import { join, posix } from 'node:path';
import { record } from '../record.ts';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { toRelative } from '../files/to-relative.ts';

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Absolute, links resolved. */
  readonly path: string;
  readonly because: string;
}

/** Modules that open connections to PostgreSQL. */
const drivers: ReadonlySet<string> = new Set([
  'pg',
  'pg-pool',
  'pg-promise',
  'pg-native',
  'postgres',
  'slonik',
  '@neondatabase/serverless',
  '@vercel/postgres',
  'pg-listen',
  'knex',
  'kysely',
  'drizzle-orm',
  'sequelize',
  'typeorm',
  '@prisma/client',
]);

/** Packages that talk to PostgreSQL with what the application hands them, or through a program of their own. */
const known: ReadonlySet<string> = new Set([
  ...drivers,
  'prisma',
  '@prisma/engines',
  'drizzle-kit',
  '@mikro-orm/postgresql',
  '@mikro-orm/knex',
  'pg-boss',
  'graphile-worker',
  'graphile-migrate',
  'node-pg-migrate',
  'postgres-migrations',
  'postgraphile',
  'umzug',
  '@electric-sql/client',
]);

/** More packages than any installation has that is read in a minute. */
const maxPackages = 5_000;

const dependencyKeys = ['dependencies', 'peerDependencies', 'optionalDependencies'];

/**
 * The installed packages that talk to PostgreSQL, among all that the workspaces depend on, directly or not.
 *
 * @param folders of the workspaces, relative to the root
 * @returns them by name, and the dependencies that are not installed
 */
export function findPackages(root: string, folders: readonly string[]): { found: readonly InstalledPackage[]; missing: readonly string[] } {
  const found = new Map<string, InstalledPackage>();
  const missing = new Set<string>();
  const seen = new Set<string>();
  const queue: { readonly from: string; readonly name: string; readonly isDirect: boolean }[] = [];
  const enqueue = (from: string, manifest: Readonly<Record<string, unknown>>, isDirect: boolean): void => {
    for (const key of isDirect ? ['dependencies', 'devDependencies', 'optionalDependencies'] : dependencyKeys)
      for (const name of Object.keys(record(manifest[key]))) queue.push({ from, name, isDirect });
  };
  for (const folder of folders) enqueue(join(root, folder), readManifest(join(root, folder)), true);

  for (let next = queue.shift(); next && seen.size < maxPackages; next = queue.shift()) {
    const path = resolvePackage(root, next.from, next.name);
    if (path === undefined) {
      if (next.isDirect && known.has(next.name)) missing.add(next.name);
      continue;
    }
    if (seen.has(path) || !toRelative(root, path).includes('node_modules')) continue;
    seen.add(path);
    const manifest = readManifest(path);
    const { version } = manifest;
    const because = reasonFor(next.name, manifest);
    if (because !== undefined)
      found.set(path, { name: next.name, version: typeof version === 'string' ? version : 'unknown', path, because });
    enqueue(path, manifest, false);
  }
  const byName = (a: InstalledPackage, b: InstalledPackage): number => (a.name + a.version < b.name + b.version ? -1 : 1);
  return { found: [...found.values()].sort(byName), missing: [...missing].sort() };
}

function reasonFor(name: string, manifest: Readonly<Record<string, unknown>>): string | undefined {
  if (known.has(name)) return 'it is known to';
  for (const key of dependencyKeys) {
    const driver = Object.keys(record(manifest[key])).find((each) => drivers.has(each));
    if (driver !== undefined) return `it depends on ${driver}`;
  }
  return undefined;
}

/** As Node resolves it: the nearest `node_modules` above. */
function resolvePackage(root: string, from: string, name: string): string | undefined {
  // A name that is none must not lead out of the folder.
  if (!/^(?:@[\w.-]+\/)?[\w-][\w.-]*$/.test(name)) return undefined;
  for (let at = from; ; at = posix.dirname(at)) {
    const path = join(at, 'node_modules', name);
    if (existsSync(join(path, 'package.json'))) return realpathSync(path);
    if (at === root || at === posix.dirname(at)) return undefined;
  }
}

function readManifest(folder: string): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  } catch {
    return {};
  }
}
