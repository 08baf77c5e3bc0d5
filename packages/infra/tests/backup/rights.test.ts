import { readFile } from 'node:fs/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shipped } from '../support/shipped.ts';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import './support/patience.ts';

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
}

interface Policy {
  readonly Statement: readonly Statement[];
}

let bench: Bench;
let environment: Environment;
type User = 'backup' | 'reader' | 'deleter';
const keys = {} as Record<User, { accessKeyId: string; secretAccessKey: string }>;
const named = (policy: string) => policy.replaceAll('BUCKET', 'rights').replaceAll('PREFIX', 'main');
let credentials: Readonly<Record<User, string>>;

beforeAll(async () => {
  bench = await openBench();
  environment = await bench.newBucket('rights');
  const user = async (name: User) => {
    const { accessKey, secretKey } = await bench.s3.addUser(`${name}-user`, named(shipped(`backup/policies/${name}.json`)));
    keys[name] = { accessKeyId: accessKey, secretAccessKey: secretKey };
    return bench.credentialsFile(name, accessKey, secretKey);
  };
  credentials = { backup: await user('backup'), reader: await user('reader'), deleter: await user('deleter') };
  if (bench.s3.bucketPolicies) {
    const Policy = named(shipped('backup/policies/ceph-bucket.json')).replace(
      /(BACKUP|READER|DELETER)_USER/g,
      (_, name: string) => `${name.toLowerCase()}-user`,
    );
    await bench.client.send(new PutBucketPolicyCommand({ Bucket: 'rights', Policy }));
  }
}, 240_000);
afterAll(() => bench?.stop());

const as = (user: keyof typeof credentials): Environment => ({
  ...environment,
  BACKUP_S3_CREDENTIALS_FILE: credentials[user],
  BACKUP_S3_READER_CREDENTIALS_FILE: credentials[user],
  BACKUP_S3_DELETER_CREDENTIALS_FILE: credentials[user],
});
const together = (): Environment => ({
  ...environment,
  BACKUP_S3_CREDENTIALS_FILE: credentials.backup,
  BACKUP_S3_READER_CREDENTIALS_FILE: credentials.reader,
  BACKUP_S3_DELETER_CREDENTIALS_FILE: credentials.deleter,
});

