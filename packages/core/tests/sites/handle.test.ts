import { describe, expect, test } from 'vitest';
import { probe, probes } from '../support/analyse.ts';

const send = `.query('SET geqo = off')`;

describe('a client by the import it is made with', () => {
  test.each<[string, string, object]>([
    ['a named import', `import { Pool } from 'pg'; new Pool()${send}`, { kind: 'pool', driver: 'pg' }],
    ['a default import', `import pg from 'pg'; const p = new pg.Pool(); p${send}`, { kind: 'pool', driver: 'pg' }],
    ['a namespace import', `import * as pg from 'pg'; const p = new pg.Pool(); p${send}`, { kind: 'pool', driver: 'pg' }],
    [
      'an import by another name',
      `import { Pool as Connections } from 'pg'; const p = new Connections(); p${send}`,
      { kind: 'pool', driver: 'pg' },
    ],
    ['`require`', `const { Pool } = require('pg'); const p = new Pool(); p${send}`, { kind: 'pool', driver: 'pg' }],
    ['`require` of the whole module', `const pg = require('pg'); const p = new pg.Pool(); p${send}`, { kind: 'pool', driver: 'pg' }],
    ['`require` inline', `const p = new (require('pg').Pool)(); p${send}`, { kind: 'pool', driver: 'pg' }],
    ['a dynamic import', `const { Pool } = await import('pg'); const p = new Pool(); p${send}`, { kind: 'pool', driver: 'pg' }],
    [
      'a class taken out of a default import',
      `import pg from 'pg'; const { Pool } = pg; const p = new Pool(); p${send}`,
      { kind: 'pool', driver: 'pg' },
    ],
    ['native bindings', `import { native } from 'pg'; const p = new native.Pool(); p${send}`, { kind: 'pool', driver: 'pg' }],
    ['a client', `import { Client } from 'pg'; const c = new Client(); c${send}`, { kind: 'client', driver: 'pg' }],
    [
      'a client checked out',
      `import { Pool } from 'pg'; const p = new Pool(); const c = await p.connect(); c${send}`,
      { kind: 'client', driver: 'pg' },
    ],
    [
      'a client checked out by callback',
      `import { Pool } from 'pg'; const p = new Pool(); p.connect((error, c, release) => { c${send} })`,
      { kind: 'client', driver: 'pg' },
    ],
    [
      'a client checked out by promise',
      `import { Pool } from 'pg'; const p = new Pool(); p.connect().then((c) => c${send})`,
      { kind: 'client', driver: 'pg' },
    ],
    [
      'postgres.js',
      "import postgres from 'postgres'; const sql = postgres(url); await sql`SET geqo = off`",
      { kind: 'pool', driver: 'postgres.js' },
    ],
    [
      'postgres.js by `require`',
      "const postgres = require('postgres'); const sql = postgres(url); sql`SET geqo = off`",
      { kind: 'pool', driver: 'postgres.js' },
    ],
    [
      '`unsafe` of postgres.js',
      `import connect from 'postgres'; const q = connect(url); q.unsafe('SET geqo = off')`,
      { kind: 'pool', driver: 'postgres.js' },
    ],
    [
      'a reserved connection',
      "import postgres from 'postgres'; const sql = postgres(); const r = await sql.reserve(); r`SET geqo = off`",
      { kind: 'client', driver: 'postgres.js' },
    ],
    [
      'Drizzle',
      "import { drizzle } from 'drizzle-orm/node-postgres'; import { sql } from 'drizzle-orm'; const db = drizzle(url); db.execute(sql`SET geqo = off`)",
      { kind: 'pool', driver: 'drizzle' },
    ],
    [
      'Drizzle with text',
      `import { drizzle } from 'drizzle-orm/postgres-js'; const db = drizzle(url); db.execute('SET geqo = off')`,
      { kind: 'pool', driver: 'drizzle' },
    ],
    [
      "Drizzle's client",
      `import { drizzle } from 'drizzle-orm/node-postgres'; const db = drizzle(url); db.$client${send}`,
      { kind: 'pool', driver: 'pg' },
    ],
    [
      'Drizzle over the HTTP of Neon',
      "import { drizzle } from 'drizzle-orm/neon-http'; const db = drizzle(url); db.execute('SET geqo = off')",
      { kind: 'http', driver: 'drizzle' },
    ],
    [
      'Neon over HTTP',
      "import { neon } from '@neondatabase/serverless'; const sql = neon(url); sql`SET geqo = off`",
      { kind: 'http', driver: 'neon' },
    ],
    [
      'Neon over WebSockets',
      `import { Pool } from '@neondatabase/serverless'; const p = new Pool(); p${send}`,
      { kind: 'pool', driver: 'neon' },
    ],
    ['an exported client', "import { sql } from '@vercel/postgres'; sql`SET geqo = off`", { kind: 'pool', driver: 'vercel' }],
    [
      'a class that extends the pool',
      `import { Pool } from 'pg'; class Own extends Pool {} const p = new Own(); p${send}`,
      { kind: 'pool', driver: 'pg' },
    ],
  ])('%s', (_, code, handle) => {
    expect(probe(code)).toMatchObject({ ...handle, reach: 'pooled', confidence: 'certain' });
  });
});

