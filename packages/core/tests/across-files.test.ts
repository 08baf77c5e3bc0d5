import { describe, expect, test } from 'vitest';
import { analyse, probe, probes } from './support/analyse.ts';
import { files } from './support/files.ts';

/** What is known of the probe in `use.ts`. */
function inUse(codes: Readonly<Record<string, string>>, definitions: Readonly<Record<string, string>>) {
  const { semantics, source } = files(codes, definitions);
  return probe(source('use.ts'), { semantics });
}

/** Findings of `use.ts`, each as `hazard: the words under the squiggle`. */
function found(codes: Readonly<Record<string, string>>, definitions: Readonly<Record<string, string>>) {
  const { semantics, source } = files(codes, definitions);
  const file = source('use.ts');
  return analyse(file, { semantics }).findings.map(({ hazard, range, file: path }) => `${path} ${hazard}: ${file.text.slice(...range)}`);
}

describe('a client of another file', () => {
  const pg = `import { Pool } from 'pg';`;
  test.each<[string, string, string, string, object]>([
    [
      'an exported pool',
      `${pg} export const pool = new Pool()`,
      `import { pool } from './db'; pool.query('SET geqo = off')`,
      'db.ts pool',
      { kind: 'pool', driver: 'pg', reach: 'pooled' },
    ],
    [
      'a direct one',
      `${pg} export const pool = new Pool({ connectionString: process.env.DIRECT_URL })`,
      `import { pool } from './db'; pool.query('SET geqo = off')`,
      'db.ts pool',
      { driver: 'pg', reach: 'direct' },
    ],
    [
      'one whose name says nothing',
      `${pg} export const store = new Pool()`,
      `import { store as pool } from './db'; pool.query('SET geqo = off')`,
      'db.ts store',
      { driver: 'pg' },
    ],
    [
      'a default export',
      `${pg} export default new Pool()`,
      `import pool from './db'; pool.query('SET geqo = off')`,
      'db.ts default',
      { kind: 'pool', driver: 'pg' },
    ],
    [
      'a default export of a name',
      `${pg} const made = new Pool(); export default made`,
      `import pool from './db'; pool.query('SET geqo = off')`,
      'db.ts default',
      { kind: 'pool', driver: 'pg' },
    ],
    [
      'a Drizzle database',
      `import { drizzle } from 'drizzle-orm/node-postgres'; export const pool = drizzle(process.env.DATABASE_URL)`,
      `import { pool } from './db'; pool.execute('SET geqo = off')`,
      'db.ts pool',
      { kind: 'pool', driver: 'drizzle' },
    ],
    [
      'a tag of postgres.js',
      `import postgres from 'postgres'; export const pool = postgres()`,
      "import { pool } from './db'; pool`SET geqo = off`",
      'db.ts pool',
      { kind: 'pool', driver: 'postgres.js' },
    ],
    [
      'a factory',
      `${pg} export function pool() { return new Pool() }`,
      `import { pool } from './db'; pool().query('SET geqo = off')`,
      'db.ts pool',
      { kind: 'pool', driver: 'pg' },
    ],
    [
      'an object that holds one',
      `${pg} export const pool = { main: new Pool() }`,
      `import { pool } from './db'; pool.main.query('SET geqo = off')`,
      'db.ts pool',
      { kind: 'pool', driver: 'pg' },
    ],
    [
      'a class that holds one',
      `${pg} export class pool { static main = new Pool() }`,
      `import { pool } from './db'; pool.main.query('SET geqo = off')`,
      'db.ts pool',
      { kind: 'pool', driver: 'pg' },
    ],
  ])('%s', (_, db, use, definition, handle) => {
    const codes = { 'db.ts': db, 'use.ts': use };
    expect(inUse(codes, { 'use.ts pool': definition })).toMatchObject({ ...handle, confidence: 'certain' });
  });

  test('one of another database is none, whatever it is called', () => {
    const codes = {
      'db.ts': `import { createPool } from 'mysql2/promise'; export const pool = createPool({})`,
      'use.ts': `import { pool } from './db'; pool.query('SET geqo = off')`,
    };
    expect(inUse(codes, { 'use.ts pool': 'db.ts pool' })).toBeUndefined();
  });

  test('one that the other file has from a third', () => {
    const codes = {
      'pool.ts': `import { Pool } from 'pg'; export const pool = new Pool({ connectionString: process.env.DIRECT_URL })`,
      'db.ts': `import { drizzle } from 'drizzle-orm/node-postgres'; import { pool } from './pool'; export const db = drizzle({ client: pool })`,
      'use.ts': `import { db } from './db'; db.execute('SET geqo = off')`,
    };
    const handle = inUse(codes, { 'use.ts db': 'db.ts db', 'db.ts pool': 'pool.ts pool' });
    expect(handle).toMatchObject({ driver: 'drizzle', reach: 'direct', confidence: 'certain' });
  });

  test('one re-exported under another name', () => {
    const codes = {
      'pool.ts': `import { Pool } from 'pg'; export const pool = new Pool()`,
      'index.ts': `export { pool as database } from './pool'`,
      'use.ts': `import { database } from '.'; database.query('SET geqo = off')`,
    };
    expect(inUse(codes, { 'use.ts database': 'pool.ts pool' })).toMatchObject({ kind: 'pool', driver: 'pg', confidence: 'certain' });
  });

  test('a type of another file', () => {
    const codes = {
      'db.ts': `import { drizzle } from 'drizzle-orm/node-postgres'; export const db = drizzle(url); export type Work = Parameters<Parameters<typeof db.transaction>[0]>[0]`,
      'use.ts': `import type { Work } from './db'; export function f(x: Work) { x.execute('SET geqo = off') }`,
    };
    expect(inUse(codes, { 'use.ts Work': 'db.ts Work' })).toMatchObject({ kind: 'transaction', driver: 'drizzle', transaction: 'in' });
  });

  test('where the answers lead in a circle it is not known', () => {
    const codes = {
      'db.ts': `import { pool } from './use'; export const pool2 = pool`,
      'use.ts': `import { pool2 } from './db'; export const pool = pool2; pool.query('SET geqo = off')`,
    };
    expect(() => inUse(codes, { 'use.ts pool2': 'db.ts pool2', 'db.ts pool': 'use.ts pool' })).not.toThrow();
  });
});