describe('the shipped policies', () => {
  it('say the same to each user in the one policy of a bucket that Ceph takes, and there also that it opens nothing to all', () => {
    const inBucket = (JSON.parse(shipped('backup/policies/ceph-bucket.json')) as Policy).Statement;
    const ofUsers = (['backup', 'reader', 'deleter'] as const).flatMap((name) =>
      (JSON.parse(shipped(`backup/policies/${name}.json`)) as Policy).Statement.map((statement) => ({
        ...statement,
        Principal: { AWS: [`arn:aws:iam:::user/${name.toUpperCase()}_USER`] },
      })),
    );
    const plain = ({ Sid: _, Action, ...statement }: Statement) => ({
      ...statement,
      Action: Action.filter((action) => !/Acl$/.test(action)),
    });
    expect(inBucket.map(plain)).toEqual(ofUsers.map(plain));
  });

  it('are enough for everything, each for its part', async () => {
    const database = await bench.newDatabase();
    expect(await bench.run(together(), 'backup', '--prune', database)).toMatchObject({
      code: 0,
      stderr: expect.not.stringMatching(/WARNING/),
    });
    expect(await bench.run(together(), 'drill', '--database', database)).toMatchObject({ code: 0 });
    expect(await bench.run(together(), 'restore', '--database', database, '--into', 'by_rights')).toMatchObject({ code: 0 });
    expect((await bench.run(together(), 'list')).stdout).toMatch(/verified, drilled/);
    expect(await bench.run(together(), 'prune', '--database', database)).toMatchObject({ code: 0 });
  }, 120_000);

  it('do not let whoever holds the key of the backups read or delete one, nor write elsewhere', async () => {
    const database = await bench.newDatabase();
    expect(await bench.run(as('backup'), 'backup', '--no-verify', database)).toMatchObject({ code: 0 });
    expect(await bench.run(as('backup'), 'verify', '--database', database)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/does not allow the user of \S+ to read/),
    });
    const folder = (await bench.keys(environment)).find((key) => key.startsWith(`main/${database}/2`))!.replace(/[^/]+$/, '');
    await bench.client.send(
      new PutObjectCommand({ Bucket: 'rights', Key: folder.replace(/[^/]+\/$/, '20200101T000000Z-0badcafe/dump'), Body: 'x' }),
    );
    expect(await bench.run({ ...as('backup'), BACKUP_S3_PREFIX: 'other' }, 'backup', '--no-verify', database)).toMatchObject({ code: 1 });
    for (const user of ['reader', 'deleter'] as const) expect(await bench.run(as(user), 'backup', database)).toMatchObject({ code: 1 });

    const ours = `${folder}dump`;
    const globals = `${folder}globals.sql`;
    const may = async (user: keyof typeof credentials, command: 'read' | 'delete' | 'open to all', Key: string) => {
      const request = { Bucket: 'rights', Key };
      const client = new S3Client({ endpoint: bench.s3.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: keys[user] });
      const sent =
        command === 'read'
          ? client.send(new GetObjectCommand(request)).then(({ Body }) => Body?.transformToByteArray())
          : command === 'delete'
            ? client.send(new DeleteObjectCommand(request))
            : client.send(new PutObjectAclCommand({ ...request, ACL: 'public-read' }));
      const outcome = await sent.then(
        () => 'yes',
        (error: Error) => error.name,
      );
      client.destroy();
      return outcome;
    };
    for (const key of [ours, globals]) {
      for (const command of ['read', 'delete', 'open to all'] as const) expect(await may('backup', command, key), command).not.toBe('yes');
      expect(await may('reader', 'read', key)).toBe('yes');
      expect(await may('reader', 'delete', key)).toBe('AccessDenied');
      expect(await may('deleter', 'read', key)).toBe('AccessDenied');
      expect(await may('deleter', 'delete', key)).toBe('yes');
    }
    const anonymous = await fetch(`${bench.s3.endpoint}/rights/${folder}manifest.json`);
    expect(anonymous.status).toBe(403);
  }, 120_000);
});

describe('the role of backup/role.sql', () => {
  it('backs up a database with policies and roles, and can change nothing', async () => {
    const database = await bench.newDatabase(
      'with_policies',
      `
      create role somebody login password 'x'; create schema private authorization somebody; set role somebody;
      create table private.t (id int, tenant text); insert into private.t select i, 'a' from generate_series(1, 100) i;
      alter table private.t enable row level security; alter table private.t force row level security; create policy none on private.t using (false)`,
    );
    const script = await readFile(new URL('../../backup/role.sql', import.meta.url), 'utf8');
    await bench.sql('postgres', script);
    await bench.sql('postgres', script);
    await bench.sql('postgres', `alter role backup password 'only-reads'`);
    const role = {
      ...(await bench.newBucket()),
      PGUSER: 'backup',
      PGPASSFILE: await bench.secretFile('role', '127.0.0.1:*:*:backup:only-reads\n'),
    };
    expect(await bench.run(role, 'backup', database)).toMatchObject({ code: 0 });
    const { stdout, code } = await bench.run(role, 'drill', '--database', database);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, rows: 100 });
    const refused = await bench.run(role, 'restore', '--database', database, '--into', 'never');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/permission denied/) });
  }, 120_000);

  it('that lacks a right fails with what is missing, rather than leaving something out', async () => {
    const database = await bench.newDatabase('half_readable', 'create table secret (id int); insert into secret values (1)');
    await bench.sql('postgres', `create role weak login password 'weak-1'`);
    const role = { ...(await bench.newBucket()), PGUSER: 'weak', PGPASSFILE: await bench.secretFile('weak', '*:*:*:weak:weak-1\n') };
    expect(await bench.run(role, 'backup', database)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/permission denied.*Grant the role pg_read_all_data, or set BACKUP_ROLE_PASSWORDS=no/s),
    });
    expect(await bench.run({ ...role, BACKUP_ROLE_PASSWORDS: 'no' }, 'backup', database)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/secret/),
    });
    expect((await bench.keys(role)).filter((key) => !key.includes('/state/'))).toEqual([]);
  });
});
