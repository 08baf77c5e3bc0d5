import { describe, expect, test } from 'vitest';
import { analyse, findingsOf, probe, probes } from '../support/analyse.ts';

const pg = `import { Pool } from 'pg'; const pool = new Pool();`;
const js = `import postgres from 'postgres'; const sql = postgres(url);`;
const drizzle = `import { drizzle } from 'drizzle-orm/node-postgres'; import { sql } from 'drizzle-orm'; const db = drizzle(url);`;
const set = `'SET geqo = off'`;

describe('a callback of the driver runs in a transaction', () => {
  test.each<[string, string]>([
    ['Drizzle', `${drizzle} await db.transaction(async (tx) => { await tx.execute(sql\`SET geqo = off\`) })`],
    ['Drizzle, a savepoint', `${drizzle} await db.transaction((tx) => tx.transaction((inner) => inner.execute(${set})))`],
    [
      'Drizzle, with options',
      `${drizzle} await db.transaction(async (tx) => { await tx.execute(${set}) }, { isolationLevel: 'serializable' })`,
    ],
    ['Drizzle, a named function', `${drizzle} async function work(tx) { await tx.execute(${set}) } await db.transaction(work)`],
    ['postgres.js', `${js} await sql.begin(async (t) => { await t\`SET geqo = off\` })`],
    ['postgres.js, with options', `${js} await sql.begin('read only', async (t) => { await t\`SET geqo = off\` })`],
    ['postgres.js, a shadowed tag', `${js} await sql.begin(async (sql) => { await sql\`SET geqo = off\` })`],
    ['postgres.js, `unsafe`', `${js} await sql.begin((t) => t.unsafe(${set}))`],
    ['postgres.js, a savepoint', `${js} await sql.begin((t) => t.savepoint((s) => s\`SET geqo = off\`))`],
    [
      'Kysely',
      "import { Kysely, sql } from 'kysely'; const db = new Kysely({ dialect }); await db.transaction().execute((trx) => sql`SET geqo = off`.execute(trx))",
    ],
    [
      'Kysely, with an isolation level',
      "import { Kysely, sql } from 'kysely'; const db = new Kysely({ dialect }); await db.transaction().setIsolationLevel('serializable').execute(async (trx) => { await sql`SET geqo = off`.execute(trx) })",
    ],
    ['Knex', `import knex from 'knex'; const db = knex({ client: 'pg' }); await db.transaction((trx) => trx.raw(${set}))`],
    [
      'Knex without a callback',
      `import knex from 'knex'; const db = knex({ client: 'pg' }); const trx = await db.transaction(); await trx.raw(${set})`,
    ],
    [
      'Prisma',
      `import { PrismaClient } from '@prisma/client'; const p = new PrismaClient(); await p.$transaction(async (tx) => { await tx.$executeRawUnsafe(${set}) })`,
    ],
    [
      'Prisma, a tag',
      "import { PrismaClient } from '@prisma/client'; const p = new PrismaClient(); await p.$transaction((tx) => tx.$executeRaw`SET geqo = off`)",
    ],
    [
      'Prisma, the array form',
      "import { PrismaClient } from '@prisma/client'; const p = new PrismaClient(); await p.$transaction([p.$executeRaw`SET geqo = off`, p.user.findMany()])",
    ],
    [
      'TypeORM',
      `import { DataSource } from 'typeorm'; const d = new DataSource({ type: 'postgres' }); await d.transaction((m) => m.query(${set}))`,
    ],
    [
      'TypeORM, the manager',
      `import { DataSource } from 'typeorm'; const d = new DataSource({ type: 'postgres' }); await d.manager.transaction(async (m) => { await m.query(${set}) })`,
    ],
    [
      'TypeORM, an isolation level first',
      `import { DataSource } from 'typeorm'; const d = new DataSource({ type: 'postgres' }); await d.transaction('SERIALIZABLE', (m) => m.query(${set}))`,
    ],
    [
      'TypeORM, a query runner',
      `import { DataSource } from 'typeorm'; const d = new DataSource({ type: 'postgres' }); const r = d.createQueryRunner(); await r.startTransaction(); await r.query(${set}); await r.commitTransaction()`,
    ],
    [
      'Sequelize, the transaction as an option',
      `import { Sequelize } from 'sequelize'; const s = new Sequelize(url); await s.transaction(async (t) => { await s.query(${set}, { transaction: t }) })`,
    ],
    ['pg-promise', `import pgPromise from 'pg-promise'; const db = pgPromise()(url); await db.tx((t) => t.none(${set}))`],
    [
      'Slonik',
      "import { createPool, sql } from 'slonik'; const p = await createPool(url); await p.transaction((t) => t.query(sql.unsafe`SET geqo = off`))",
    ],
    [
      'Neon, a batch over HTTP',
      "import { neon } from '@neondatabase/serverless'; const sql = neon(url); await sql.transaction([sql`SET geqo = off`, sql`SELECT 1`])",
    ],
    [
      'Drizzle, a batch over HTTP',
      "import { drizzle } from 'drizzle-orm/neon-http'; const db = drizzle(url); await db.batch([db.execute('SET geqo = off'), db.select().from(t)])",
    ],
    [
      'Neon over WebSockets',
      `import { Pool } from '@neondatabase/serverless'; const p = new Pool(); const c = await p.connect(); await c.query('BEGIN'); await c.query(${set})`,
    ],
  ])('%s', (_, code) => {
    expect(probe(code)?.transaction).toBe('in');
  });
});

