/** A library that holds a session-level advisory lock while it migrates. */
export interface MigrationRunner {
  readonly modules: readonly string[];
  /** What is called, or made with `new`, to run migrations. */
  readonly exports: readonly string[];
  /** Options that hold what it connects with. */
  readonly connection: readonly string[];
  /** The option that switches the lock off. */
  readonly unless?: string;
  /** The first version that locks so. */
  readonly since?: string;
  /** Where that was read; all were run (fixtures/hazards/no-pooled-migration-lock/proof.ts). */
  readonly source: string;
}

export const migrationRunners: readonly MigrationRunner[] = [
  {
    modules: ['kysely', 'kysely/migration'],
    exports: ['Migrator'],
    connection: ['db'],
    // Before, it took pg_advisory_xact_lock in the transaction of the migrations.
    since: '0.29.3',
    source: 'kysely 0.29.9, dialect/postgres/postgres-adapter.js: pg_advisory_lock(3853314791062309107)',
  },
  {
    modules: ['node-pg-migrate'],
    exports: ['runner', 'default'],
    connection: ['dbClient', 'databaseUrl'],
    unless: 'noLock',
    source: 'node-pg-migrate 9.0.0, dist/bundle/index.js: pg_try_advisory_lock, or pg_advisory_lock with advisoryLockMode: "wait"',
  },
  {
    modules: ['postgres-migrations'],
    exports: ['migrate'],
    connection: ['client'],
    source: 'postgres-migrations 5.3.0, dist/with-lock.js: pg_try_advisory_lock(-8525285245963000605), again and again',
  },
];