describe('a client is followed to where it is used', () => {
  const pool = `import { Pool } from 'pg'; const pool = new Pool();`;
  test.each<[string, string]>([
    ['another name', `${pool} const p = pool; p${send}`],
    ['a variable assigned later', `import { Pool } from 'pg'; let p; function start() { p = new Pool() } function f() { p${send} }`],
    [
      'a variable that is null at first',
      `import { Pool } from 'pg'; let p: Pool | null = null; function f() { p ??= new Pool(); p${send} }`,
    ],
    ['a singleton on `globalThis`', `import { Pool } from 'pg'; const p = globalThis.thing ?? new Pool(); globalThis.thing = p; p${send}`],
    ['a singleton by `||=`', `import { Pool } from 'pg'; const g = globalThis as any; const p = (g.thing ||= new Pool()); p${send}`],
    ['a class field', `import { Pool } from 'pg'; class R { private p = new Pool(); f() { this.p${send} } }`],
    ['a private field', `import { Pool } from 'pg'; class R { #p = new Pool(); f() { this.#p${send} } }`],
    ['a static field', `import { Pool } from 'pg'; class R { static p = new Pool(); f() { R.p${send} } }`],
    [
      'a field set in the constructor',
      `import { Pool } from 'pg'; class R { p; constructor() { this.p = new Pool() } f() { this.p${send} } }`,
    ],
    [
      'a field of a class above',
      `import { Pool } from 'pg'; class A { protected p = new Pool() } class R extends A { f() { this.p${send} } }`,
    ],
    ['a field in a callback', `import { Pool } from 'pg'; class R { p = new Pool(); f() { [1].forEach(() => { this.p${send} }) } }`],
    ['a getter', `${pool} class R { get p() { return pool } f() { this.p${send} } }`],
    ['a field of another object', `import { Pool } from 'pg'; class R { p = new Pool() } const r = new R(); r.p${send}`],
    ['a property of an object', `import { Pool } from 'pg'; const app = { p: new Pool() }; app.p${send}`],
    ['a destructured property', `import { Pool } from 'pg'; const { p } = { p: new Pool() }; p${send}`],
    ['a factory', `import { Pool } from 'pg'; const make = () => new Pool(); const p = make(); p${send}`],
    ['an async factory', `import { Pool } from 'pg'; async function make() { return new Pool() } const p = await make(); p${send}`],
    [
      'a factory of an object',
      `import { Pool } from 'pg'; function make() { const p = new Pool(); return { p } } const { p } = make(); p${send}`,
    ],
    [
      'a factory of an object, kept whole',
      `import { Pool } from 'pg'; const make = () => ({ p: new Pool() }); const all = make(); all.p${send}`,
    ],
    ['a conditional of two pools', `import { Pool } from 'pg'; const p = on ? new Pool({ max: 5 }) : new Pool(); p${send}`],
    ['a cast', `${pool} (pool as any)${send}`],
    ['optional chaining', `${pool} pool?.query('SET geqo = off')`],
    ['a default value of a parameter', `${pool} function f(p = pool) { p${send} }`],
    ['a method of the pool in a variable', `${pool} const { query } = pool; const q = pool; q${send}`],
  ])('%s', (_, code) => {
    expect(probe(code)).toMatchObject({ kind: expect.stringMatching(/^(pool|unknown)$/), driver: 'pg', confidence: 'certain' });
  });

  test('the client under a Drizzle database is the one that was passed to it', () => {
    const code = `import { Pool } from 'pg'; import { drizzle } from 'drizzle-orm/node-postgres';
      const pool = new Pool({ connectionString: process.env.DIRECT_URL }); const db = drizzle({ client: pool });
      db.$client${send}; db.execute('SET geqo = off')`;
    expect(probes(code)).toMatchObject([
      { driver: 'pg', reach: 'direct' },
      { driver: 'drizzle', reach: 'direct' },
    ]);
  });

  test('a function that a client is given to sends on that client', () => {
    const code = `${pool} async function tune(c, value) { await c${send} } await tune(pool, 1)`;
    expect(probe(code)?.transaction).not.toBe('in');
  });
});

