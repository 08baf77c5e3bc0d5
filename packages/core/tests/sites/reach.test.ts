import { describe, expect, test } from 'vitest';
import { probe, probes } from '../support/analyse.ts';

const pg = (options: string) => `import { Pool } from 'pg'; const p = new Pool(${options}); p.query('SET geqo = off')`;

describe('whether connections go through the pooler, by where the connection string comes from', () => {
  test.each<[string, string, 'pooled' | 'direct' | 'unknown']>([
    ['no options', ``, 'pooled'],
    ['`DATABASE_URL`', `{ connectionString: process.env.DATABASE_URL }`, 'pooled'],
    ['`DIRECT_URL`', `{ connectionString: process.env.DIRECT_URL }`, 'direct'],
    ['`DATABASE_URL_UNPOOLED`', `{ connectionString: process.env.DATABASE_URL_UNPOOLED }`, 'direct'],
    ['`POSTGRES_URL_NON_POOLING`', `{ connectionString: process.env.POSTGRES_URL_NON_POOLING }`, 'direct'],
    ["Supabase's pooler of sessions", `{ connectionString: process.env.DATABASE_SESSION_POOLER! }`, 'direct'],
    ["Supabase's pooler of transactions", `{ connectionString: process.env.DATABASE_TRANSACTION_POOLER! }`, 'pooled'],
    ['`MIGRATION_DATABASE_URL`', `{ connectionString: process.env.MIGRATION_DATABASE_URL }`, 'direct'],
    ['an environment read by its name in quotes', `{ connectionString: process.env['DIRECT_URL']! }`, 'direct'],
    ['a validated environment', `{ connectionString: env.DIRECT_DATABASE_URL }`, 'direct'],
    ['a configuration', `{ connectionString: config.database.directUrl }`, 'direct'],
    ['direct, else pooled', `{ connectionString: process.env.DIRECT_URL ?? process.env.DATABASE_URL }`, 'unknown'],
    ['direct or pooled', `{ connectionString: process.env.DIRECT_URL || process.env.DATABASE_URL }`, 'unknown'],
    ['one of two pooled', `{ connectionString: process.env.DATABASE_URL ?? process.env.POSTGRES_URL }`, 'pooled'],
    ['direct on a condition', `{ connectionString: migrating ? process.env.DIRECT_URL : process.env.DATABASE_URL }`, 'unknown'],
    ['the port of PgBouncer', `{ host: 'db', port: 6432 }`, 'pooled'],
    ['the port of PgBouncer in the URL', `{ connectionString: 'postgres://u@h:6432/d' }`, 'pooled'],
    ['a host of Neon with the pooler', `{ connectionString: 'postgres://u@ep-cool-1-pooler.eu-central-1.aws.neon.tech/d' }`, 'pooled'],
    ["Supabase' PostgreSQL itself", `{ connectionString: 'postgres://u:p@db.abcdefgh.supabase.co:5432/postgres' }`, 'direct'],
    ['a replication connection', `{ replication: 'database' }`, 'direct'],
  ])('%s', (_, options, reach) => {
    expect(probe(pg(options))?.reach).toBe(reach);
  });

  test('a constant between the environment and the client', () => {
    const code = `import { Pool } from 'pg'; const url = process.env.DIRECT_URL; const p = new Pool({ connectionString: url }); p.query('SET geqo = off')`;
    expect(probe(code)?.reach).toBe('direct');
  });

  test('the first argument of postgres.js, and of Drizzle', () => {
    const code = `import postgres from 'postgres'; import { drizzle } from 'drizzle-orm/node-postgres';
      const sql = postgres(process.env.DIRECT_URL); sql.unsafe('SET geqo = off');
      const db = drizzle(process.env.DIRECT_URL); db.execute('SET geqo = off');
      const other = drizzle({ connection: process.env.DIRECT_URL! }); other.execute('SET geqo = off');
      const third = drizzle({ connection: { connectionString: process.env.DIRECT_URL } }); third.execute('SET geqo = off')`;
    expect(probes(code).map(({ reach }) => reach)).toEqual(['direct', 'direct', 'direct', 'direct']);
  });
});

describe('whether connections go through the pooler, by name, where the construction is out of sight', () => {
  test.each<[string, string, 'pooled' | 'direct' | 'unknown']>([
    ['an ordinary name', `import { db } from './db'; db.execute('SET geqo = off')`, 'pooled'],
    ['a direct database', `import { directDb } from './db'; directDb.execute('SET geqo = off')`, 'direct'],
    ['an unpooled one', `import { unpooledDb } from './db'; unpooledDb.execute('SET geqo = off')`, 'direct'],
    [
      'a client for migrations, which may be either',
      `export function up(migrationClient) { migrationClient.query('SET geqo = off') }`,
      'unknown',
    ],
    [
      'a parameter typed by the driver',
      `import type { Pool } from 'pg'; function f(directPool: Pool) { directPool.query('SET geqo = off') }`,
      'direct',
    ],
  ])('%s', (_, code, reach) => {
    expect(probe(code)?.reach).toBe(reach);
  });
});

describe('`directClients` of the settings', () => {
  test.each<[string, string, string]>([
    ['an expression', `import { listener } from './db'; listener.query('SET geqo = off')`, 'listener'],
    ['a member', `class R { f() { this.locks.query('SET geqo = off') } }`, 'this.locks'],
    [
      'a variable whose construction is in sight',
      `import { Pool } from 'pg'; const jobs = new Pool(); jobs.query('SET geqo = off')`,
      'jobs',
    ],
    ['an environment variable', pg('{ connectionString: process.env.JOBS_URL }'), 'JOBS_URL'],
  ])('%s', (_, code, name) => {
    expect(probe(code, { setup: { directClients: [name] } })?.reach).toBe('direct');
  });

  test('a name is not a part of a longer one', () => {
    expect(probe(pg('{ connectionString: process.env.OLD_JOBS_URL }'), { setup: { directClients: ['JOBS_URL'] } })?.reach).toBe('pooled');
  });
});
