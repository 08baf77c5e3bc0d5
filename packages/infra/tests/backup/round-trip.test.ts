import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPackage } from '../../../lab/src/servers/debian-packages.ts';
import { debianPostgres, postgresPrograms, type PostgresServer, startPostgres } from '../../../lab/src/servers/postgresql.ts';
import type { Manifest } from '../../backup/src/manifest.ts';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import { contents, properties } from './support/contents.ts';
import { richDatabase } from './support/rich-database.ts';
import './support/patience.ts';

const run = promisify(execFile);
let bench: Bench;
/** Another server, as on another machine: no role and no database of the first is on it. */
let elsewhere: PostgresServer;
let programs: string;
let rich: string;

beforeAll(async () => {
  bench = await openBench();
  programs = await postgresPrograms(debianPostgres, bench.folder);
  elsewhere = await startPostgres(bench.folder, programs, 'elsewhere');
  rich = await bench.newDatabase(`Rich "and" it's ünïcode`, '');
  await bench.sql(rich, richDatabase('one').replaceAll(':"database"', `"${rich.replaceAll('"', '""')}"`));
}, 120_000);
afterAll(async () => {
  await elsewhere?.stop();
  await bench?.stop();
});

/** The same bucket, and the other server. */
const onOtherServer = async (environment: Environment): Promise<Environment> => ({
  ...environment,
  PGPORT: String(elsewhere.port),
  PGPASSFILE: await bench.secretFile('elsewhere', `127.0.0.1:*:*:*:${elsewhere.password}\n`),
});

const looked = async (server: PostgresServer, database: string) => {
  const client = await server.connect(database);
  try {
    return { contents: await contents(client), properties: await properties(client) };
  } finally {
    await client.end();
  }
};

/** A superuser's connection to a server whose roles came out of a backup. */
const connectAs = async (port: number, database: string) => {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password: bench.postgres.password, database });
  await client.connect();
  return client;
};

const manifestOf = async (environment: Environment): Promise<Manifest> => {
  const key = (await bench.keys(environment)).filter((name) => name.endsWith('/manifest.json')).at(-1)!;
  return JSON.parse(await text(environment, key)) as Manifest;
};
const text = async ({ BACKUP_S3_BUCKET }: Environment, Key: string) =>
  (await bench.client.send(new GetObjectCommand({ Bucket: BACKUP_S3_BUCKET, Key }))).Body!.transformToString();
const object = async ({ BACKUP_S3_BUCKET }: Environment, Key: string) =>
  (await bench.client.send(new GetObjectCommand({ Bucket: BACKUP_S3_BUCKET, Key }))).Body!.transformToByteArray();

