/** What becomes of a node-postgres pool that is handed to a package: whether that one listens to its errors. */
export interface PoolTaker {
  readonly module: string;
  readonly name: string;
  readonly listens: boolean;
  /** What the answer was read in. */
  readonly source: string;
}

/** Exports that are given a pool, as an argument or as a property of one. Others are not known, and may listen. */
const poolTakers: readonly PoolTaker[] = [
  { module: 'kysely', name: 'PostgresDialect', listens: false, source: 'kysely 0.28.19, dialect/postgres: no listener' },
  { module: 'kysely', name: 'Kysely', listens: false, source: 'kysely 0.28.19, kysely.js: no listener' },
  { module: 'drizzle-orm/node-postgres', name: 'drizzle', listens: false, source: 'drizzle-orm 0.45.4, node-postgres/driver: no listener' },
  {
    module: 'drizzle-orm/neon-serverless',
    name: 'drizzle',
    listens: false,
    source: 'drizzle-orm 0.45.4, neon-serverless/driver: no listener',
  },
  {
    module: 'drizzle-orm/vercel-postgres',
    name: 'drizzle',
    listens: false,
    source: 'drizzle-orm 0.45.4, vercel-postgres/driver: no listener',
  },
  { module: '@auth/pg-adapter', name: 'default', listens: false, source: '@auth/pg-adapter 1.11.3: no listener' },
  {
    module: '@prisma/adapter-pg',
    name: 'PrismaPg',
    listens: true,
    source: '@prisma/adapter-pg 7.10.1, connect(): client.on("error", onIdleClientError)',
  },
  { module: 'graphile-worker', name: 'run', listens: true, source: 'graphile-worker 0.17.3, lib.js: pgPool.on("error", handlePoolError)' },
  {
    module: 'graphile-worker',
    name: 'runOnce',
    listens: true,
    source: 'graphile-worker 0.17.3, lib.js: pgPool.on("error", handlePoolError)',
  },
  {
    module: 'graphile-worker',
    name: 'makeWorkerUtils',
    listens: true,
    source: 'graphile-worker 0.17.3, lib.js: pgPool.on("error", handlePoolError)',
  },
];

/** What is known of an export that a pool is handed to. */
export function poolTakerOf(module: string, name: string): PoolTaker | undefined {
  return poolTakers.find((taker) => taker.module === module && taker.name === name);
}
