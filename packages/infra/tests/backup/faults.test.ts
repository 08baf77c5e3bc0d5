import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { preparePooler, startPooler } from '../../../lab/src/servers/pgbouncer.ts';
import { poolerVersions } from '../../../lab/src/servers/pooler-versions.ts';
import { newerPostgres, postgresPrograms, startPostgres } from '../../../lab/src/servers/postgresql.ts';
import type { Manifest } from '../../backup/src/manifest.ts';
import { type Bench, type Ended, type Environment, openBench } from './support/bench.ts';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts';
import { dyingAfter, pgDumpThat } from './support/pg-dump-that.ts';
import './support/patience.ts';

let bench: Bench;
let proxy: FaultProxy;
/** Large enough for several parts of an upload: 26 MB that are not compressed. */
let database: string;

beforeAll(async () => {
  bench = await openBench();
  proxy = await startFaultProxy(bench.s3.endpoint);
  database = await bench.newDatabase(
    'large',
    `create table t (id int, v text); insert into t select i, repeat(md5(i::text), 10) from generate_series(1, 80000) i`,
  );
}, 120_000);
afterEach(() => proxy?.fail(undefined));
afterAll(async () => {
  await proxy?.stop();
  await bench?.stop();
});

const throughProxy = (environment: Environment, attempts = 3): Environment => ({
  ...environment,
  BACKUP_S3_ENDPOINT: proxy.endpoint,
  BACKUP_S3_TIMEOUT: '2',
  BACKUP_S3_ATTEMPTS: String(attempts),
});

/** A bucket with one good backup in it. */
async function bucketWithBackup(): Promise<{ environment: Environment; good: string }> {
  const environment = { ...(await bench.newBucket()), BACKUP_COMPRESSION: 'none', BACKUP_ROW_COUNTS: 'no' };
  const { stdout, code, stderr } = await bench.run(environment, 'backup', '--no-verify', database);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return { environment, good: stdout.trim() };
}

interface Listed {
  readonly name: string;
  readonly complete: boolean;
  readonly check: string;
}
const listed = async (environment: Environment): Promise<Listed[]> =>
  (await bench.run(environment, 'list', '--database', database, '--json')).stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Listed);

const stateOf = async ({ BACKUP_S3_BUCKET }: Environment, kind: string) =>
  JSON.parse(
    await (
      await bench.client.send(new GetObjectCommand({ Bucket: BACKUP_S3_BUCKET, Key: `main/${database}/state/${kind}.json` }))
    ).Body!.transformToString(),
  );

/** Nothing is lost, nothing is half published, and nothing is left behind. */
async function expectOnlyGood(environment: Environment, good: string): Promise<void> {
  expect((await listed(environment)).map(({ name, complete }) => ({ name, complete }))).toEqual([{ name: good, complete: true }]);
  expect(await bench.unfinished(environment)).toBe(0);
}

describe('a dump that dies', () => {
  it.each([1, 50, 99])('at %i percent publishes nothing, leaves nothing, and says so', async (percent) => {
    const { environment, good } = await bucketWithBackup();
    const manifest = JSON.parse(await objectText(environment, `${good}/manifest.json`)) as Manifest;
    const total = manifest.objects.find(({ role }) => role === 'dump')!.bytes;
    const ended = await bench.run(
      {
        ...environment,
        BACKUP_PG_BIN: await pgDumpThat(bench, environment, `dying-${percent}`, dyingAfter(Math.floor((total * percent) / 100))),
      },
      'backup',
      database,
    );
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/pg_dump failed with exit code 1: .*told to die/) });
    await expectOnlyGood(environment, good);
    expect(await stateOf(environment, 'run')).toMatchObject({ outcome: 'failed', message: expect.stringMatching(/told to die/) });
  });
});

const objectText = async ({ BACKUP_S3_BUCKET }: Environment, end: string) => {
  const key = (await bench.keys({ BACKUP_S3_BUCKET: BACKUP_S3_BUCKET! })).find((name) => name.endsWith(end))!;
  return (await bench.client.send(new GetObjectCommand({ Bucket: BACKUP_S3_BUCKET, Key: key }))).Body!.transformToString();
};
const keyOf = async (environment: Environment, end: string) => (await bench.keys(environment)).find((name) => name.endsWith(end))!;

