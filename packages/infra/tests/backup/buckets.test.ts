import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import './support/patience.ts';

// What docs/backup.md says about a bucket with object lock, lifecycle rules and encryption by the server.

let bench: Bench;
let database: string;

beforeAll(async () => {
  bench = await openBench();
  database = await bench.newDatabase();
}, 240_000);
afterAll(() => bench?.stop());

const versionsOf = async (Bucket: string, end: string) => {
  const { Versions = [], DeleteMarkers = [] } = await bench.client.send(new ListObjectVersionsCommand({ Bucket }));
  return {
    versions: Versions.filter(({ Key }) => Key!.endsWith(end)),
    markers: DeleteMarkers.filter(({ Key }) => Key!.endsWith(end)),
  };
};

describe('a bucket with object lock', () => {
  let environment: Environment;

  beforeAll(async () => {
    const settings = await bench.newBucket();
    environment = { ...settings, BACKUP_S3_BUCKET: 'locked' };
    await bench.client.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }));
    await bench.client.send(
      new PutObjectLockConfigurationCommand({
        Bucket: 'locked',
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 14 } } },
      }),
    );
  });

  it('takes backups, reads them back, and drills', async () => {
    for (let count = 0; count < 2; count++) {
      const ended = await bench.run(environment, 'backup', database);
      expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: expect.stringMatching(/is whole/) });
    }
    expect(await bench.run(environment, 'drill', '--database', database)).toMatchObject({ code: 0 });
    const { versions } = await versionsOf('locked', '/dump');
    const { ObjectLockMode, ObjectLockRetainUntilDate } = await bench.client.send(
      new HeadObjectCommand({ Bucket: 'locked', Key: versions[0]!.Key }),
    );
    expect(ObjectLockMode).toBe('COMPLIANCE');
    expect(ObjectLockRetainUntilDate!.getTime() - Date.now()).toBeGreaterThan(13 * 86_400_000);
  });

  it('keeps what was deleted: there is a marker, the version stays and comes back, and cannot be removed by the owner', async () => {
    const key = (await bench.keys(environment)).find((name) => name.endsWith('/dump'))!;
    await bench.client.send(new DeleteObjectCommand({ Bucket: 'locked', Key: key }));
    expect(await bench.keys(environment)).not.toContain(key);
    const { versions, markers } = await versionsOf('locked', key);
    expect([versions.length, markers.length]).toEqual([1, 1]);
    const remove = bench.client.send(new DeleteObjectCommand({ Bucket: 'locked', Key: key, VersionId: versions[0]!.VersionId }));
    await expect(remove).rejects.toThrow();
    await bench.client.send(new DeleteObjectCommand({ Bucket: 'locked', Key: key, VersionId: markers[0]!.VersionId }));
    expect(await bench.keys(environment)).toContain(key);
    expect(await bench.run(environment, 'verify', '--all', '--database', database)).toMatchObject({ code: 0 });
  });
});

/** Answers, or the name of the refusal. */
const outcomeOf = (sent: Promise<unknown>) =>
  sent.then(
    () => 'taken',
    (error: Error) => error.name,
  );

describe('lifecycle rules', () => {
  it('as the page has them are taken, but for the one about unfinished uploads, which MinIO does not know', async () => {
    const { BACKUP_S3_BUCKET: Bucket } = await bench.newBucket();
    const put = (rule: object) => {
      const Rules = [{ ID: 'one', Status: 'Enabled' as const, Filter: { Prefix: '' }, ...rule }];
      return outcomeOf(bench.client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } })));
    };
    expect(await put({ NoncurrentVersionExpiration: { NoncurrentDays: 1 } })).toBe('taken');
    const { Rules: kept } = await bench.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(kept).toHaveLength(1);
    const unfinished = await put({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } });
    expect(unfinished).toBe(bench.s3.product === 'MinIO' ? 'InvalidArgument' : 'taken');
  });
});

describe('encryption by the server', () => {
  it.each(['AES256', 'aws:kms'])('%s is asked for, or told where the server has no keys for it', async (BACKUP_S3_SSE) => {
    const environment: Environment = { ...(await bench.newBucket()), BACKUP_S3_SSE };
    const ended = await bench.run(environment, 'backup', database);
    if (bench.s3.product !== 'MinIO') {
      // Ceph without a server of keys.
      expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/Could not write \S+ in bucket .*HTTP 400/) });
      expect(await bench.keys(environment)).toEqual([]);
      return;
    }
    expect(ended, ended.stderr).toMatchObject({ code: 0, stderr: expect.stringMatching(/is whole/) });
    for (const Key of await bench.keys(environment)) {
      const { ServerSideEncryption } = await bench.client.send(new HeadObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key }));
      expect([Key, ServerSideEncryption]).toEqual([Key, BACKUP_S3_SSE]);
    }
    expect(await bench.run(environment, 'restore', '--database', database, '--into', `from_${BACKUP_S3_SSE}`)).toMatchObject({ code: 0 });
  });
});
