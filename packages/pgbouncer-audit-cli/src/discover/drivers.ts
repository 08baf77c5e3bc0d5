import type { DriverResult } from '../result.ts';
import { Lines } from '../lines.ts';
import { dependencyRange, type PackageManifest, type Packages } from './packages.ts';

/** Packages that talk to PostgreSQL themselves, or write SQL for one that does. */
const driverPackages: readonly string[] = [
  'pg',
  'pg-native',
  'pg-pool',
  'pg-promise',
  'pg-cursor',
  'pg-listen',
  'postgres',
  'slonik',
  '@neondatabase/serverless',
  '@vercel/postgres',
  '@supabase/supabase-js',
  '@prisma/client',
  '@prisma/adapter-pg',
  'drizzle-orm',
  'kysely',
  'kysely-postgres-js',
  'knex',
  'objection',
  'typeorm',
  'sequelize',
  '@mikro-orm/postgresql',
  '@databases/pg',
  'pg-boss',
  'graphile-worker',
  'postgraphile',
];

/** The drivers that the packages of a repository depend on, with the versions they use. */
export function findDrivers(manifests: readonly PackageManifest[], packages: Packages): DriverResult[] {
  return manifests.flatMap((manifest) => {
    const found = driverPackages.filter((name) => dependencyRange(manifest, name) !== undefined);
    const lines = new Lines(manifest.text);
    return found.map((name): DriverResult => {
      const resolved = packages.resolve(name, manifest.folder);
      return {
        name,
        ...(resolved && { version: resolved.version, versionFrom: resolved.from }),
        workspace: manifest.folder || '.',
        origin: {
          file: manifest.folder ? `${manifest.folder}/package.json` : 'package.json',
          line: lines.at(Math.max(0, manifest.text.indexOf(`"${name}"`))).line,
        },
      };
    });
  });
}