describe('an S3 server', () => {
  it('that refuses connections fails the backup, with its name', async () => {
    const { environment, good } = await bucketWithBackup();
    proxy.fail(() => 'refuse');
    expect(await bench.run(throughProxy(environment), 'backup', database)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Could not list in bucket \S+ at http:\/\/127\.0\.0\.1:\d+/),
    });
    proxy.fail(undefined);
    await expectOnlyGood(environment, good);
  });

  it('that stops answering in the middle fails it, without waiting for ever', async () => {
    const { environment, good } = await bucketWithBackup();
    let parts = 0;
    proxy.fail(({ method, url }) => (method === 'PUT' && /partNumber=/.test(url) && ++parts > 2 ? 'hang' : undefined));
    const ended = await bench.run(throughProxy(environment), 'backup', database);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/Could not write main\/large\/\S+\/dump/) });
    await expectOnlyGood(environment, good);
  });

  it('that answers 500 for a while is outlasted', async () => {
    const { environment } = await bucketWithBackup();
    let requests = 0;
    proxy.fail(() => (++requests % 3 > 0 ? { status: 500, code: 'InternalError' } : undefined));
    expect(await bench.run(throughProxy(environment, 10), 'backup', database)).toMatchObject({ code: 0 });
    expect((await listed(environment)).map(({ complete }) => complete)).toEqual([true, true]);
  });

  it('that answers 503 for good is given up, and the abort of the upload is tried until it is done', async () => {
    const { environment, good } = await bucketWithBackup();
    proxy.fail(({ method, url }) => (method === 'PUT' && /partNumber=/.test(url) ? { status: 503, code: 'SlowDown' } : undefined));
    expect(await bench.run(throughProxy(environment), 'backup', database)).toMatchObject({ code: 1 });
    await expectOnlyGood(environment, good);
  });

  it('whose answers are lost does not make one backup two or none', async () => {
    const { environment } = await bucketWithBackup();
    let lost = 0;
    proxy.fail(({ method, url }) => (method === 'PUT' && url.includes('manifest.json') && lost++ === 0 ? 'lose the answer' : undefined));
    expect(await bench.run(throughProxy(environment), 'backup', database)).toMatchObject({ code: 0 });
    expect(lost).toBeGreaterThan(1);
    expect((await listed(environment)).map(({ complete, check }) => [complete, check])).toEqual([
      [true, 'unchecked'],
      [true, 'verified'],
    ]);
  });

  it('that rejects the manifest leaves no backup and no objects', async () => {
    const { environment, good } = await bucketWithBackup();
    proxy.fail(({ method, url }) =>
      method === 'PUT' && url.includes('manifest.json') ? { status: 403, code: 'AccessDenied' } : undefined,
    );
    expect(await bench.run(throughProxy(environment), 'backup', database)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not allow the user of \S+ to write \S+manifest\.json/),
    });
    await expectOnlyGood(environment, good);
  });

  it('that cuts its answers is read on from there', async () => {
    const { environment } = await bucketWithBackup();
    let cuts = 0;
    proxy.fail(({ method, url }) =>
      method === 'GET' && /\/dump\?/.test(url) && cuts++ < 3 ? { cut: 1_000_000, honest: true } : undefined,
    );
    expect(await bench.run(throughProxy(environment), 'verify', '--database', database)).toMatchObject({ code: 0 });
    expect(cuts).toBeGreaterThan(3);
  });

  it('that gives a part for the whole is found out', async () => {
    const { environment } = await bucketWithBackup();
    proxy.fail(({ method, url }) => (method === 'GET' && /\/dump\?/.test(url) ? { cut: 1_000_000, honest: false } : undefined));
    expect(await bench.run(throughProxy(environment), 'verify', '--database', database)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/has 1000000 bytes and not the \d+ that were stored/),
    });
  });

  it('that does not know the key, or has no such bucket, is told from one that is away', async () => {
    const environment = await bench.newBucket();
    const wrongId = {
      ...environment,
      BACKUP_S3_CREDENTIALS_FILE: await bench.credentialsFile('wrong', 'nobody-knows-me', bench.s3.secretKey),
    };
    const wrongSecret = {
      ...environment,
      BACKUP_S3_CREDENTIALS_FILE: await bench.credentialsFile('wrong', bench.s3.accessKey, 'wrong/secret+key'),
    };
    expect(await bench.run(wrongId, 'backup', database)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not know the access key in/),
    });
    const refused = await bench.run(wrongSecret, 'backup', database);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/refuses the secret key in/) });
    expect(refused.stderr).not.toContain('wrong/secret+key');
    expect(await bench.run({ ...environment, BACKUP_S3_BUCKET: 'not-there' }, 'backup', database)).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/There is no bucket not-there/),
    });
  });
});

