import { driverOfModule, isForeignModule } from '../drivers/drivers.ts';
import type { SourceFile } from '../source-file.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';

/** What the imports of a file, and the packages installed for it, say about the database it speaks to. */
export type DatabaseHint = 'PostgreSQL' | 'another database' | 'nothing';

/** Drivers of PostgreSQL, and of other SQL databases, as packages. */
const postgresPackages = ['pg', 'postgres', '@neondatabase/serverless', '@vercel/postgres', 'slonik', 'pg-promise', '@fastify/postgres'];
const foreignPackages = ['mysql2', 'mysql', 'better-sqlite3', 'sqlite3', '@libsql/client', 'mssql', '@planetscale/database'];
const sqlForeign =
  /mysql|maria|sqlite|libsql|sql\.js|pglite|mssql|tedious|oracledb|duckdb|d1|planetscale|clickhouse|snowflake|bigquery|spanner|cassandra/;

/** What to believe of a client in this file of which only the name is known. */
export function databaseHint(file: SourceFile, world: World): DatabaseHint {
  const known = world.hints.get(file);
  if (known) return known;
  const modules = importedModules(file);
  const hint = modules.some(
    (module) => driverOfModule(module) !== undefined || /^drizzle-orm\/(pg-core|postgres-js|node-postgres|neon)/.test(module),
  )
    ? 'PostgreSQL'
    : modules.some((module) => isForeignModule(module) && sqlForeign.test(module))
      ? 'another database'
      : hintOfPackages(world);
  world.hints.set(file, hint);
  return hint;
}

function hintOfPackages(world: World): DatabaseHint {
  if (foreignPackages.some((name) => world.packageVersion(name) !== undefined)) return 'nothing';
  return postgresPackages.some((name) => world.packageVersion(name) !== undefined) ? 'PostgreSQL' : 'nothing';
}

function importedModules(file: SourceFile): string[] {
  const modules: string[] = [];
  walk(file.ast, (node) => {
    if (node.type === 'ImportDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source))
      modules.push(String(node.source.value));
    const isRequire = node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === 'require';
    const specifier = isRequire ? node.arguments[0] : node.type === 'ImportExpression' ? node.source : undefined;
    if (specifier?.type === 'Literal' && typeof specifier.value === 'string') modules.push(specifier.value);
  });
  return modules;
}
