import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Manifest, manifestText } from '../../backup/src/manifest.ts';
import { planRetention } from '../../backup/src/retention.ts';
import { openBucket } from '../../backup/src/storage/bucket.ts';
import type { BackupEntry } from '../../backup/src/storage/catalogue.ts';
import { backupFolder, backupName, manifestFile } from '../../backup/src/storage/layout.ts';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts';
import './support/patience.ts';

const day = 86_400_000;
const now = new Date('2026-11-24T12:00:00Z');
const policy = { days: 30, keep: 3, leftoverHours: 24 };

/** A backup of so many days ago. */
function entry(daysAgo: number, more: Partial<BackupEntry> = {}): BackupEntry {
  const time = new Date(now.getTime() - daysAgo * day);
  const manifest = { key: `m${daysAgo}`, bytes: 1, modified: time };
  return {
    name: backupName(time),
    time,
    modified: time,
    files: [manifest],
    bytes: 1,
    manifest,
    check: 'verified',
    drilled: false,
    ...more,
  };
}
const daily = (from: number, to: number, more: Partial<BackupEntry> = {}) =>
  Array.from({ length: from - to + 1 }, (_, index) => entry(from - index, more));
const daysAgo = (entries: readonly BackupEntry[]) => entries.map(({ time }) => (now.getTime() - time.getTime()) / day);

describe('retention', () => {
  it('removes what is older than 30 days, the oldest first, and not what is exactly as old', () => {
    expect(daysAgo(planRetention(daily(33, 0), policy, now).remove)).toEqual([33, 32, 31]);
  });

  it('keeps the newest good ones, however old they are', () => {
    expect(daysAgo(planRetention(daily(100, 90), policy, now).remove)).toEqual([100, 99, 98, 97, 96, 95, 94, 93]);
    expect(planRetention([entry(4000)], policy, now).remove).toEqual([]);
    expect(planRetention([entry(4000)], { ...policy, keep: 0 }, now).remove, 'not even where it is told to keep none').toEqual([]);
  });

  it('does not count a damaged backup as one, whether it is new or old', () => {
    const entries = [...daily(50, 48), ...daily(10, 1, { check: 'damaged' })];
    expect(planRetention(entries, policy, now).remove).toEqual([]);
  });

  it('refuses to remove everything', () => {
    expect(() => planRetention(daily(50, 40, { check: 'damaged' }), policy, now)).toThrow(
      /All 11 old backups would go and no good one is left/,
    );
    expect(planRetention([], policy, now)).toEqual({ remove: [], keep: [], leftovers: [] });
  });

  it('believes neither a clock that was wrong when a backup was made nor one that is wrong now', () => {
    const young = { key: 'm', bytes: 1, modified: new Date(now.getTime() - day) };
    expect(planRetention([...daily(3, 1), entry(5000, { manifest: young })], policy, now).remove, 'an old name on a new object').toEqual(
      [],
    );
    expect(planRetention(daily(40, 0), policy, new Date(now.getTime() - 4000 * day)).remove, 'a clock that is behind').toEqual([]);
    const old = planRetention(daily(40, 0), policy, new Date(now.getTime() + 4000 * day));
    expect(daysAgo(old.keep.map(({ entry: kept }) => kept)), 'a clock that is old').toEqual([0, 1, 2]);
  });

  it('takes a folder without a manifest for the remains of a dead run only when nobody can be writing to it', () => {
    const incomplete = (days: number) => entry(days, { manifest: undefined });
    expect(daysAgo(planRetention([incomplete(3), incomplete(0.5)], policy, now).leftovers)).toEqual([3]);
    expect(planRetention([incomplete(3)], policy, now).remove).toEqual([]);
  });

  it('leaves a good backup in every bucket that has one, whatever is in it', () => {
    for (let seed = 1; seed <= 500; seed++) {
      let state = seed;
      const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below;
      const entries = Array.from({ length: random(40) }, () =>
        entry(random(200), {
          check: (['verified', 'damaged', 'unchecked'] as const)[random(3)]!,
          ...(random(5) === 0 && { manifest: undefined }),
        }),
      );
      const good = entries.filter(({ manifest, check }) => manifest && check !== 'damaged');
      const some = { days: 1 + random(60), keep: 1 + random(10), leftoverHours: 24 };
      if (good.length === 0) continue;
      const { remove, keep } = planRetention(entries, some, now);
      const kept = keep.filter(({ entry: { check } }) => check !== 'damaged').length;
      expect(kept, `seed ${seed}`).toBeGreaterThanOrEqual(Math.min(some.keep, good.length));
      expect(
        remove.every(({ manifest }) => manifest),
        `seed ${seed}`,
      ).toBe(true);
      expect(remove.length + keep.length).toBe(entries.filter(({ manifest }) => manifest).length);
    }
  });
});