describe('a backup of a database that has everything', () => {
  let environment: Environment;

  beforeAll(async () => {
    environment = await bench.newBucket();
    const ended = await bench.run(environment, 'backup', rich);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{8}\n$/);
  }, 60_000);

  it('is laid out as documented, with a manifest that says what it is', async () => {
    const manifest = await manifestOf(environment);
    const day = manifest.name.slice(0, 8).replace(/(....)(..)(..)/, '$1/$2/$3');
    const database = 'Rich.20.22and.22.20it.27s.20.C3.BCn.C3.AFcode';
    const folder = `main/${database}/${day}/${manifest.name}`;
    expect(await bench.keys(environment)).toEqual([
      ...['dump', 'globals.sql', 'manifest.json', 'verified.json'].map((file) => `${folder}/${file}`),
      ...['run', 'success', 'verification'].map((kind) => `main/${database}/state/${kind}.json`),
    ]);
    expect(manifest).toMatchObject({
      format: 1,
      database: rich,
      server: { major: 15, version: expect.stringMatching(/^15\./) },
      dump: { format: 'custom', compression: 'gzip:6' },
      encryption: { method: 'none' },
      lsn: expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
      largeObjects: 2,
      extensions: expect.arrayContaining([expect.stringMatching(/^hstore /)]),
    });
    const rows = new Map(manifest.rows!.map(({ schema, table, rows: count }) => [`${schema}.${table}`, count]));
    expect(rows.get('app.users')).toBe(2000);
    expect([...rows].filter(([name]) => name.startsWith('app.orders')).reduce((sum, [, count]) => sum + count, 0)).toBe(1501);
    expect(rows.get('Odd "Schema".Tab.le ü')).toBe(3);
  });

  it('restores on another machine with its roles, row by row the same', async () => {
    const other = await onOtherServer(environment);
    const dry = await bench.run(other, 'restore', '--database', rich, '--dry-run');
    expect(dry.stdout).toMatch(/^Would restore \S+ as Rich .*, after making the roles .*Owner one.*tenant_one/s);
    expect((await elsewhereDatabases()).includes(rich)).toBe(false);

    expect(await bench.run(other, 'restore', '--database', rich)).toMatchObject({ code: 0 });
    expect(await looked(elsewhere, rich)).toEqual(await looked(bench.postgres, rich));
    const roles = `select a.rolname, a.rolpassword, r.rolconfig::text, a.rolconnlimit, a.rolvaliduntil, shobj_description(a.oid, 'pg_authid') from pg_authid a join pg_roles r using (rolname)
      where a.rolname ~ 'one$' order by 1`;
    const client = await elsewhere.connect('postgres');
    const restored = (await client.query(roles).finally(() => client.end())).rows;
    expect(restored).toEqual(await bench.sql('postgres', roles));
    expect(restored).toHaveLength(3);
  }, 60_000);

  it('restores under another name on the same server, and leaves the first as it is', async () => {
    expect(await bench.run(environment, 'restore', '--database', rich, '--into', 'the copy')).toMatchObject({ code: 0 });
    expect(await looked(bench.postgres, 'the copy')).toEqual(await looked(bench.postgres, rich));
  }, 60_000);

  it('passes a drill, which says how long it took', async () => {
    const { code, stdout } = await bench.run(environment, 'drill', '--database', rich);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ amcheck: true, rows: expect.any(Number), restoreSeconds: expect.any(Number) });
    expect(JSON.parse(stdout).dataAgeSeconds).toBeGreaterThan(0);
    expect((await bench.run(environment, 'list')).stdout).toMatch(/verified, drilled$/m);
  }, 60_000);

  it('restores with standard tools alone', async () => {
    const manifest = await manifestOf(environment);
    const folder = (await bench.keys(environment)).find((key) => key.endsWith('/manifest.json'))!.replace('manifest.json', '');
    const standard = await startPostgres(bench.folder, programs, 'standard');
    try {
      const files = await bench.folder.folder('downloaded');
      for (const file of ['dump', 'globals.sql']) await writeFile(join(files, file), await object(environment, `${folder}${file}`));
      await writeFile(join(files, 'sums'), manifest.objects.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join(''));
      await run('sha256sum', ['--check', '--strict', 'sums'], { cwd: files });

      const passfile = await bench.secretFile('standard', `127.0.0.1:*:*:*:${standard.password}\n`);
      const env = { PATH: process.env.PATH, PGHOST: '127.0.0.1', PGPORT: String(standard.port), PGUSER: 'postgres', PGPASSFILE: passfile };
      // The role that initdb made is there already: the one line of globals.sql that fails.
      const roles = await run('psql', ['--no-psqlrc', '--dbname=postgres', '--file', join(files, 'globals.sql')], { env });
      expect(roles.stderr.split('\n').filter((line) => /ERROR/.test(line))).toEqual([
        expect.stringMatching(/role "app" already exists/),
        expect.stringMatching(/role "postgres" already exists/),
        expect.stringMatching(/role "tenant_reader" already exists/),
      ]);
      // From here on its roles have the passwords of the backup.
      await writeFile(passfile, `127.0.0.1:*:*:*:${bench.postgres.password}\n`);
      await run(join(programs, 'pg_restore'), ['--create', '--exit-on-error', '--dbname=postgres', join(files, 'dump')], { env });
      expect(await looked({ ...standard, connect: (name) => connectAs(standard.port, name) }, rich)).toEqual(
        await looked(bench.postgres, rich),
      );
    } finally {
      await standard.stop();
    }
  }, 90_000);
});