describe('what pins a client connection only is no transaction', () => {
  test.each<[string, string]>([
    ['a pool', `${pg} await pool.query(${set})`],
    ['a client checked out', `${pg} const c = await pool.connect(); await c.query(${set})`],
    ['a reserved connection', `${js} const r = await sql.reserve(); await r\`SET geqo = off\``],
    [
      "Kysely's `connection`",
      "import { Kysely, sql } from 'kysely'; const db = new Kysely({ dialect }); await db.connection().execute((c) => sql`SET geqo = off`.execute(c))",
    ],
    ["pg-promise's `task`", `import pgPromise from 'pg-promise'; const db = pgPromise()(url); await db.task((t) => t.none(${set}))`],
    [
      "Slonik's `connect`",
      "import { createPool, sql } from 'slonik'; const p = await createPool(url); await p.connect((c) => c.query(sql.unsafe`SET geqo = off`))",
    ],
    [
      'a query runner without a transaction',
      `import { DataSource } from 'typeorm'; const d = new DataSource({ type: 'postgres' }); const r = d.createQueryRunner(); await r.connect(); await r.query(${set})`,
    ],
    ['a request of Neon over HTTP', "import { neon } from '@neondatabase/serverless'; const sql = neon(url); await sql`SET geqo = off`"],
    ['BEGIN on a pool', `${pg} await pool.query('BEGIN'); await pool.query(${set}); await pool.query('COMMIT')`],
    ['the pool itself inside a callback', `${drizzle} await db.transaction(async (tx) => { await db.execute(${set}) })`],
    ['the tag itself inside a callback', `${js} await sql.begin(async (t) => { await sql\`SET geqo = off\` })`],
    [
      'another client than the one that began',
      `${pg} const a = await pool.connect(); const b = await pool.connect(); await a.query('BEGIN'); await b.query(${set})`,
    ],
    ["node-postgres' connect hook", `${pg} pool.on('connect', (c) => { c.query(${set}) })`],
  ])('%s', (_, code) => {
    expect(probe(code)?.transaction).toBe('out');
  });
});

