import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mentions, readSettings } from '../src/index.ts';
import { analyse } from './support/analyse.ts';

const folder = join(import.meta.dirname, '../../../fixtures/hazards');

const fixtures = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`))
  .filter((file) => /\/(bad|good)\b.*\.[cm]?[jt]sx?$/.test(file))
  .map((name) => ({ name, code: readFileSync(join(folder, name), 'utf8') }));

describe('a fixture in which something is found passes the prefilter', () => {
  const bad = fixtures.filter(({ name }) => name.includes('/bad'));

  test('there are fixtures', () => {
    expect(bad.length).toBeGreaterThan(50);
  });

  test.each(fixtures.map(({ name, code }) => [name, code] as const))('%s', (name, code) => {
    const settings = /^\/\/ @settings (.+)$/m.exec(code)?.[1];
    const { setup } = readSettings(settings && JSON.parse(settings));
    const { findings } = analyse(code, {
      setup,
      path: `/app/${name}`,
      installed: { pg: '8.16.3', postgres: '3.4.9', 'drizzle-orm': '0.45.4' },
    });
    if (findings.length > 0) expect(mentions(code, 'file')).toBe(true);
  });
});

describe('a single statement passes the prefilter, however it is written', () => {
  test.each([
    `db.query('SET jit = off')`,
    `db.query("set\\tjit = off")`,
    'db.query(`\n  -- why\n  SET jit = off\n`)',
    'db.query(`/* why */ SET jit = off`)',
    `db.query('SELECT 1; SET jit = off')`,
    `db.query('SET' + ' jit = off')`,
    'db.execute(sql`reset all`)',
    `db.query('DISCARD ALL')`,
    `db.query('BEGIN')`,
    `db.query('START TRANSACTION')`,
    `db.query('LISTEN jobs')`,
    `db.query('LOAD \\'auto_explain\\'')`,
    `db.query('PREPARE p AS SELECT 1')`,
    `db.query('DEALLOCATE ALL')`,
    `db.query('DECLARE c CURSOR WITH HOLD FOR SELECT 1')`,
    `db.query('CREATE TEMP TABLE t (a int)')`,
    `db.query('CREATE TEMPORARY TABLE t (a int)')`,
    `db.query('SELECT * INTO TEMP t FROM u')`,
    `db.query('SELECT pg_advisory_lock(1)')`,
    `db.query('SELECT pg_try_advisory_lock(1)')`,
    `db.query("SELECT set_config('a.b', 'c', false)")`,
    `db.query("SELECT currval('s')")`,
    `db.query('SELECT lastval()')`,
    `db.query("DO $$ BEGIN PERFORM set_config('a.b', 'c', false); END $$")`,
    `db.query({ name: 'a', text: 'SELECT 1' })`,
    `db.select().from(t).prepare('a')`,
    `sql.listen('jobs', f)`,
    `db.transaction(async (tx) => { await db.select().from(t) })`,
    `import postgres from 'postgres'`,
    `import { PrismaClient } from '@prisma/client'`,
    `import { type Role, Prisma } from '@/generated/prisma/client'`,
    `import type {\n  Role,\n  Prisma as P,\n} from "../generated/client"`,
    `import prisma from '@prisma/client'`,
    `import * as prisma from '@prisma/client'`,
    `export * from '@prisma/client'`,
    `const { PrismaClient } = require('@prisma/client')`,
    `const { Role } = await import('@prisma/client')`,
    `const doc = 1; db.transaction((tr) => tr.insert(t))`,
    `await withTransaction(documents, async (client) => client.insert(t))`,
    `rows.map(async (row) => db.transaction(async (tx) => { await tx.insert(t).values(row) }))`,
    `export const run = (task: (tx: Tx) => Promise<void>) => pool.begin(task)`,
    `await run(async (tx: Tx): Promise<void> => { await tx.insert(t) })`,
    `await run((tx) => void tx.insert(t))`,
    `const rows = await runner((transaction) => transaction.insert(t))`,
    `/* all */ db.transaction(work)`,
    `const url = 'http://a'; db.transaction(work)`,
    `const byId = db.select().from(t).prepare(name)`,
    `const byId = db.select().from(t).prepare(\n  'by_id',\n)`,
    `const byId = db.select().from(t).prepare()`,
    `sql.listen(channel, notify)`,
    `const { Pool } = require("pg")`,
  ])('%s', (code) => {
    expect(mentions(code, 'file')).toBe(true);
  });
});

describe('what cannot hold a hazard costs one scan', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    [
      'a component of React',
      `import { useState } from 'react';
       export function Counter({ start }: { start: number }) {
         const [count, setCount] = useState(start);
         return <button onClick={() => setCount(count + 1)} className="load-more">Set {count} of {start}</button>;
       }`,
    ],
    [
      'a hook of React with a query of another kind',
      `import { useQuery } from '@tanstack/react-query';
       export const useUsers = () => useQuery({ queryKey: ['users'], queryFn: () => fetch('/api/users').then((r) => r.json()) });`,
    ],
    [
      'the enumerations of a Prisma client',
      `import { Role, type User } from '@prisma/client';\nexport const isAdmin = (user: User) => user.role === Role.ADMIN;`,
    ],
    [
      'the types of a Prisma client',
      `import type {\n  Role, // of a member\n  User,\n} from '~/generated/prisma/client';\nexport { Plan } from '@prisma/client';`,
    ],
    [
      'a document that is edited',
      `editor.transact((tr) => tr.setMeta(key, {})); this.ydoc.transact(() => fill(map)); getEditor().transact((tr) => tr);`,
    ],
    [
      'transactions of another kind in a list',
      `const rows = transactions.map((transaction) => transaction.id); const all = txes.filter((tx) => tx.kind === 1);
       const sum = payments.reduce((total, tx) => total + tx.amount, 0); await Promise.all(rows.map(async (newTransaction) => send(newTransaction)));`,
    ],
    [
      'types of functions that take a transaction',
      `interface Middleware { tx: (tx: Tx) => Promise<TxResult>; next: (ctx: Context, transaction: Transaction) => void; filterTransaction: (tr) => boolean }`,
    ],
    [
      'an example in the documentation of a library',
      `/**\n * const client = createClient();\n * await client.transaction(async (tx) => tx.send());\n */\nexport const run = 1;\n  // pool.query(statement)`,
    ],
    [
      'procedures of tRPC',
      `export const router = { search: procedure.input(schema).query(async ({ ctx: { db }, input }) => search(db, input)) };`,
    ],
    ['expectations of a test', `expect(send).toHaveBeenCalledWith(expect.any(String)); await Promise.any(attempts);`],
    [
      'a preparation of something else',
      `const call = await client.deposit.prepare({ amount: 1n }); const other = await deposit.prepare(client, { amount: 1n });`,
    ],
    ['a server that listens', `const server = host ? app.listen(port, host, started) : app.listen(config.port, started);`],
    [
      'an application of Express',
      `import express from 'express';
       const app = express();
       app.set('view engine', 'pug');
       app.get('/', (request, response) => response.send('Hello'));
       app.listen(3000, () => console.log('listening'));`,
    ],
    [
      'a repository that selects only',
      `import { db } from './db';
       import { users } from './schema';
       export const all = () => db.select().from(users).where(eq(users.active, true));
       export const one = (id: string) => db.query.users.findFirst({ where: eq(users.id, id) });`,
    ],
    [
      'queries that only read',
      `import { pool } from './db'; export const find = (id) => pool.query('SELECT * FROM users WHERE id = $1', [id]);`,
    ],
    [
      'an UPDATE, whose SET is no command',
      `import { pool } from './db'; pool.query('UPDATE users SET name = $1 WHERE id = $2', [name, id]);`,
    ],
    ['a collection', `const seen = new Set(); seen.add(1); const map = new Map(); map.set('a', 1); map.delete('a');`],
    ['a stream, whose subscriber is no channel', `store.subscribe(listener); stream.subscribe((value) => emit(value)); app.listen(port);`],
    ['a parameter that only ends like a transaction', `router.use((ctx) => next(ctx)); const actions = (context, ctx) => ctx.dispatch();`],
    [
      'a declaration of a module',
      `import '@tiptap/core';\ndeclare module '@tiptap/core' { interface Commands { move: (cursor: number) => void } }`,
    ],
    [
      'words of a user interface',
      `const items = ["Reset password", "Lock account", "Discard all changes", "Execute workflow", "Listen again", "Select from list"];
       button.addEventListener('abort', stop); stream.on("end", done); input.type = 'reset';`,
    ],
    [
      'prose in a comment',
      `/* Set the value to what it was.\n * \`items\` set to \`'none'\`, and then\n reset the state of the list, which runs concurrently */`,
    ],
    ['a class with accessors', `class Box { get size() { return 1; }\n  set size(value) { this.#size = value; }\n}`],
    [
      'the code of blockchains',
      `const hash = await client.sendTransaction({ to: '0x0', value: 1n }); await getTransactionReceipt(client, { hash });`,
    ],
    ['a lock of another kind', `await mutex.lock(); const update = { type: 'update' }; for (const each of list) lock(each);`],
    ['a test', `import { describe, it, expect } from 'vitest'; describe('sum', () => { it('adds', () => { expect(sum(1, 2)).toBe(3) }) })`],
  ])('%s', (_, code) => {
    expect(mentions(code, 'file')).toBe(false);
  });
});