describe('a backup in directory format', () => {
  it('is made by several connections in one snapshot, and restores row by row the same', async () => {
    const environment = { ...(await bench.newBucket()), BACKUP_FORMAT: 'directory', BACKUP_JOBS: '3' };
    expect(await bench.run(environment, 'backup', rich)).toMatchObject({ code: 0 });
    expect((await bench.keys(environment)).filter((key) => /\/directory\/\d+\.dat\.gz$/.test(key)).length).toBeGreaterThan(5);
    expect(await bench.run(environment, 'restore', '--database', rich, '--into', 'from directory')).toMatchObject({ code: 0 });
    expect(await looked(bench.postgres, 'from directory')).toEqual(await looked(bench.postgres, rich));
  }, 60_000);
});

describe('an encrypted backup', () => {
  it('is read by nobody without the key, and restores with it, also by age itself', async () => {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    const database = await bench.newDatabase();
    const environment: Environment = {
      ...(await bench.newBucket()),
      BACKUP_AGE_RECIPIENTS_FILE: await bench.secretFile('recipients', `# the team\n${recipient}\n`),
    };
    const key = await bench.secretFile('key', `# created: today\n# public key: ${recipient}\n${identity}\n`);
    expect((await bench.run(environment, 'backup', database)).stderr).toMatch(/it is encrypted and no key is here/);
    const dump = (await bench.keys(environment)).find((name) => name.endsWith('/dump.age'))!;
    expect(Buffer.from(await object(environment, dump)).toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/);
    expect(Buffer.from(await object(environment, dump)).includes('PGDMP')).toBe(false);

    expect(await bench.run(environment, 'restore', '--database', database, '--into', 'locked')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is encrypted: name the file with the secret key in BACKUP_AGE_IDENTITIES_FILE/),
    });
    const stranger = await bench.secretFile('stranger', `${await generateX25519Identity()}\n`);
    expect(await bench.run({ ...environment, BACKUP_AGE_IDENTITIES_FILE: stranger }, 'verify', '--database', database)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/None of the keys/),
    });
    const opened = { ...environment, BACKUP_AGE_IDENTITIES_FILE: key };
    expect(await bench.run(opened, 'restore', '--database', database, '--into', 'opened')).toMatchObject({ code: 0 });
    expect((await looked(bench.postgres, 'opened')).contents).toEqual((await looked(bench.postgres, database)).contents);

    const age = join(await debianPackage('age', 'bookworm'), 'usr/bin/age');
    const folder = await bench.folder.folder('age');
    await writeFile(join(folder, 'dump.age'), await object(environment, dump));
    await run(age, ['--decrypt', '--identity', key, '--output', join(folder, 'dump'), join(folder, 'dump.age')]);
    expect((await readFile(join(folder, 'dump'))).subarray(0, 5).toString()).toBe('PGDMP');
    await run(join(programs, 'pg_restore'), ['--file=/dev/null', join(folder, 'dump')]);
  }, 90_000);
});

describe('names', () => {
  it.each(['with space', 'a=b host=evil', `'quoted' "twice" \\`, 'ünïcödé 🐘', '-rf', '../..', '%41.41'])(
    '%s of a database goes through backup, list and restore',
    async (name) => {
      const environment = await bench.newBucket();
      const database = await bench.newDatabase(name);
      expect(await bench.run(environment, 'backup', '--', database)).toMatchObject({ code: 0 });
      const [key] = await bench.keys(environment);
      expect(key).toMatch(/^main\/[A-Za-z0-9_.-]+\/\d{4}\/\d\d\/\d\d\//);
      expect(JSON.parse((await bench.run(environment, 'list', '--json')).stdout).database).toBe(database);
      const into = `${database.slice(0, 20)} 2`;
      expect(await bench.run(environment, 'restore', `--database=${database}`, `--into=${into}`)).toMatchObject({ code: 0 });
      expect((await looked(bench.postgres, into)).contents).toEqual((await looked(bench.postgres, database)).contents);
    },
    60_000,
  );
});

describe('an empty database', () => {
  it('is backed up, verified and drilled like any other', async () => {
    const environment = await bench.newBucket();
    const database = await bench.newDatabase('nothing_in_it', '');
    expect(await bench.run(environment, 'backup', database)).toMatchObject({ code: 0 });
    const { code, stdout } = await bench.run(environment, 'drill', '--database', database);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, tables: 0, rows: 0 });
  }, 60_000);
});