describe('SQL of another file', () => {
  const use = (body: string) => `import { Pool } from 'pg'; import { Q } from './sql'; const pool = new Pool(); ${body}`;
  test.each<[string, string, string]>([
    ['a constant', `export const Q = 'SET geqo = off'`, 'pool.query(Q)'],
    ['a property', `export const Q = { off: 'SET geqo = off' } as const`, 'pool.query(Q.off)'],
    ['a member of an enum', `export enum Q { Off = 'SET geqo = off' }`, 'pool.query(Q.Off)'],
    ['a function', 'export const Q = (v) => `SET geqo = ${v}`', `pool.query(Q('off'))`],
    ['a query object', `export const Q = { text: 'SET geqo = off' }`, 'pool.query(Q)'],
  ])('%s is reported where it is used', (_, sql, body) => {
    const findings = found({ 'sql.ts': sql, 'use.ts': use(body) }, { 'use.ts Q': 'sql.ts Q' });
    expect(findings).toEqual([expect.stringMatching(/^use\.ts no-session-set: /)]);
  });
});

describe('a function of another file', () => {
  test('that sends the text it is given', () => {
    const codes = {
      'db.ts': `import { Pool } from 'pg'; const pool = new Pool(); export function query(text) { return pool.query(text) }`,
      'use.ts': `import { query } from './db'; query('SET geqo = off')`,
    };
    expect(inUse(codes, { 'use.ts query': 'db.ts query' })).toMatchObject({ kind: 'pool', driver: 'pg', confidence: 'certain' });
  });

  test('that runs its callback in a transaction', () => {
    const codes = {
      'db.ts': `import { drizzle } from 'drizzle-orm/node-postgres'; const db = drizzle(url); export const scoped = (id, work) => db.transaction((tx) => work(tx))`,
      'use.ts': `import { scoped } from './db'; scoped('1', async (x) => { await x.execute('SET geqo = off') })`,
    };
    expect(inUse(codes, { 'use.ts scoped': 'db.ts scoped' })).toMatchObject({
      kind: 'transaction',
      transaction: 'in',
      confidence: 'certain',
    });
  });

  test('that only looks as if it did', () => {
    const codes = {
      'db.ts': `import { Pool } from 'pg'; const pool = new Pool(); export async function withTransaction(work) { const c = await pool.connect(); try { return await work(c) } finally { c.release() } }`,
      'use.ts': `import { withTransaction } from './db'; withTransaction(async (x) => { await x.query('SET geqo = off') })`,
    };
    expect(inUse(codes, { 'use.ts withTransaction': 'db.ts withTransaction' })).toMatchObject({ kind: 'client', transaction: 'out' });
  });

  test('that begins on a client before it calls back', () => {
    const codes = {
      'db.ts': `import { Pool } from 'pg'; const pool = new Pool(); export async function run(work) { const c = await pool.connect(); await c.query('BEGIN'); const r = await work(c); await c.query('COMMIT'); return r }`,
      'use.ts': `import { run } from './db'; run(async (x) => { await x.query('SET geqo = off') })`,
    };
    expect(inUse(codes, { 'use.ts run': 'db.ts run' })).toMatchObject({ kind: 'transaction', transaction: 'in' });
  });

  test('a client of the other file and the one of a transaction on it are told apart', () => {
    const codes = {
      'db.ts': `import { drizzle } from 'drizzle-orm/node-postgres'; export const db = drizzle(url)`,
      'use.ts': `import { db } from './db'; db.transaction(async (tx) => { await tx.execute('SET geqo = off'); await db.execute('SET geqo = off') })`,
    };
    const { semantics, source } = files(codes, { 'use.ts db': 'db.ts db' });
    expect(probes(source('use.ts'), { semantics }).map(({ transaction }) => transaction)).toEqual(['in', 'out']);
    expect(found(codes, { 'use.ts db': 'db.ts db' })).toContainEqual(expect.stringMatching(/^use\.ts no-outer-db-in-transaction: /));
  });
});
