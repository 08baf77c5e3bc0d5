import { type Driver, methods } from './driver.ts';

/** Kysely: `connection().execute()` pins a client connection only; `transaction().execute()` a server. */
export const kysely: Driver = {
  id: 'kysely',
  modules: ['kysely', 'kysely-postgres-js'],
  constructors: [{ name: 'Kysely', makes: 'pool', called: true }],
  types: { Kysely: 'unknown', Transaction: 'transaction', ControlledTransaction: 'transaction' },
  methods: methods([
    [{ does: 'transaction chain' }, 'transaction startTransaction'],
    [{ does: 'checkout chain' }, 'connection'],
    [{ does: 'builder' }, 'selectFrom insertInto updateTable deleteFrom replaceInto mergeInto with selectNoFrom'],
    [{ does: 'same' }, 'withSchema withPlugin withoutPlugins withTables $extendTables'],
  ]),
  connectHooks: [],
  connectEvents: [],
  source: 'kysely 0.28.19, read',
};

/** Knex: `raw()` without bindings goes over the simple protocol. */
export const knex: Driver = {
  id: 'knex',
  modules: ['knex'],
  constructors: [
    { name: 'default', makes: 'pool', called: true },
    { name: 'knex', makes: 'pool', called: true },
    { name: 'Knex', makes: 'pool', called: true },
  ],
  types: { Knex: 'unknown', 'Knex.Transaction': 'transaction', Transaction: 'transaction' },
  methods: methods([
    [{ does: 'query', sql: 0, values: 1 }, 'raw'],
    [{ does: 'transaction' }, 'transaction'],
    [{ does: 'same' }, 'schema withSchema client'],
    [{ does: 'builder' }, 'select insert update from into table'],
    [{ does: 'commit' }, 'commit'],
    [{ does: 'rollback' }, 'rollback'],
  ]),
  connectHooks: ['afterCreate'],
  connectEvents: [],
  source: 'knex 3.3.0, read: client.js, acquireConnectionTimeout; dialects/postgres',
};

/** Prisma: raw SQL goes over the extended protocol; `$transaction(callback)` pins a server. */
export const prisma: Driver = {
  id: 'prisma',
  modules: ['@prisma/client', '@prisma/client/edge'],
  constructors: [{ name: 'PrismaClient', makes: 'pool', called: true }],
  types: { PrismaClient: 'pool', 'Prisma.TransactionClient': 'transaction', TransactionClient: 'transaction' },
  methods: methods([
    [{ does: 'tag' }, '$executeRaw $queryRaw'],
    [{ does: 'query', sql: 0, values: 'rest' }, '$executeRawUnsafe $queryRawUnsafe'],
    [{ does: 'transaction' }, '$transaction'],
    [{ does: 'same' }, '$extends'],
  ]),
  connectHooks: [],
  connectEvents: [],
  source: 'Prisma 7 with @prisma/adapter-pg 7.10.1, read',
};

/** TypeORM: a QueryRunner is one client connection, pinned to a server only between `startTransaction()` and its end. */
export const typeorm: Driver = {
  id: 'typeorm',
  modules: ['typeorm', '@nestjs/typeorm'],
  constructors: [
    { name: 'DataSource', makes: 'pool', called: true },
    { name: 'createConnection', makes: 'pool', called: true },
    { name: 'getConnection', makes: 'pool', called: true },
    { name: 'getManager', makes: 'pool', called: true },
  ],
  types: { DataSource: 'pool', Connection: 'pool', QueryRunner: 'client', EntityManager: 'unknown', Repository: 'unknown' },
  methods: methods([
    [{ does: 'query', sql: 0, values: 1 }, 'query'],
    [{ does: 'transaction' }, 'transaction'],
    [{ does: 'checkout' }, 'createQueryRunner'],
    [{ does: 'begin' }, 'startTransaction'],
    [{ does: 'commit' }, 'commitTransaction'],
    [{ does: 'rollback' }, 'rollbackTransaction'],
    [{ does: 'same' }, 'manager queryRunner'],
  ]),
  connectHooks: [],
  connectEvents: [],
  source: 'typeorm 1.1.1, read: driver/postgres',
};

/** Sequelize: `query()` takes any connection unless `{ transaction }` is passed. */
export const sequelize: Driver = {
  id: 'sequelize',
  modules: ['sequelize', '@sequelize/core', 'sequelize-typescript'],
  constructors: [
    { name: 'Sequelize', makes: 'pool', called: true },
    { name: 'default', makes: 'pool', called: true },
  ],
  types: { Sequelize: 'pool', QueryInterface: 'unknown' },
  methods: methods([
    [{ does: 'query', sql: 0 }, 'query'],
    [{ does: 'transaction' }, 'transaction'],
    [{ does: 'same' }, 'sequelize'],
  ]),
  connectHooks: ['afterConnect'],
  connectEvents: [],
  source: 'sequelize 6.37.8, read: dialects/postgres/connection-manager.js',
};

/** MikroORM: `em.fork()` pins nothing; `em.transactional()` does. */
export const mikroOrm: Driver = {
  id: 'mikro-orm',
  modules: ['@mikro-orm/core', '@mikro-orm/postgresql'],
  constructors: [],
  types: { EntityManager: 'unknown', SqlEntityManager: 'unknown', MikroORM: 'pool' },
  methods: methods([
    [{ does: 'query', sql: 0, values: 1 }, 'execute'],
    [{ does: 'transaction' }, 'transactional'],
    [{ does: 'begin' }, 'begin'],
    [{ does: 'commit' }, 'commit'],
    [{ does: 'rollback' }, 'rollback'],
    [{ does: 'same' }, 'getConnection fork em'],
  ]),
  connectHooks: ['onCreateConnection'],
  connectEvents: [],
  source: 'its documentation; not run',
};

/** Slonik: `connect()` pins a client connection only. */
export const slonik: Driver = {
  id: 'slonik',
  modules: ['slonik'],
  constructors: [{ name: 'createPool', makes: 'pool', called: true }],
  types: {
    DatabasePool: 'pool',
    DatabasePoolConnection: 'client',
    DatabaseTransactionConnection: 'transaction',
    CommonQueryMethods: 'unknown',
  },
  methods: methods([
    [{ does: 'query', sql: 0 }, 'query any anyFirst many manyFirst maybeOne maybeOneFirst one oneFirst exists'],
    [{ does: 'transaction' }, 'transaction'],
    [{ does: 'checkout' }, 'connect'],
  ]),
  connectHooks: ['afterPoolConnection'],
  connectEvents: [],
  source: 'slonik 47.3.2 and @slonik/pg-driver 47.3.2, read',
};

/** pg-promise: `task()` pins a client connection only, `tx()` a server. */
export const pgPromise: Driver = {
  id: 'pg-promise',
  modules: ['pg-promise'],
  constructors: [{ name: 'default()', makes: 'pool', called: true }],
  types: { IDatabase: 'pool', ITask: 'unknown', IConnected: 'client' },
  methods: methods([
    [{ does: 'query', sql: 0, values: 1 }, 'none one oneOrNone many manyOrNone any result multi multiResult query each map func proc'],
    [{ does: 'transaction' }, 'tx txIf'],
    [{ does: 'checkout' }, 'task taskIf connect'],
  ]),
  connectHooks: ['connect'],
  connectEvents: [],
  source: 'pg-promise 12.7.1, read: task.js sends BEGIN for tx() alone, connect.js',
};
