import type { Driver } from './driver.ts';

/** Libraries that connect by themselves and give out no client: what is of interest is that they listen. */
const library = { types: {}, methods: {}, connectHooks: [], connectEvents: [] } satisfies Partial<Driver>;

/** pg-listen: one client of its own, and nothing but LISTEN; it opens a new one when that is lost, by the same options. */
export const pgListen: Driver = {
  ...library,
  id: 'pg-listen',
  modules: ['pg-listen'],
  constructors: [
    { name: 'default', makes: 'client', called: true, listens: { loses: 'notifications' } },
    { name: 'createPostgresSubscriber', makes: 'client', called: true, listens: { loses: 'notifications' } },
  ],
  source: 'pg-listen 1.7.0, run through PgBouncer in fixtures/hazards/no-listen/proof.ts: LISTEN "channel" by the simple protocol',
};

/** pg-pubsub: one client for all channels. */
export const pgPubsub: Driver = {
  ...library,
  id: 'pg-pubsub',
  modules: ['pg-pubsub'],
  constructors: [
    { name: 'default', makes: 'client', called: true, listens: { loses: 'notifications' } },
    { name: 'PGPubsub', makes: 'client', called: true, listens: { loses: 'notifications' } },
  ],
  source: 'pg-pubsub 0.8.1, lib/client.js: LISTEN on a pg.Client that is kept',
};

/**
 * pg-boss: jobs are fetched by polling, locks are `pg_advisory_xact_lock` and settings `SET LOCAL`, all unnamed: it works through the pooler.
 * `useListenNotify` of version 12 is what does not. It passes the errors of its pool on as its own.
 */
export const pgBoss: Driver = {
  ...library,
  id: 'pg-boss',
  modules: ['pg-boss'],
  constructors: [
    { name: 'default', makes: 'pool', called: true, listens: { when: ['useListenNotify'], loses: 'time' }, emitsError: true },
    { name: 'PgBoss', makes: 'pool', called: true, listens: { when: ['useListenNotify'], loses: 'time' }, emitsError: true },
  ],
  source:
    'pg-boss 10.4.2, db.js: pool.on("error", (error) => this.emit("error", error)); 12.38.0 on the wire: FACTS.md 20; useListenNotify by its documentation',
};

/** graphile-worker: `run()` listens for `jobs:insert`, and polls every `pollInterval` (two seconds); `runOnce()` and `makeWorkerUtils()` only query. */
export const graphileWorker: Driver = {
  ...library,
  id: 'graphile-worker',
  modules: ['graphile-worker'],
  constructors: [
    { name: 'run', makes: 'pool', called: true, listens: { loses: 'time' } },
    { name: 'runTaskList', makes: 'pool', called: true, listens: { loses: 'time' } },
  ],
  source: 'graphile-worker 0.16.6, run through PgBouncer in fixtures/hazards/no-listen/proof.ts: LISTEN "jobs:insert"; FACTS.md 23',
};

/** PostGraphile 4: `subscriptions` and `watchPg` listen; queries run in a transaction each, with `set_config(.., true)`. */
export const postgraphile: Driver = {
  ...library,
  id: 'postgraphile',
  modules: ['postgraphile'],
  constructors: [
    {
      name: 'postgraphile',
      makes: 'pool',
      called: true,
      listens: { when: ['subscriptions', 'simpleSubscriptions', 'watchPg'], loses: 'notifications' },
    },
    {
      name: 'default',
      makes: 'pool',
      called: true,
      listens: { when: ['subscriptions', 'simpleSubscriptions', 'watchPg'], loses: 'notifications' },
    },
  ],
  source: 'graphile/crystal#1558: "silently eats all notifications" behind PgBouncer in transaction mode; not run here',
};