describe('a client by its type', () => {
  test.each<[string, string, object]>([
    ['a pool', `import type { Pool } from 'pg'; function f(x: Pool) { x${send} }`, { driver: 'pg', kind: 'pool', transaction: 'out' }],
    [
      'a pooled client, which may be in a transaction',
      `import type { PoolClient } from 'pg'; export function f(x: PoolClient) { x${send} }`,
      { driver: 'pg', kind: 'client', transaction: 'unknown' },
    ],
    ['a namespace', `import type pg from 'pg'; function f(x: pg.Pool) { x${send} }`, { driver: 'pg', kind: 'pool' }],
    [
      'a type by another name',
      `import type { Pool as P } from 'pg'; type Mine = P; function f(x: Mine) { x${send} }`,
      { driver: 'pg', kind: 'pool' },
    ],
    [
      'a promise',
      `import type { Pool } from 'pg'; async function f(x: Promise<Pool>) { (await x)${send} }`,
      { driver: 'pg', kind: 'pool' },
    ],
    [
      'a pool or nothing',
      `import type { Pool } from 'pg'; function f(x: Pool | undefined) { x?.query('SET geqo = off') }`,
      { driver: 'pg', kind: 'pool' },
    ],
    [
      'a pool or its client',
      `import type { Pool, PoolClient } from 'pg'; export function f(x: Pool | PoolClient) { x${send} }`,
      { driver: 'pg', kind: 'unknown', transaction: 'unknown' },
    ],
    [
      'an interface that extends a client',
      `import type { PoolClient } from 'pg'; interface Mine extends PoolClient { n: number } export function f(x: Mine) { x${send} }`,
      { driver: 'pg', kind: 'client' },
    ],
    [
      "postgres.js' transaction",
      "import type { TransactionSql } from 'postgres'; export function f(q: TransactionSql) { return q`SET geqo = off` }",
      { driver: 'postgres.js', kind: 'transaction', transaction: 'in' },
    ],
    [
      'postgres.js by `ReturnType`',
      "import postgres from 'postgres'; export function f(q: ReturnType<typeof postgres>) { return q`SET geqo = off` }",
      { driver: 'postgres.js' },
    ],
    [
      "Drizzle's transaction",
      `import type { PgTransaction } from 'drizzle-orm/pg-core'; export function f(x: PgTransaction<any, any, any>) { x.execute('SET geqo = off') }`,
      { driver: 'drizzle', kind: 'transaction', transaction: 'in' },
    ],
    [
      "Drizzle's database, which a transaction is assignable to",
      `import type { NodePgDatabase } from 'drizzle-orm/node-postgres'; export function f(x: NodePgDatabase) { x.execute('SET geqo = off') }`,
      { driver: 'drizzle', kind: 'unknown', transaction: 'unknown' },
    ],
    [
      "the callback's parameter by type",
      `import { drizzle } from 'drizzle-orm/node-postgres'; const db = drizzle(url); type Tx = Parameters<Parameters<typeof db.transaction>[0]>[0]; export function f(x: Tx) { x.execute('SET geqo = off') }`,
      { kind: 'transaction', transaction: 'in' },
    ],
    [
      "the callback's parameter by type of an index",
      `import { drizzle } from 'drizzle-orm/node-postgres'; const db = drizzle(url); type Tx = Parameters<Parameters<(typeof db)['transaction']>[0]>[0]; export function f(x: Tx) { x.execute('SET geqo = off') }`,
      { kind: 'transaction', transaction: 'in' },
    ],
    [
      'a database or its transaction',
      `import type { NodePgDatabase } from 'drizzle-orm/node-postgres'; import type { PgTransaction } from 'drizzle-orm/pg-core'; export function f(x: NodePgDatabase | PgTransaction<any, any, any>) { x.execute('SET geqo = off') }`,
      { kind: 'unknown', transaction: 'unknown' },
    ],
    [
      "Kysely's transaction",
      "import { sql, type Transaction } from 'kysely'; export function f(x: Transaction<DB>) { return sql`SET geqo = off`.execute(x) }",
      { driver: 'kysely', kind: 'transaction', transaction: 'in' },
    ],
    [
      "Knex' transaction",
      `import type { Knex } from 'knex'; export function f(x: Knex.Transaction) { return x.raw('SET geqo = off') }`,
      { driver: 'knex', kind: 'transaction', transaction: 'in' },
    ],
    [
      "Prisma's transaction",
      `import type { Prisma } from '@prisma/client'; export function f(x: Prisma.TransactionClient) { return x.$executeRawUnsafe('SET geqo = off') }`,
      { driver: 'prisma', kind: 'transaction', transaction: 'in' },
    ],
    [
      'a parameter property',
      `import { Pool } from 'pg'; class R { constructor(private readonly x: Pool) {} f() { this.x${send} } }`,
      { driver: 'pg', kind: 'pool' },
    ],
    ['a field', `import type { Pool } from 'pg'; class R { x!: Pool; f() { this.x${send} } }`, { driver: 'pg', kind: 'pool' }],
    [
      'a destructured parameter',
      `import type { Pool } from 'pg'; function f({ x }: { x: Pool }) { x${send} }`,
      { driver: 'pg', kind: 'pool' },
    ],
    [
      'a parameter of an interface',
      `import type { Pool } from 'pg'; interface Context { x: Pool } function f(context: Context) { context.x${send} }`,
      { driver: 'pg', kind: 'pool' },
    ],
    ['a variable', `import type { Pool } from 'pg'; declare const x: Pool; x${send}`, { driver: 'pg', kind: 'pool' }],
    [
      "a factory's declared result",
      `import type { Pool } from 'pg'; function make(): Pool { return lookup('pool') } const x = make(); x${send}`,
      { driver: 'pg' },
    ],
  ])('%s', (_, code, expected) => {
    expect(probe(code)).toMatchObject({ ...expected, confidence: 'certain' });
  });
});