describe('a process that is killed', () => {
  it('at ten random points leaves the good backup, nothing that looks like one, and no work for a human', async () => {
    const { environment, good } = await bucketWithBackup();
    const started = performance.now();
    const second = (await bench.run(environment, 'backup', '--no-verify', database)).stdout.trim();
    const whole = performance.now() - started;
    let completed = [good, second];
    for (let tenth = 0; tenth < 10; tenth++) {
      const { child, ended } = await bench.start(environment, 'backup', '--no-verify', database);
      await sleep((whole * (tenth + randomInt(100) / 100)) / 10);
      child.kill('SIGKILL');
      await ended;
      const complete = (await listed(environment)).filter((entry) => entry.complete).map(({ name }) => name);
      expect(complete.slice(0, completed.length), 'what was there before').toEqual(completed);
      completed = complete;
    }
    let last: Ended;
    // PostgreSQL notices a moment later that the last one is gone.
    for (let tries = 0; (last = await bench.run(environment, 'backup', database)).code === 3 && tries < 20; tries++) await sleep(500);
    expect(last!).toMatchObject({ code: 0 });
    const entries = await listed(environment);
    expect(entries.filter(({ complete }) => !complete)).toEqual([]);
    expect(await bench.unfinished(environment)).toBe(0);
    for (const { name } of entries) expect(await bench.run(environment, 'verify', name, '--database', database)).toMatchObject({ code: 0 });
  }, 180_000);

  it('politely ends at once, with an exit code of its own and nothing left', async () => {
    const { environment, good } = await bucketWithBackup();
    let begun: () => void = () => undefined;
    const uploading = new Promise<void>((resolve) => (begun = resolve));
    proxy.fail(({ method, url }) => {
      if (method === 'PUT' && /partNumber=2/.test(url)) begun();
      return undefined;
    });
    const { child, ended } = await bench.start(throughProxy(environment), 'backup', database);
    await uploading;
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 7, stderr: expect.stringMatching(/Stopped by SIGTERM/) });
    await expectOnlyGood(environment, good);
    expect(await stateOf(environment, 'run')).toMatchObject({ outcome: 'interrupted' });
  });
});

describe('two runs at once', () => {
  it('are one: the second is refused with who holds the lock, and the first completes', async () => {
    const { environment } = await bucketWithBackup();
    const holder = await bench.postgres.connect(database);
    await holder.query(`select pg_advisory_lock(hashtextextended('pg-backup:main', 0))`);
    expect(await bench.run(environment, 'backup', database)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/Another backup of this database is under way\. It is server process \d+/),
    });
    await holder.end();

    const [first, other] = await Promise.all([bench.run(environment, 'backup', database), bench.run(environment, 'backup', database)]);
    const codes = [first.code, other.code].sort();
    expect([
      [0, 0],
      [0, 3],
    ]).toContainEqual(codes);
    expect((await listed(environment)).every(({ complete }) => complete)).toBe(true);
    expect(await stateOf(environment, 'run')).toMatchObject({ outcome: 'done' });
  });
});

describe('a clock that is wrong', () => {
  it.each([10 * 365, -10 * 365])('by %i days changes no name, no age, and removes nothing', async (days) => {
    const { environment, good } = await bucketWithBackup();
    const shim = await bench.secretFile(
      'clock',
      `const real = Date.now; const shift = ${days} * 86400000; const Real = Date;
       globalThis.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(real() + shift); } static now() { return real() + shift; } };`,
    );
    const skewed = { ...environment, NODE_ARGS: `--require ${shim}` };
    const made = await bench.run(skewed, 'backup', '--prune', database);
    expect(made).toMatchObject({ code: 0 });
    expect(made.stdout.slice(0, 4)).toBe(String(new Date().getFullYear()));
    expect((await bench.run(skewed, 'prune', '--database', database)).stdout).toMatch(/0 backups removed, 2 kept/);
    expect((await listed(environment)).map(({ name }) => name)).toEqual([good, made.stdout.trim()]);
  });
});