describe('BEGIN and COMMIT by hand on one client', () => {
  const on = (body: string) => `${pg} async function f() { const c = await pool.connect(); ${body} }`;
  test.each<[string, string, string[]]>([
    ['between', `await c.query('BEGIN'); await c.query(${set}); await c.query('COMMIT')`, ['in']],
    ['before', `await c.query(${set}); await c.query('BEGIN'); await c.query('COMMIT')`, ['out']],
    ['after COMMIT', `await c.query('BEGIN'); await c.query('COMMIT'); await c.query(${set})`, ['out']],
    ['after ROLLBACK', `await c.query('BEGIN'); await c.query('ROLLBACK'); await c.query(${set})`, ['out']],
    [
      'in lower case, with options',
      `await c.query('begin isolation level serializable'); await c.query(${set}); await c.query('end')`,
      ['in'],
    ],
    ['START TRANSACTION', `await c.query('START TRANSACTION READ ONLY'); await c.query(${set})`, ['in']],
    ['BEGIN and a statement in one string', `await c.query('BEGIN; SET LOCAL x.y = 1'); await c.query(${set})`, ['in']],
    ['a whole transaction in one string before', `await c.query('BEGIN; SELECT 1; COMMIT'); await c.query(${set})`, ['out']],
    [
      'a savepoint in between',
      `await c.query('BEGIN'); await c.query('SAVEPOINT a'); await c.query('ROLLBACK TO a'); await c.query(${set})`,
      ['in'],
    ],
    [
      'the usual shape',
      `try { await c.query('BEGIN'); await c.query(${set}); await c.query('COMMIT') } catch (e) { await c.query('ROLLBACK'); throw e } finally { c.release() }`,
      ['in'],
    ],
    [
      'BEGIN before the `try`',
      `await c.query('BEGIN'); try { await c.query(${set}); await c.query('COMMIT') } catch (e) { await c.query('ROLLBACK'); throw e }`,
      ['in'],
    ],
    [
      'behind a ROLLBACK that ends an exceptional path',
      `await c.query('BEGIN'); if (bad) { await c.query('ROLLBACK'); return } await c.query(${set}); await c.query('COMMIT')`,
      ['in'],
    ],
    [
      'in the `catch` behind ROLLBACK',
      `try { await c.query('BEGIN') } catch (e) { await c.query('ROLLBACK'); await c.query(${set}) }`,
      ['out'],
    ],
    [
      'in the `finally`, behind both ends',
      `try { await c.query('BEGIN'); await c.query('COMMIT') } catch (e) { await c.query('ROLLBACK') } finally { await c.query(${set}) }`,
      ['out'],
    ],
    ['in a second transaction', `await c.query('BEGIN'); await c.query('COMMIT'); await c.query('BEGIN'); await c.query(${set})`, ['in']],
    [
      'before and between',
      `await c.query(${set}); await c.query('BEGIN'); await c.query(${set}); await c.query('COMMIT'); await c.query(${set})`,
      ['out', 'in', 'out'],
    ],
    ['COMMIT of a constant', `const END = 'COMMIT'; await c.query('BEGIN'); await c.query(END); await c.query(${set})`, ['out']],
    [
      'in a callback between',
      `await c.query('BEGIN'); await Promise.all(list.map((x) => c.query(${set}))); await c.query('COMMIT')`,
      ['in'],
    ],
  ])('%s', (_, body, states) => {
    expect(probes(on(body)).map(({ transaction }) => transaction)).toEqual(states);
  });

  test.each<[string, string]>([
    ['a function around the client', `const q = (text) => c.query(text); await q('BEGIN'); await q(${set}); await q('COMMIT')`],
    ['a function that begins, and the client itself', `const q = (text) => c.query(text); await q('BEGIN'); await c.query(${set})`],
    ['a function that takes the client', `const run = (client, text) => client.query(text); await run(c, 'BEGIN'); await c.query(${set})`],
  ])('through %s', (_, body) => {
    expect(probe(on(body))?.transaction).toBe('in');
  });

  test('through a method of the class that holds the client', () => {
    const code = `import { Client } from 'pg'; class Unit { c = new Client(); send(text) { return this.c.query(text) } async work() { await this.send('BEGIN'); await this.c.query(${set}); await this.send('COMMIT') } }`;
    expect(probe(code)?.transaction).toBe('in');
  });

  test('a pool of one connection is one client', () => {
    const code = `import { Pool } from 'pg'; const one = new Pool({ max: 1 }); await one.query('BEGIN'); await one.query(${set})`;
    expect(probe(code)?.transaction).toBe('in');
  });

  test('postgres.js with one connection', () => {
    const code = "import postgres from 'postgres'; const sql = postgres(url, { max: 1 }); await sql`BEGIN`; await sql`SET geqo = off`";
    expect(probe(code)?.transaction).toBe('in');
  });

  test('a client whose BEGIN is in another method of its class', () => {
    const code = `import { Client } from 'pg'; class Unit { c = new Client(); begin() { return this.c.query('BEGIN') } work() { return this.c.query(${set}) } }`;
    expect(probe(code)?.transaction).toBe('unknown');
  });
});

