import { type Driver, methods } from './driver.ts';

/**
 * node-postgres 8. `pool.query()` takes any connection for each call; `connect()` checks one out, which pins a client connection and no
 * server connection.
 */
export const pg: Driver = {
  id: 'pg',
  modules: ['pg', 'pg-pool', 'pg-native', '@fastify/postgres', 'pg-client', '@prisma/adapter-pg'],
  constructors: [
    { name: 'Pool', makes: 'pool', called: true, emitsError: true },
    { name: 'BoundPool', makes: 'pool', called: true, emitsError: true },
    { name: 'Client', makes: 'client', called: true, emitsError: true },
    { name: 'PrismaPg', makes: 'pool', called: true },
    { name: 'native.Pool', makes: 'pool', called: true, emitsError: true },
    { name: 'native.Client', makes: 'client', called: true, emitsError: true },
  ],
  types: { Pool: 'pool', Client: 'client', PoolClient: 'client', ClientBase: 'unknown', PostgresDb: 'pool' },
  methods: methods([
    [{ does: 'query', sql: 0, values: 1 }, 'query'],
    [{ does: 'checkout' }, 'connect'],
    [{ does: 'transaction' }, 'transact'],
    [{ does: 'on' }, 'on once addListener'],
  ]),
  connectHooks: ['onConnect', 'verify'],
  connectEvents: ['connect', 'acquire'],
  source:
    'pg 8.23.1 and pg-pool 3.14.0, read; on the wire in every proof of fixtures/hazards; the end of a process without a listener in require-pool-error-handler',
};