describe('a client by its name, where its origin is out of sight', () => {
  test.each<[string, string, string]>([
    ['a pool', `import { pool } from './db'; pool${send}`, 'pool'],
    ['a database', `import { db } from '../db'; db.execute('SET geqo = off')`, 'pool'],
    ['a tag', "import { sql } from './db'; await sql`SET geqo = off`", 'pool'],
    ['a parameter, of which only the caller knows', `export function f(client) { client${send} }`, 'unknown'],
    ['a parameter called `tx`', `export function f(tx) { tx.execute('SET geqo = off') }`, 'transaction'],
    ['`fastify.pg`', `export default async (fastify) => { fastify.pg${send} }`, 'pool'],
    ['a member of the request', `export const f = (request) => request.server.pg${send}`, 'pool'],
    ['a client of a getter', `import { getDb } from './db'; getDb().execute('SET geqo = off')`, 'unknown'],
  ])('%s', (_, code, kind) => {
    expect(probe(code)).toMatchObject({ kind, driver: 'unknown', confidence: 'possible' });
  });

  test('it is likelier in a file that speaks to PostgreSQL', () => {
    expect(probe(`import type { QueryResult } from 'pg'; import { pool } from './db'; pool${send}`)?.confidence).toBe('likely');
  });

  test('it is likelier in a package that has a driver of PostgreSQL, and none of another database', () => {
    const code = `import { pool } from './db'; pool${send}`;
    expect(probe(code, { installed: { pg: '8.16.0' } })?.confidence).toBe('likely');
    expect(probe(code, { installed: { pg: '8.16.0', mysql2: '3.0.0' } })?.confidence).toBe('possible');
  });

  test('it is certain where the settings name it', () => {
    const code = `import { gateway } from './db'; gateway${send}; this.store.main${send}`;
    expect(probes(code)).toEqual([]);
    expect(probes(code, { setup: { clients: ['gateway', 'this.store.main'] } })).toMatchObject([
      { kind: 'pool', confidence: 'certain' },
      { kind: 'pool', confidence: 'certain' },
    ]);
  });
});