describe('a helper of the file that runs its callback in a transaction', () => {
  test.each<[string, string]>([
    [
      'BEGIN on a client, then the callback',
      `${pg} async function withTransaction(work) { const c = await pool.connect(); try { await c.query('BEGIN'); const r = await work(c); await c.query('COMMIT'); return r } catch (e) { await c.query('ROLLBACK'); throw e } finally { c.release() } }
       await withTransaction(async (x) => { await x.query(${set}) })`,
    ],
    [
      "Drizzle's transaction, with a setting before",
      `${drizzle} const withTenant = (id, work) => db.transaction(async (tx) => { await tx.execute(sql\`select set_config('app.t', \${id}, true)\`); return work(tx) });
       await withTenant('1', (x) => x.execute(${set}))`,
    ],
    ['the callback handed on', `${drizzle} const run = (work) => db.transaction(work); await run((x) => x.execute(${set}))`],
    [
      'a helper of a helper',
      `${drizzle} const a = (w) => db.transaction((tx) => w(tx)); const b = (w) => a((tx) => w(tx)); await b((x) => x.execute(${set}))`,
    ],
    [
      'a method',
      `${drizzle} class Unit { run(work) { return db.transaction((tx) => work(tx)) } f() { return this.run((x) => x.execute(${set})) } }`,
    ],
    ['postgres.js', `${js} const atomic = (work) => sql.begin((t) => work(t)); await atomic((x) => x\`SET geqo = off\`)`],
  ])('%s', (_, code) => {
    expect(probe(code)?.transaction).toBe('in');
  });

  test('one that only checks a client out gives no transaction', () => {
    const code = `${pg} async function withClient(work) { const c = await pool.connect(); try { return await work(c) } finally { c.release() } } await withClient((x) => x.query(${set}))`;
    expect(probe(code)).toMatchObject({ kind: 'client', transaction: 'out' });
  });

  test('one that gives the pool gives no transaction, whatever it is called', () => {
    expect(probe(`${pg} const withTransaction = (work) => work(pool); await withTransaction((x) => x.query(${set}))`)?.transaction).toBe(
      'out',
    );
  });

  test('one out of sight is believed by its name, and not for certain', () => {
    const code = `import { withTransaction } from './db'; await withTransaction(async (client) => { await client.query(${set}) })`;
    expect(probe(code)).toMatchObject({ transaction: 'in', confidence: 'likely' });
  });

  test('one out of sight that the settings name is believed', () => {
    const code = `import { scoped } from './db'; await scoped(async (client) => { await client.query(${set}) })`;
    expect(probe(code)?.transaction).toBe('unknown');
    expect(probe(code, { setup: { transactionWrappers: ['scoped'] } })).toMatchObject({ transaction: 'in', confidence: 'certain' });
  });
});

describe('a function that is given the client', () => {
  test.each<[string, string, string]>([
    [
      'every caller passes a transaction',
      `${drizzle} async function f(client) { await client.execute(${set}) } await db.transaction((tx) => f(tx)); await db.transaction(async (tx) => { await f(tx) })`,
      'in',
    ],
    ['no caller passes one', `${drizzle} async function f(client) { await client.execute(${set}) } await f(db)`, 'out'],
    [
      'callers disagree',
      `${drizzle} async function f(client) { await client.execute(${set}) } await f(db); await db.transaction((tx) => f(tx))`,
      'mixed',
    ],
    [
      'one passes nothing, and the default is the pool',
      `${drizzle} async function f(id, client = db) { await client.execute(${set}) } await f(1); await db.transaction((tx) => f(1, tx))`,
      'mixed',
    ],
    [
      'a property of an object',
      `${drizzle} async function f({ client, id }) { await client.execute(${set}) } await f({ id: 1, client: db }); await db.transaction((tx) => f({ client: tx }))`,
      'mixed',
    ],
    [
      'a property that every caller takes from a transaction',
      `${drizzle} async function f({ client, id }) { await client.execute(${set}) } await db.transaction((tx) => f({ client: tx }))`,
      'in',
    ],
    [
      'callers of callers disagree',
      `${drizzle} async function f(client) { await client.execute(${set}) } async function g(conn) { await f(conn) } await g(db); await db.transaction((tx) => g(tx))`,
      'mixed',
    ],
    [
      'a function that calls itself',
      `${drizzle} async function f(client, n) { await client.execute(${set}); if (n) await f(client, n - 1) } await db.transaction((tx) => f(tx, 3))`,
      'in',
    ],
    [
      'a caller out of sight, and one that passes the pool',
      `${drizzle} export async function f(client) { await client.execute(${set}) } await f(db)`,
      'mixed',
    ],
    [
      'a caller of which nothing is known',
      `${drizzle} async function f(client) { await client.execute(${set}) } await db.transaction((tx) => f(tx)); export const g = (conn) => f(conn)`,
      'unknown',
    ],
    [
      'callers out of sight',
      `${drizzle} export async function f(client) { await client.execute(${set}) } await db.transaction((tx) => f(tx))`,
      'unknown',
    ],
    [
      'a client between BEGIN and COMMIT',
      `${pg} async function f(client) { await client.query(${set}) } async function g() { const c = await pool.connect(); await c.query('BEGIN'); await f(c); await c.query('COMMIT') }`,
      'in',
    ],
  ])('%s', (_, code, state) => {
    expect(probe(code)?.transaction).toBe(state);
  });
});

