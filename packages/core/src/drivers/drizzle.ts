import { type Driver, methods } from './driver.ts';

/** Which driver carries a Drizzle database, by the module `drizzle` was imported from; `foreign` is not PostgreSQL behind a pooler. */
export const drizzleCarriers: Readonly<Record<string, 'pg' | 'postgres.js' | 'neon' | 'vercel' | 'http' | 'foreign'>> = {
  'drizzle-orm/node-postgres': 'pg',
  'drizzle-orm/postgres-js': 'postgres.js',
  'drizzle-orm/neon-serverless': 'neon',
  'drizzle-orm/vercel-postgres': 'vercel',
  'drizzle-orm/neon-http': 'http',
  'drizzle-orm/xata-http': 'http',
  'drizzle-orm/pg-proxy': 'http',
  'drizzle-orm/aws-data-api/pg': 'http',
  'drizzle-orm/pglite': 'foreign',
};

/**
 * Drizzle 0.45 and 1.0. Queries are unnamed on every carrier; what `.prepare()` sends depends on the version (`prepareIsNamed`).
 */
export const drizzle: Driver = {
  id: 'drizzle',
  modules: Object.keys(drizzleCarriers),
  constructors: [{ name: 'drizzle', makes: 'pool', called: true }],
  types: {
    NodePgDatabase: 'pool',
    PostgresJsDatabase: 'pool',
    NeonDatabase: 'pool',
    VercelPgDatabase: 'pool',
    NeonHttpDatabase: 'http',
    PgDatabase: 'unknown',
    PgAsyncDatabase: 'unknown',
    PgTransaction: 'transaction',
    PgAsyncTransaction: 'transaction',
    NodePgTransaction: 'transaction',
    PostgresJsTransaction: 'transaction',
    NeonTransaction: 'transaction',
    VercelPgTransaction: 'transaction',
  },
  methods: methods([
    [{ does: 'query', sql: 0 }, 'execute'],
    [{ does: 'transaction' }, 'transaction'],
    [{ does: 'batch' }, 'batch'],
    [{ does: 'builder' }, 'select selectDistinct selectDistinctOn insert update delete with $count refreshMaterializedView query'],
    [{ does: 'same' }, '$withAuth $primary'],
    [{ does: 'underlying' }, '$client'],
  ]),
  connectHooks: [],
  connectEvents: [],
  source:
    'drizzle-orm 0.45.4 and 1.0.0-rc.5, read; both on the wire in the proofs of no-named-prepared-statement and postgres-js-prepare-option',
};