describe('what never reaches PostgreSQL is no client', () => {
  test.each<[string, string]>([
    ['MySQL', `import mysql from 'mysql2/promise'; const pool = mysql.createPool(url); pool${send}`],
    [
      'a pool of MySQL checked out',
      `import { createPool } from 'mysql2/promise'; const pool = createPool(url); const connection = await pool.getConnection(); connection${send}`,
    ],
    ['a type of MySQL', `import type { Pool } from 'mysql2/promise'; export function f(pool: Pool) { pool${send} }`],
    ['an imported name in a file of MySQL', `import type { RowDataPacket } from 'mysql2'; import { pool } from './db'; pool${send}`],
    [
      'SQLite',
      `import Database from 'better-sqlite3'; const db = new Database('a.db'); db.exec('SET geqo = off'); db.prepare('SET geqo = off').run()`,
    ],
    ['SQLite of Node', `import { DatabaseSync } from 'node:sqlite'; const db = new DatabaseSync(':memory:'); db.exec('SET geqo = off')`],
    [
      'Drizzle over SQLite',
      "import { drizzle } from 'drizzle-orm/better-sqlite3'; import { sql } from 'drizzle-orm'; const db = drizzle('a.db'); db.run(sql`SET geqo = off`)",
    ],
    [
      'Drizzle over MySQL',
      "import { drizzle } from 'drizzle-orm/mysql2'; import { sql } from 'drizzle-orm'; const db = drizzle(url); db.execute(sql`SET geqo = off`)",
    ],
    [
      'PGlite, which is PostgreSQL in the same process',
      `import { PGlite } from '@electric-sql/pglite'; const db = new PGlite(); db${send}; db.exec('SET geqo = off')`,
    ],
    [
      'Drizzle over PGlite',
      "import { drizzle } from 'drizzle-orm/pglite'; import { sql } from 'drizzle-orm'; const db = drizzle(); db.execute(sql`SET geqo = off`)",
    ],
    [
      'Redis',
      `import { createClient } from 'redis'; const client = createClient(); client${send}; client.sendCommand(['SET', 'geqo', 'off'])`,
    ],
    ['a parameter typed by Redis', `import type { Redis } from 'ioredis'; export function f(client: Redis) { client${send} }`],
    ['Elasticsearch by its name', `import { elasticClient } from './search'; elasticClient${send}`],
    ['Redis by its name', `import { redisClient } from './cache'; redisClient${send}`],
    ['a MySQL pool by its name', `import { mysqlPool } from './db'; mysqlPool${send}`],
    ['a configuration', `import { dbConfig } from './config'; dbConfig${send}`],
    ['a map', `const pool = new Map(); pool.set('geqo', 'off'); pool.query?.('SET geqo = off')`],
    ['a literal object', `const db = {}; db.query?.('SET geqo = off')`],
    ['a class that sends nothing', `class Recorder { query(text) { this.lines.push(text) } } const client = new Recorder(); client${send}`],
    [
      'Express',
      `import express from 'express'; const app = express(); app.query('SET geqo = off'); app.set('geqo', 'off'); app.listen(3000)`,
    ],
    ['a client of another API', `import { apolloClient } from './graphql'; apolloClient${send}`],
    [
      'Kysely over MySQL',
      "import { Kysely, MysqlDialect, sql } from 'kysely'; const db = new Kysely({ dialect: new MysqlDialect({}) }); sql`SET geqo = off`.execute(db)",
    ],
    ['Knex over SQLite', `import knex from 'knex'; const db = knex({ client: 'sqlite3' }); db.raw('SET geqo = off')`],
  ])('%s', (_, code) => {
    expect(probes(code)).toEqual([]);
  });
});
