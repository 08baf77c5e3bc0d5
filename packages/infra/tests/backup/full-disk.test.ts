import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts';
import { type SmallDisk, smallDisk } from './support/small-disk.ts';
import './support/patience.ts';

// A disk that is really full: a small file system, on which the kernel refuses to write.

let bench: Bench;
let proxy: FaultProxy;
let disk: SmallDisk | undefined;
const megabyte = 1_000_000;
/** 26 MB as a dump that is not compressed, and 37 MB on the server. */
let database: string;

beforeAll(async () => {
  bench = await openBench();
  proxy = await startFaultProxy(bench.s3.endpoint);
  database = await bench.newDatabase(
    'large',
    `create table t (id int, v text); insert into t select i, repeat(md5(i::text), 10) from generate_series(1, 40000) i;
     create table u (id int, v text); insert into u select i, repeat(md5(i::text), 10) from generate_series(1, 40000) i`,
  );
}, 240_000);
afterEach(async () => {
  proxy?.fail(undefined);
  await disk?.stop();
  disk = undefined;
});
afterAll(async () => {
  await proxy?.stop();
  await bench?.stop();
});

/** A bucket with one good backup in directory format, made where there is room. */
async function bucketWithBackup(): Promise<{ environment: Environment; good: string }> {
  const own = await bench.newBucket();
  const environment = {
    ...own,
    BACKUP_S3_ENDPOINT: proxy.endpoint,
    BACKUP_FORMAT: 'directory',
    BACKUP_COMPRESSION: 'none',
    BACKUP_ROW_COUNTS: 'no',
  };
  const { stdout, code, stderr } = await bench.run(environment, 'backup', '--no-verify', database);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return { environment, good: stdout.trim() };
}

/** The good backup is the only one and whole; nothing of the work stays on the disk. */
async function expectNothingElse(environment: Environment, good: string): Promise<void> {
  const list = await bench.run(environment, 'list', '--database', database, '--json');
  const entries = list.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(entries).toEqual([expect.objectContaining({ name: good, complete: true, check: expect.not.stringMatching('damaged') })]);
  expect(await bench.unfinished(environment)).toBe(0);
  expect((await readdir(disk!.path)).filter((name) => name !== 'of-somebody-else')).toEqual([]);
}

const databases = async () =>
  (await bench.sql<{ datname: string }>('postgres', 'select datname from pg_database')).map(({ datname }) => datname);

/** Somebody takes the room that there was when the second file of the dump is asked for. */
function fillsUpMeanwhile(bytes: number): void {
  let asked = 0;
  proxy.fail(({ method, url }) => {
    if (method === 'GET' && url.includes('/directory/') && ++asked === 2) void disk!.fill(bytes);
    return undefined;
  });
}

describe('a full disk', () => {
  it('that pg_dump meets fails the backup in directory format, and is told', async () => {
    const { environment, good } = await bucketWithBackup();
    disk = await smallDisk(bench, 'for-dump', 16 * megabyte);
    const ended = await bench.run({ ...environment, ...disk.settings }, 'backup', database);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(disk.says) });
    expect(ended.stderr).toMatch(/error: pg_dump (failed|was ended)/);
    await expectNothingElse(environment, good);
  });

  it('that is seen before the dump begins is refused, with how much room it takes', async () => {
    const { environment, good } = await bucketWithBackup();
    disk = await smallDisk(bench, 'too-small', 4 * megabyte);
    const ended = await bench.run({ ...environment, ...disk.settings }, 'backup', database);
    expect([1, 4]).toContain(ended.code);
    expect(ended.stderr).toMatch(
      'RUN_UNDER' in disk.settings ? disk.says : /has 4\.0 MB free, and a dump in directory format needs about \d/,
    );
    await expectNothingElse(environment, good);
  });

  it('during a drill fails it, says nothing against the backup, and leaves no server behind', async () => {
    const { environment, good } = await bucketWithBackup();
    disk = await smallDisk(bench, 'for-drill', 75 * megabyte);
    const ended = await bench.run({ ...environment, ...disk.settings }, 'drill', '--database', database);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(disk.says) });
    await expectNothingElse(environment, good);
    expect(await bench.run(environment, 'drill', '--database', database), 'where there is room').toMatchObject({ code: 0 });
  });

  it('that fills up while a dump is read back says nothing against the backup', async () => {
    const { environment, good } = await bucketWithBackup();
    disk = await smallDisk(bench, 'for-verify', 30 * megabyte);
    fillsUpMeanwhile(14 * megabyte);
    const ended = await bench.run({ ...environment, ...disk.settings }, 'verify', '--database', database);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(disk.says) });
    await expectNothingElse(environment, good);
  });

  it('that fills up while a dump is fetched for a restore leaves neither a database nor a file', async () => {
    const { environment, good } = await bucketWithBackup();
    disk = await smallDisk(bench, 'for-restore', 30 * megabyte);
    fillsUpMeanwhile(14 * megabyte);
    const before = await databases();
    const ended = await bench.run({ ...environment, ...disk.settings }, 'restore', '--database', database, '--into', 'never');
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(disk.says) });
    expect(await databases()).toEqual(before);
    await expectNothingElse(environment, good);
  });
});
