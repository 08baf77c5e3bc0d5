import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  debianPostgres,
  newerPostgres,
  postgresPrograms,
  type PostgresServer,
  startPostgres,
} from '../../../lab/src/servers/postgresql.ts';
import type { Manifest } from '../../backup/src/manifest.ts';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import { contents, properties } from './support/contents.ts';
import { richDatabase } from './support/rich-database.ts';
import './support/patience.ts';

// PostgreSQL 18 as source, with its own clients; beside it one of 15.

let bench: Bench;
let elsewhere: PostgresServer;
let older: PostgresServer;
let olderPrograms: string;
const rich = 'Rich and new';

beforeAll(async () => {
  bench = await openBench({ version: newerPostgres });
  elsewhere = await startPostgres(bench.folder, (await bench.newBucket()).BACKUP_PG_BIN!, 'elsewhere');
  olderPrograms = await postgresPrograms(debianPostgres, bench.folder);
  older = await startPostgres(bench.folder, olderPrograms, 'older');
  await bench.newDatabase(rich, '');
  await bench.sql(rich, richDatabase('new').replaceAll(':"database"', `"${rich}"`));
}, 240_000);
afterAll(async () => {
  await older?.stop();
  await elsewhere?.stop();
  await bench?.stop();
});

const on = async (server: PostgresServer, environment: Environment): Promise<Environment> => ({
  ...environment,
  PGPORT: String(server.port),
  PGPASSFILE: await bench.secretFile('server', `127.0.0.1:*:*:*:${server.password}\n`),
});

const looked = async (server: PostgresServer, database: string) => {
  const client = await server.connect(database);
  try {
    return { contents: await contents(client), properties: await properties(client) };
  } finally {
    await client.end();
  }
};

const objectOf = async ({ BACKUP_S3_BUCKET }: Environment, keys: readonly string[], end: string) => {
  const Key = keys.find((key) => key.endsWith(end))!;
  return Buffer.from(await (await bench.client.send(new GetObjectCommand({ Bucket: BACKUP_S3_BUCKET, Key }))).Body!.transformToByteArray());
};

const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

describe('PostgreSQL 18', () => {
  it('is backed up with zstd where nothing else is said, and comes back on another one with its roles, row by row', async () => {
    const environment = await bench.newBucket();
    expect(await bench.run(environment, 'backup', rich)).toMatchObject({ code: 0 });
    const keys = await bench.keys(environment);
    const manifest = JSON.parse(String(await objectOf(environment, keys, '/manifest.json'))) as Manifest;
    expect(manifest).toMatchObject({
      server: { major: 18 },
      client: { pgDump: expect.stringMatching(/^18\./) },
      dump: { format: 'custom', compression: 'zstd:3' },
    });
    expect((await objectOf(environment, keys, '/dump')).includes(magic), 'a frame of zstd in the dump').toBe(true);

    expect(await bench.run(await on(elsewhere, environment), 'restore', '--database', rich)).toMatchObject({ code: 0 });
    expect(await looked(elsewhere, rich)).toEqual(await looked(bench.postgres, rich));
    const roles = `select rolname, rolpassword, rolconnlimit, rolvaliduntil from pg_authid where rolname ~ 'new$' order by 1`;
    const client = await elsewhere.connect('postgres');
    const restored = (await client.query(roles).finally(() => client.end())).rows;
    expect(restored).toEqual(await bench.sql('postgres', roles));
    expect(restored).toHaveLength(3);
  });

  it('passes a drill, with pg_amcheck', async () => {
    const environment = await bench.newBucket();
    expect(await bench.run(environment, 'backup', rich)).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await bench.run(environment, 'drill', '--database', rich);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ amcheck: true });
  });

  it.each([
    ['zstd:1', 'custom'],
    ['zstd:19', 'directory'],
    ['zstd', 'custom'],
    ['lz4:1', 'custom'],
    ['gzip:9', 'directory'],
    ['none', 'custom'],
  ])('is dumped with %s in the format %s, read back and restored', async (compression, format) => {
    const environment = { ...(await bench.newBucket()), BACKUP_COMPRESSION: compression, BACKUP_FORMAT: format };
    const database = await bench.newDatabase();
    expect(await bench.run(environment, 'backup', database)).toMatchObject({ code: 0, stderr: expect.stringMatching(/is whole/) });
    const into = `${database}_back`;
    expect(await bench.run(environment, 'restore', '--database', database, '--into', into)).toMatchObject({ code: 0 });
    const sum = 'select count(*)::int, md5(string_agg(t::text, null order by id)) from t';
    expect(await bench.sql(into, sum)).toEqual(await bench.sql(database, sum));
  });

  it('is told what is wrong with a level that pg_dump does not know', async () => {
    const environment = { ...(await bench.newBucket()), BACKUP_COMPRESSION: 'gzip:55' };
    const ended = await bench.run(environment, 'backup', await bench.newDatabase());
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toMatch(/BACKUP_COMPRESSION|compression/);
    expect((await bench.keys(environment)).filter((key) => !key.includes('/state/'))).toEqual([]);
  });
});

describe('clients and servers of different versions', () => {
  it('are refused for a backup, also where the client is the newer one: its dump would not go back', async () => {
    const environment = await bench.newBucket();
    const newerClient = await bench.run(await on(older, environment), 'backup', 'postgres');
    expect(newerClient).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/The server is PostgreSQL 15, and there is no pg_dump of version 15 here, only 18\./),
    });
    const olderClient = await bench.run({ ...environment, BACKUP_PG_BIN: olderPrograms }, 'backup', rich);
    expect(olderClient).toMatchObject({ code: 4, stderr: expect.stringMatching(/The server is PostgreSQL 18.*only 15\./) });
    expect((await bench.keys(environment)).filter((key) => !key.includes('/state/'))).toEqual([]);
  });

  it('let a backup of the older one into the newer one, and not the other way round', async () => {
    const environment = await bench.newBucket();
    const client = await older.connect('postgres');
    await client.query('create database old_one').finally(() => client.end());
    const filled = await older.connect('old_one');
    await filled.query(richDatabase('old').replaceAll(':"database"', 'old_one')).finally(() => filled.end());
    const old = { ...(await on(older, environment)), BACKUP_PG_BIN: olderPrograms };
    expect(await bench.run(old, 'backup', 'old_one')).toMatchObject({ code: 0 });
    const upwards = { ...(await on(elsewhere, environment)), BACKUP_PG_BIN: olderPrograms };
    const restored = await bench.run(upwards, 'restore', '--database', 'old_one');
    expect(restored, restored.stderr).toMatchObject({ code: 0 });
    expect((await looked(elsewhere, 'old_one')).contents).toEqual((await looked(older, 'old_one')).contents);

    expect(await bench.run(environment, 'backup', rich)).toMatchObject({ code: 0 });
    expect(await bench.run(await on(older, environment), 'restore', '--database', rich)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/of PostgreSQL 18 and the server is 15: a dump goes into the same or a newer version only/),
    });
  });
});