describe('what the verdict makes of it', () => {
  test.each<[string, string, string[]]>([
    [
      'SET in a committed transaction leaks all the same',
      `${drizzle} await db.transaction(async (tx) => { await tx.execute(${set}) })`,
      ['no-session-set: SET geqo'],
    ],
    [
      'SET LOCAL in a transaction is right',
      `${drizzle} await db.transaction(async (tx) => { await tx.execute('SET LOCAL geqo = off') })`,
      [],
    ],
    [
      'SET LOCAL outside has no effect',
      `${pg} await pool.query('SET LOCAL geqo = off')`,
      ['no-local-setting-outside-transaction: SET LOCAL geqo'],
    ],
    ['SET LOCAL in one string with what it is for', `${pg} await pool.query('SET LOCAL geqo = off; SELECT 1')`, []],
    ['SET in one string leaks all the same', `${pg} await pool.query('SET geqo = off; SELECT 1')`, ['no-session-set: SET geqo']],
    ['SET in one string that rolls back', `${pg} await pool.query('BEGIN; SET geqo = off; ROLLBACK')`, []],
    [
      'a lock of a transaction in one string with its work',
      `${pg} await pool.query('SELECT pg_advisory_xact_lock(1); UPDATE t SET n = n + 1')`,
      [],
    ],
    [
      'a lock of a transaction on its own',
      `${pg} await pool.query('SELECT pg_advisory_xact_lock(1)')`,
      ['no-xact-lock-outside-transaction: pg_advisory_xact_lock(1)'],
    ],
    [
      'a temporary table dropped at COMMIT, in a transaction',
      `${drizzle} await db.transaction((tx) => tx.execute('CREATE TEMP TABLE t (a int) ON COMMIT DROP'))`,
      [],
    ],
    [
      'a temporary table kept, in a transaction',
      `${drizzle} await db.transaction((tx) => tx.execute('CREATE TEMP TABLE t (a int)'))`,
      ['no-session-temp-object: CREATE TEMP TABLE t'],
    ],
    ['a tracked parameter', `${pg} await pool.query("SET TIME ZONE 'UTC'")`, []],
    [
      'LISTEN on a direct connection',
      `import { Client } from 'pg'; const c = new Client({ connectionString: process.env.DIRECT_URL }); await c.query('LISTEN jobs')`,
      [],
    ],
    ['LISTEN through the pooler', `${pg} const c = await pool.connect(); await c.query('LISTEN jobs')`, ['no-listen: LISTEN jobs']],
    ['NOTIFY, which works', `${pg} await pool.query("NOTIFY jobs, 'x'"); await pool.query("SELECT pg_notify('jobs', $1)", ['x'])`, []],
    ['two-phase commit, which works', `${pg} await pool.query("COMMIT PREPARED 'x'")`, []],
    ['a cursor of a transaction', `${drizzle} await db.transaction((tx) => tx.execute('DECLARE c CURSOR FOR SELECT 1'))`, []],
    ['VACUUM and COPY in autocommit, which work', `${pg} await pool.query('VACUUM t'); await pool.query('COPY t TO STDOUT')`, []],
  ])('%s', (_, code, findings) => {
    expect(findingsOf(code)).toEqual(findings);
  });
});

describe('a session lock', () => {
  const lock = (body: string) =>
    analyse(`${drizzle} ${body}`).findings.map(({ hazard, messageId, confidence }) => `${hazard} ${messageId} ${confidence}`);

  test('that is taken and released in one transaction works unless the transaction fails in between', () => {
    const body = `await db.transaction(async (tx) => { await tx.execute('SELECT pg_advisory_lock(1)'); await tx.execute('SELECT pg_advisory_unlock(1)') })`;
    expect(lock(body)).toEqual(['no-session-advisory-lock failing possible']);
  });

  test('that is taken in one transaction and released in another does not', () => {
    const inside = (name: string) => `await db.transaction(async (tx) => { await tx.execute('SELECT ${name}(1)') });`;
    expect(lock(inside('pg_advisory_lock') + inside('pg_advisory_unlock'))).toEqual([
      'no-session-advisory-lock lock certain',
      'no-session-advisory-lock unlock certain',
    ]);
  });

  test('that is taken and released on a pool does not', () => {
    expect(lock(`await db.execute('SELECT pg_try_advisory_lock(1)'); await db.execute('SELECT pg_advisory_unlock(1)')`)).toEqual([
      'no-session-advisory-lock lock certain',
      'no-session-advisory-lock unlock certain',
    ]);
  });
});
