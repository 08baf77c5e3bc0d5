import { type Driver, methods } from './driver.ts';

/** @neondatabase/serverless: `neon()` sends one HTTP request a query, `Pool` and `Client` are node-postgres over WebSockets. */
export const neon: Driver = {
  id: 'neon',
  modules: ['@neondatabase/serverless', '@jsr/neon__serverless'],
  constructors: [
    { name: 'neon', makes: 'http', called: true },
    { name: 'Pool', makes: 'pool', called: true, emitsError: true },
    { name: 'Client', makes: 'client', called: true, emitsError: true },
  ],
  types: { NeonQueryFunction: 'http', Pool: 'pool', Client: 'client', PoolClient: 'client' },
  methods: methods([
    [{ does: 'tag' }, ''],
    [{ does: 'query', sql: 0, values: 1 }, 'query'],
    [{ does: 'query', sql: 0 }, 'unsafe'],
    [{ does: 'batch' }, 'transaction'],
    [{ does: 'checkout' }, 'connect'],
    [{ does: 'on' }, 'on once'],
  ]),
  connectHooks: [],
  connectEvents: ['connect', 'acquire'],
  source: '@neondatabase/serverless, read; it needs a WebSocket proxy, and was not run',
};

/** @vercel/postgres: node-postgres over WebSockets, with a tag on the pool. */
export const vercel: Driver = {
  id: 'vercel',
  modules: ['@vercel/postgres'],
  constructors: [
    { name: 'sql', makes: 'pool', called: false },
    { name: 'db', makes: 'pool', called: false },
    { name: 'createPool', makes: 'pool', called: true, emitsError: true },
    { name: 'createClient', makes: 'client', called: true, emitsError: true },
  ],
  types: { VercelPool: 'pool', VercelClient: 'client', VercelPoolClient: 'client' },
  methods: methods([
    [{ does: 'tag' }, ' sql'],
    [{ does: 'query', sql: 0, values: 1 }, 'query'],
    [{ does: 'checkout' }, 'connect'],
    [{ does: 'on' }, 'on once'],
  ]),
  connectHooks: [],
  connectEvents: ['connect', 'acquire'],
  source: '@vercel/postgres 0.10.0, read: pools of @neondatabase/serverless; not run',
};
