import type { Driver, DriverId } from './driver.ts';
import { drizzle } from './drizzle.ts';
import { graphileWorker, pgBoss, pgListen, pgPubsub, postgraphile } from './job-queues.ts';
import { neon, vercel } from './neon.ts';
import { pg } from './pg.ts';
import { postgresJs } from './postgres-js.ts';
import { kysely, knex, mikroOrm, pgPromise, prisma, sequelize, slonik, typeorm } from './query-layers.ts';

/** Every driver the engine knows. */
export const drivers: readonly Driver[] = [
  pg,
  postgresJs,
  drizzle,
  neon,
  vercel,
  kysely,
  knex,
  prisma,
  typeorm,
  sequelize,
  mikroOrm,
  slonik,
  pgPromise,
  pgListen,
  pgPubsub,
  pgBoss,
  graphileWorker,
  postgraphile,
];

const byId: ReadonlyMap<string, Driver> = new Map(drivers.map((driver) => [driver.id, driver]));
const byModule: ReadonlyMap<string, Driver> = new Map(
  drivers.flatMap((driver) => driver.modules.map((module) => [module, driver] as const)),
);

/** The table of a driver; `undefined` for `unknown`. */
export function driverOf(id: DriverId | 'unknown'): Driver | undefined {
  return byId.get(id);
}

/** The driver that a module belongs to. */
export function driverOfModule(module: string): Driver | undefined {
  return (
    byModule.get(module) ?? (module.startsWith('@prisma/client') || /(^|\/)generated\/(prisma|client)/.test(module) ? prisma : undefined)
  );
}

/**
 * Modules of other databases, and of PostgreSQL in the same process: a client of theirs never reaches a pooler, and a name alone
 * (`db`, `client`) proves nothing in a file or package that uses them.
 */
export function isForeignModule(module: string): boolean {
  return foreign.test(module);
}

const foreign =
  /^(mysql2?(\/.*)?|mariadb|better-sqlite3|sqlite3?|node:sqlite|bun:sqlite|@libsql\/.*|libsql|sql\.js|@electric-sql\/pglite(\/.*)?|expo-sqlite(\/.*)?|@op-engineering\/.*|wa-sqlite|redis|ioredis|@redis\/.*|@upstash\/.*|mongodb|mongoose|mssql|tedious|oracledb|cassandra-driver|@clickhouse\/.*|clickhouse|duckdb(-.*)?|@duckdb\/.*|snowflake-sdk|@google-cloud\/bigquery|@google-cloud\/spanner|@planetscale\/database|cloudflare:.*|drizzle-orm\/(mysql.*|sqlite.*|better-sqlite3|libsql.*|d1|bun-sqlite|durable-sqlite|expo-sqlite|op-sqlite|sql-js|planetscale-serverless|singlestore.*|tidb-serverless|pglite|gel.*)(\/.*)?)$/;