describe('a server', () => {
  it('that is newer than the client is refused before anything happens', async () => {
    const newer = await startPostgres(bench.folder, await postgresPrograms(newerPostgres, bench.folder), 'newer');
    try {
      const environment = await bench.newBucket();
      const passfile = await bench.secretFile('newer', `127.0.0.1:*:*:*:${newer.password}\n`);
      const ended = await bench.run({ ...environment, PGPORT: String(newer.port), PGPASSFILE: passfile }, 'backup', 'postgres');
      expect(ended).toMatchObject({
        code: 4,
        stderr: expect.stringMatching(
          /The server is PostgreSQL 18, and there is no pg_dump of version 18 here, only 15\.\d+.* Install postgresql-client-18/,
        ),
      });
      expect((await bench.keys(environment)).filter((key) => !key.includes('/state/'))).toEqual([]);
    } finally {
      await newer.stop();
    }
  });

  it.each(poolerVersions.flatMap((version) => ['transaction', 'session'].map((mode) => ({ ...version, mode }))))(
    'that is really PgBouncer $version in $mode mode is refused',
    async ({ mode, ...version }) => {
      const name = `${version.version}-${mode}`;
      const prepared = await preparePooler(
        { ...bench.folder, folder: (folder, copyOf) => bench.folder.folder(`${folder}-${mode}`, copyOf) },
        version,
      );
      const pooler = await startPooler(bench.folder, `pooler-${name}`, prepared, bench.postgres, database, { pool_mode: mode });
      try {
        const environment = { ...(await bench.newBucket()), PGPORT: String(pooler.port) };
        const ended = await bench.run(environment, 'backup', database);
        expect(ended).toMatchObject({ code: 4, stderr: expect.stringMatching(/not PostgreSQL\. Through a pooler a dump may be wrong/) });
        if (version.version === '1.26') expect(ended.stderr).toMatch(`PgBouncer 1.26`);
        expect((await bench.keys(environment)).filter((key) => !key.includes('/state/'))).toEqual([]);
        const allowed = await bench.run({ ...environment, BACKUP_ALLOW_SESSION_PROXY: 'yes' }, 'backup', '--dry-run', database);
        expect(allowed.code, 'where a proxy that keeps a session is allowed').toBe(mode === 'session' ? 0 : 4);
      } finally {
        await pooler.stop();
      }
    },
  );
});

describe('what lies in the bucket', () => {
  it('is found damaged where one byte of it was changed, and the latest is then the one before', async () => {
    const { environment, good } = await bucketWithBackup();
    const second = (await bench.run(environment, 'backup', database)).stdout.trim();
    const key = await keyOf(environment, `${second}/dump`);
    const bytes = await (
      await bench.client.send(new GetObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key: key }))
    ).Body!.transformToByteArray();
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    await bench.client.send(new PutObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key: key, Body: bytes }));
    expect(await bench.run(environment, 'verify', second, '--database', database)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/another SHA-256 than what was stored/),
    });
    expect((await listed(environment)).map(({ check }) => check)).toEqual(['unchecked', 'damaged']);
    expect((await bench.run(environment, 'restore', '--dry-run', '--database', database, '--into', 'x')).stdout).toMatch(
      `Would restore ${good} `,
    );
    expect(await bench.run(environment, 'restore', second, '--database', database, '--into', 'x')).toMatchObject({ code: 5 });
    expect(await bench.run(environment, 'drill', second, '--database', database)).toMatchObject({ code: 5 });
  });

  it('is no backup where there are objects without a manifest, and damaged where it is the reverse', async () => {
    const { environment, good } = await bucketWithBackup();
    const second = (await bench.run(environment, 'backup', '--no-verify', database)).stdout.trim();
    await bench.client.send(
      new DeleteObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key: await keyOf(environment, `${second}/manifest.json`) }),
    );
    expect((await listed(environment)).map(({ complete }) => complete)).toEqual([true, false]);
    expect(await bench.run(environment, 'verify', second, '--database', database)).toMatchObject({ code: 6 });
    expect((await bench.run(environment, 'restore', '--dry-run', '--database', database, '--into', 'x')).stdout).toMatch(
      `Would restore ${good} `,
    );

    await bench.client.send(
      new DeleteObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key: await keyOf(environment, `${good}/dump`) }),
    );
    expect(await bench.run(environment, 'verify', good, '--database', database)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/dump of \S+ is gone/),
    });
  });

  it('is not used where its manifest is of another backup, or is nonsense', async () => {
    const { environment, good } = await bucketWithBackup();
    const second = (await bench.run(environment, 'backup', '--no-verify', database)).stdout.trim();
    const put = (text: string) =>
      keyOf(environment, `${second}/manifest.json`).then((Key) =>
        bench.client.send(new PutObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key, Body: text })),
      );
    await put(await objectText(environment, `${good}/manifest.json`));
    expect(await bench.run(environment, 'verify', second, '--database', database)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/it is of /),
    });
    await put('{"format": 1');
    expect(await bench.run(environment, 'verify', second, '--database', database)).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/not JSON/),
    });
  });
});
