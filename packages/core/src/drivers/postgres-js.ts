import { type Driver, methods } from './driver.ts';

/**
 * postgres.js 3. A tagged template is a named prepared statement unless `prepare: false`; `unsafe()` without values goes over the simple protocol;
 * `begin()` sends `commit` as a named statement (FACTS.md 1). `reserve()` pins a client connection and no server connection.
 */
export const postgresJs: Driver = {
  id: 'postgres.js',
  modules: ['postgres'],
  constructors: [{ name: 'default', makes: 'pool', called: true }],
  types: { Sql: 'pool', ISql: 'unknown', TransactionSql: 'transaction', ReservedSql: 'client' },
  methods: methods([
    [{ does: 'tag' }, ''],
    // The text of `file()` is in the file that it names.
    [{ does: 'query', sql: 0, values: 1 }, 'unsafe file'],
    [{ does: 'transaction' }, 'begin savepoint'],
    [{ does: 'checkout' }, 'reserve'],
    [{ does: 'listen' }, 'listen subscribe'],
  ]),
  connectHooks: [],
  connectEvents: [],
  source: 'postgres 3.4.9, read; on the wire in the proofs of lost-commit and no-named-prepared-statement',
};