describe('a restore', () => {
  let environment: Environment;
  let database: string;
  let older: string;

  beforeAll(async () => {
    environment = await bench.newBucket();
    database = await bench.newDatabase();
    older = (await bench.run(environment, 'backup', database)).stdout.trim();
    await bench.sql(database, 'insert into t values (0, $$later$$)');
    expect(await bench.run(environment, 'backup', database)).toMatchObject({ code: 0 });
  }, 60_000);

  const rows = async (name: string) => (await bench.sql<{ count: number }>(name, 'select count(*)::int as count from t'))[0]!.count;

  it('takes the latest, one by name, or the last before a time', async () => {
    const before = `${older.slice(0, 4)}-${older.slice(4, 6)}-${older.slice(6, 8)}T${older.slice(9, 11)}:${older.slice(11, 13)}:${older.slice(13, 15)}Z`;
    for (const [args, count] of [
      [[], 1001],
      [[older], 1000],
      [['--at', before], 1000],
    ] as const) {
      const into = `chosen_${args.length}_${count}`;
      expect(await bench.run(environment, 'restore', ...args, '--database', database, '--into', into)).toMatchObject({ code: 0 });
      expect(await rows(into)).toBe(count);
    }
    expect(await bench.run(environment, 'restore', '--at', '2001-01-01', '--database', database, '--into', 'x')).toMatchObject({ code: 6 });
    expect(await bench.run(environment, 'restore', 'yesterday', '--database', database, '--into', 'x')).toMatchObject({ code: 6 });
  }, 60_000);

  it('leaves an existing database alone until it is told twice, and then replaces it as a whole', async () => {
    const target = await bench.newDatabase('precious', 'create table t (id int); insert into t values (42)');
    const restore = (...args: string[]) => bench.run(environment, 'restore', '--database', database, '--into', target, ...args);
    expect(await restore()).toMatchObject({ code: 4, stderr: expect.stringMatching(/database precious exists/) });
    expect(await restore('--overwrite')).toMatchObject({ code: 2 });
    expect(await restore('--yes-really')).toMatchObject({ code: 2 });
    expect((await restore('--overwrite', '--yes-really', '--dry-run')).stdout).toMatch(/replacing the database of that name/);
    expect(await rows(target)).toBe(1);

    const client = await bench.postgres.connect(target);
    expect(await restore('--overwrite', '--yes-really'), 'while somebody is connected to it').toMatchObject({ code: 0 });
    await client.end().catch(() => undefined);
    expect(await rows(target)).toBe(1001);
    expect(await strayDatabases()).toEqual([]);
  }, 60_000);

  it('that fails leaves no database and no half of one, and the old one stays', async () => {
    const target = await bench.newDatabase('still_there', 'create table t (id int)');
    const name = (await bench.keys(environment)).find((key) => key.endsWith('/dump'))!;
    const whole = await object(environment, name);
    const copy = await bench.newBucket();
    for (const key of await bench.keys(environment)) {
      const body = key === name ? whole.subarray(0, whole.length - 100) : await object(environment, key);
      await bench.client.send(new PutObjectCommand({ Bucket: copy.BACKUP_S3_BUCKET, Key: key, Body: body }));
    }
    const ended = await bench.run(copy, 'restore', older, '--database', database, '--into', target, '--overwrite', '--yes-really');
    expect(ended).toMatchObject({ code: 5, stderr: expect.stringMatching(/dump of \S+ of \S+ has \d+ bytes and not the \d+/) });
    expect(await rows(target)).toBe(0);
    expect(await strayDatabases()).toEqual([]);
  }, 60_000);

  it('makes no role where it is told so', async () => {
    const other = await onOtherServer(environment);
    expect(await bench.run(other, 'restore', '--database', database, '--into', 'roleless', '--no-roles')).toMatchObject({ code: 0 });
  }, 60_000);
});

const strayDatabases = async () =>
  (await bench.sql('postgres', `select datname from pg_database where datname ~ '^pg_backup_'`)).map(({ datname }) => String(datname));
const elsewhereDatabases = async () => {
  const client = await elsewhere.connect('postgres');
  return (await client.query<{ datname: string }>('select datname from pg_database').finally(() => client.end())).rows.map(
    ({ datname }) => datname,
  );
};