/** Each of two megabytes: a pattern that takes more than linear time does not come back from it within the time of a test. */
describe('a hostile text is scanned in linear time', () => {
  const long = (piece: string) => piece.repeat(Math.ceil(2_000_000 / piece.length));
  test.each<[string, string, boolean]>([
    ['blanks', long(' '), false],
    ['line feeds', long('\n'), false],
    ['brackets', long('('), false],
    ['quotes', long('"'), false],
    ['escaped line feeds', long('\\n'), false],
    ['dots and blanks', long('.   \n'), false],
    ['a dot before blanks', `.${long(' ')}`, false],
    ['beginnings of a command', `sql ${long('"set ?\n')}`, false],
    ['a command before blanks', `sql "set${long(' ')}`, false],
    ['a word of two million letters', long('a'), false],
    ['words for a transaction that are one word', `sql ${long('transact')}`, false],
    ['words for a tenant that are one word', `sql ${long('Tenant')}`, false],
    ['words for a transaction before a bracket', `sql ${long('tx(')}`, false],
    ['parameters without a body', `sql ${long('(tx')}`, false],
    ['types of parameters', `sql ${long('(tx: ')}`, false],
    ['types of calls', `sql ${long('tx<')}`, false],
    ['backticks', long('a`'), false],
    ['words of commands', long('SET '), false],
    ['calls in a call', long('withTx(a, '), false],
    ['a comment of commands', `/*${long(' reset\t')}*/`, false],
    ['queries without a command', long('db.query(x);\n'), false],
    ['names of what is no query object', long('.query(name, '), false],
    ['`prepare` before blanks', long('.prepare\n\n\n'), false],
    ['lists of parameters', `sql ${long('.map((a, tx, ')}`, false],
    ['lists before blanks', `sql ${long(`.map(${' '.repeat(90)}tx${' '.repeat(9)}`)}`, false],
    ['imports of a Prisma client', long("import { Role } from '@prisma/client';\n"), false],
    ['imports on one line of a Prisma client', long("import {a} from '@prisma/client "), false],
    ['words for a transaction in comments', long(' * tx(async\n'), false],
    ['`listen` before blanks', long('.listen    '), false],
    ['`start` before blanks', `sql "start${long(' ')}`, false],
    ['`create or` before blanks', long('"create or  '), false],
    ['a command at the very end', `${long('db.query(x);\n')}db.query('SET a = 1')`, true],
  ])('%s', (_, text, expected) => {
    expect(mentions(text, 'file')).toBe(expected);
  });
});