describe('prune', () => {
  let bench: Bench;
  let proxy: FaultProxy;
  let database: string;
  let template: Manifest;

  beforeAll(async () => {
    bench = await openBench();
    proxy = await startFaultProxy(bench.s3.endpoint);
    database = await bench.newDatabase('app');
    const environment = await bench.newBucket();
    expect(await bench.run(environment, 'backup', '--no-verify', database)).toMatchObject({ code: 0 });
    const key = (await bench.keys(environment)).find((name) => name.endsWith(manifestFile))!;
    const { Body } = await bench.client.send(new GetObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key: key }));
    template = JSON.parse(await Body!.transformToString()) as Manifest;
  }, 120_000);
  afterAll(async () => {
    await proxy?.stop();
    await bench?.stop();
  });

  /** A backup for each of so many days before today, by the program's own writer. Their objects are as young as this run, which keeps them: see `aged`. */
  async function fill(environment: Environment, of: string, count: number): Promise<string[]> {
    const bucket = openBucket({
      endpoint: bench.s3.endpoint,
      region: 'us-east-1',
      bucket: environment.BACKUP_S3_BUCKET!,
      pathStyle: true,
      credentials: { accessKeyId: bench.s3.accessKey, secretAccessKey: bench.s3.secretKey },
      credentialsFile: '',
      serverSideEncryption: undefined,
      timeoutSeconds: 60,
      attempts: 3,
    });
    const limit = pLimit(24);
    const names = Array.from({ length: count }, (_, index) => backupName(new Date(Date.now() - (count - index) * day)));
    await Promise.all(
      names.map((name, index) =>
        limit(async () => {
          const folder = backupFolder('main', of, name);
          const manifest = {
            ...template,
            name,
            database: of,
            objects: [{ ...template.objects[0]!, file: 'dump', role: 'dump' as const, bytes: 4 }],
          };
          // The oldest have an object too; thousands more would only take time.
          if (index < 60) await bucket.put(`${folder}dump`, 'dump');
          await bucket.put(`${folder}${manifestFile}`, manifestText(manifest), true);
        }),
      ),
    );
    bucket.close();
    return names;
  }

  /** The same bucket, whose objects the storage says are so many days older. */
  const aged = (environment: Environment, days: number): Environment => {
    proxy.age(days);
    return { ...environment, BACKUP_S3_ENDPOINT: proxy.endpoint };
  };

  it('lists and prunes 3,000 backups, page by page, and nothing that is not one', async () => {
    const environment = await bench.newBucket();
    const names = await fill(environment, database, 3000);
    const foreign = [
      `main/${database}/notes.txt`,
      `main/${database}/2019/01/01/20190101T000000Z-0badcafe.tar`,
      `main/${database}/2019/01/01/not-a-backup/dump`,
      `main/${database}/2019/01/02/20190101T000000Z-0badcafe/dump`,
      `main/${database}_test/2019/01/01/20190101T000000Z-0badcafe/manifest.json`,
      `main2/${database}/2019/01/01/20190101T000000Z-0badcafe/manifest.json`,
      `other.txt`,
    ];
    for (const Key of foreign)
      await bench.client.send(new PutObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key, Body: 'precious' }));
    const list = await bench.run(environment, 'list', '--database', database, '--json');
    expect(
      list.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).name),
    ).toEqual(names);

    expect((await bench.run(environment, 'prune', '--database', database)).stdout, 'objects that are young').toMatch(
      /0 backups removed, 3000 kept/,
    );
    const old = aged({ ...environment, BACKUP_KEEP_DAYS: '1000' }, 3000);
    const dry = await bench.run(old, 'prune', '--database', database, '--dry-run');
    expect(dry.stdout).toMatch(/2001 backups would be removed, 999 kept/);
    expect((await bench.keys(environment)).length).toBe(3060 + foreign.length + 1);

    expect((await bench.run({ ...old, BACKUP_KEEP_DAYS: '2950' }, 'prune', '--database', database)).stdout).toMatch(
      /51 backups removed, 2949 kept/,
    );
    const keys = await bench.keys(environment);
    expect(keys.filter((key) => foreign.includes(key)).sort()).toEqual([...foreign].sort());
    expect(keys.filter((key) => key.endsWith(manifestFile) && key.startsWith(`main/${database}/`)).length).toBe(2949);
  }, 240_000);

  it('of one database touches no other, and refuses to leave none', async () => {
    const environment = await bench.newBucket();
    await fill(environment, 'app', 5);
    await fill(environment, 'app2', 5);
    const old = aged({ ...environment, BACKUP_KEEP_DAYS: '1', BACKUP_KEEP_AT_LEAST: '1' }, 40);
    expect((await bench.run(old, 'prune', '--database', 'app')).stdout).toMatch(/4 backups removed, 1 kept/);
    expect((await bench.keys(environment)).filter((key) => key.startsWith('main/app2/')).length).toBe(10);
    const last = (await bench.keys(environment)).find((key) => key.startsWith('main/app/') && key.endsWith(manifestFile))!;
    await bench.client.send(
      new PutObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key: last.replace(manifestFile, 'damaged.json'), Body: '{}' }),
    );
    expect(await bench.run(old, 'prune', '--database', 'app')).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/no good one is left/),
    });
    expect((await bench.keys(environment)).includes(last)).toBe(true);
  });

  it('that is killed leaves what the next one removes, and never a manifest without its objects', async () => {
    const environment = await bench.newBucket();
    await fill(environment, 'app', 40);
    const old = aged({ ...environment, BACKUP_KEEP_DAYS: '1', BACKUP_KEEP_AT_LEAST: '1', BACKUP_LEFTOVER_HOURS: '1' }, 90);
    const { child, ended } = await bench.start(old, 'prune', '--database', 'app');
    child.stderr!.on('data', (text: string) => text.includes('Removing') && setTimeout(() => child.kill('SIGKILL'), 15));
    await ended;
    const folders = new Map<string, string[]>();
    for (const key of await bench.keys(environment))
      folders.set(key.replace(/[^/]+$/, ''), [...(folders.get(key.replace(/[^/]+$/, '')) ?? []), key]);
    for (const [folder, keys] of folders) if (keys.some((key) => key.endsWith(manifestFile))) expect(keys, folder).toHaveLength(2);
    expect(await bench.run(old, 'prune', '--database', 'app')).toMatchObject({ code: 0 });
    expect((await bench.keys(environment)).filter((key) => !key.includes('/state/'))).toHaveLength(2);
  });

  it('that fails does not make a good backup a failed one', async () => {
    const environment = await bench.newBucket();
    const deleter = await bench.credentialsFile('deleter', 'nobody', 'nothing-at-all');
    const ended = await bench.run({ ...environment, BACKUP_S3_DELETER_CREDENTIALS_FILE: deleter }, 'backup', '--prune', database);
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/WARNING Old backups stay: .*does not know the access key/) });
  });
});
