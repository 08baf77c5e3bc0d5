import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCeph } from '../../../lab/src/servers/ceph.ts';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import { dyingAfter, pgDumpThat } from './support/pg-dump-that.ts';
import './support/patience.ts';

// The whole suite runs against one S3 server, which is MinIO where Go is; what depends on the server most runs against Ceph's gateway everywhere.

let bench: Bench;

beforeAll(async () => {
  bench = await openBench({ startS3: startCeph });
  console.log(`The other S3 server of this run: ${bench.s3.product}.`);
}, 240_000);
afterAll(() => bench?.stop());

const rows = `create table t (id int, v text); insert into t select i, repeat(md5(i::text), 10) from generate_series(1, 60000) i`;

describe("Ceph's gateway", () => {
  it('keeps a backup in parts, gives it back, and lets it be restored and removed', async () => {
    const environment = { ...(await bench.newBucket()), BACKUP_COMPRESSION: 'none' };
    const database = await bench.newDatabase('on_ceph', rows);
    expect(await bench.run(environment, 'backup', '--prune', database)).toMatchObject({ code: 0 });
    expect(await bench.run(environment, 'restore', '--database', database, '--into', 'from_ceph')).toMatchObject({ code: 0 });
    const sum = 'select count(*)::int, md5(string_agg(t::text, null order by id)) from t';
    expect(await bench.sql('from_ceph', sum)).toEqual(await bench.sql(database, sum));
    expect((await bench.run(environment, 'list')).stdout).toMatch(/\tverified$/m);
    expect(await bench.run(environment, 'prune', '--database', database)).toMatchObject({ code: 0 });
  }, 120_000);

  it('keeps nothing of a dump that dies', async () => {
    const environment: Environment = { ...(await bench.newBucket()), BACKUP_COMPRESSION: 'none' };
    const database = await bench.newDatabase('dies_on_ceph', rows);
    const folder = await pgDumpThat(bench, environment, 'dying', dyingAfter(12_000_000));
    expect(await bench.run({ ...environment, BACKUP_PG_BIN: folder }, 'backup', database)).toMatchObject({ code: 1 });
    expect((await bench.keys(environment)).filter((key) => !key.includes('/state/'))).toEqual([]);
    expect(await bench.unfinished(environment)).toBe(0);
  }, 120_000);

  it('tells a wrong key from a bucket that is not there', async () => {
    const environment = await bench.newBucket();
    const wrong = { ...environment, BACKUP_S3_CREDENTIALS_FILE: await bench.credentialsFile('wrong', bench.s3.accessKey, 'wrong') };
    expect(await bench.run(wrong, 'list')).toMatchObject({ code: 1, stderr: expect.stringMatching(/refuses the secret key/) });
    expect(await bench.run({ ...environment, BACKUP_S3_BUCKET: 'not-there' }, 'list')).toMatchObject({ code: 6 });
  });
});
