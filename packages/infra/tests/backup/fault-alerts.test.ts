import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { preparePooler, startPooler } from '../../../lab/src/servers/pgbouncer.ts';
import { poolerVersions } from '../../../lab/src/servers/pooler-versions.ts';
import { newerPostgres, postgresPrograms, startPostgres } from '../../../lab/src/servers/postgresql.ts';
import type { Manifest } from '../../backup/src/manifest.ts';
import { exitCodes, type Outcome } from '../../backup/src/problem.ts';
import { backupFolder, backupName, manifestFile } from '../../backup/src/storage/layout.ts';
import { backupAlerts, wrongAlerts } from './support/alerts.ts';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import { type Fault as ProxyFault, type FaultProxy, type Request, startFaultProxy } from './support/fault-proxy.ts';
import { dyingAfter, pgDumpThat } from './support/pg-dump-that.ts';
import { never, startService, valueOf } from './support/service.ts';
import { smallDisk } from './support/small-disk.ts';
import './support/patience.ts';

// Each fault is met twice: by a run of its own, for the exit code, and by `serve`, for the metrics. What the shipped alerts make of those metrics is
// asked of the real promtool: the alerts that are named fire, and no other.

/** What a fault finds: a bucket behind the proxy, with one good backup in it that was read back. */
interface Given {
  readonly environment: Environment;
  readonly good: string;
  /** Afterwards, whatever comes. */
  later(action: () => Promise<unknown>): void;
}

interface Fault {
  readonly name: string;
  /** Makes it happen, and gives what has to be set to meet it. */
  readonly arrange: (given: Given) => Promise<Environment | void> | Environment | void;
  /** What meets it; a backup where nothing is said. */
  readonly command?: readonly string[];
  readonly ends: Outcome;
  /** What `serve` does meanwhile. */
  readonly serve?: 'backups' | 'drills' | 'nothing but look';
  readonly metrics: Readonly<Record<string, number | ((value: number) => boolean)>>;
  readonly alerts: readonly string[];
  /** Whether the good backup is what is hurt. */
  readonly hurtsGood?: true;
}

let bench: Bench;
let proxy: FaultProxy;
/** Large enough for several parts of an upload: 26 MB that are not compressed. */
const database = 'app';
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  bench = await openBench();
  proxy = await startFaultProxy(bench.s3.endpoint);
  await bench.newDatabase(
    database,
    `create table t (id int, v text); insert into t select i, repeat(md5(i::text), 10) from generate_series(1, 80000) i`,
  );
}, 240_000);
afterEach(async () => {
  proxy?.fail(undefined);
  proxy?.age(0);
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(async () => {
  await proxy?.stop();
  await bench?.stop();
});

async function given(): Promise<Given> {
  const own = await bench.newBucket();
  const environment = {
    ...own,
    BACKUP_S3_ENDPOINT: proxy.endpoint,
    BACKUP_S3_TIMEOUT: '2',
    BACKUP_S3_ATTEMPTS: '3',
    BACKUP_COMPRESSION: 'none',
    BACKUP_ROW_COUNTS: 'no',
  };
  const { stdout, code, stderr } = await bench.run(environment, 'backup', database);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return { environment, good: stdout.trim(), later: (action) => void cleanups.push(action) };
}

const put = (method: string, part: RegExp, fault: ProxyFault) =>
  proxy.fail((request: Request) => (request.method === method && part.test(request.url) ? fault : undefined));
const denied = { status: 403, code: 'AccessDenied' } as const;
const keyOf = async (environment: Environment, end: string) => (await bench.keys(environment)).find((key) => key.endsWith(end))!;
const bytesOf = async ({ BACKUP_S3_BUCKET }: Environment, Key: string) =>
  (await bench.client.send(new GetObjectCommand({ Bucket: BACKUP_S3_BUCKET, Key }))).Body!.transformToByteArray();

/** One byte in the middle of the dump is another. */
async function changeByte(environment: Environment, name: string): Promise<void> {
  const Key = await keyOf(environment, `${name}/dump`);
  const bytes = await bytesOf(environment, Key);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  await bench.client.send(new PutObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key, Body: bytes }));
}

/** The same backup once more, as one that was made so many days ago. */
async function copyFrom(environment: Environment, good: string, daysAgo: number): Promise<string> {
  const Bucket = environment.BACKUP_S3_BUCKET!;
  const name = backupName(new Date(Date.now() - daysAgo * 86_400_000));
  for (const file of ['dump', 'globals.sql']) {
    const CopySource = `${Bucket}/${await keyOf(environment, `${good}/${file}`)}`;
    await bench.client.send(new CopyObjectCommand({ Bucket, Key: `${backupFolder('main', database, name)}${file}`, CopySource }));
  }
  const manifest = JSON.parse(
    Buffer.from(await bytesOf(environment, await keyOf(environment, `${good}/${manifestFile}`))).toString(),
  ) as Manifest;
  const Body = JSON.stringify({ ...manifest, name });
  await bench.client.send(new PutObjectCommand({ Bucket, Key: `${backupFolder('main', database, name)}${manifestFile}`, Body }));
  return name;
}

const failed = { pgbackup_last_run_failed: 1, pgbackup_backups: 1, pgbackup_newest_verified: 1 };
/** A run and `serve` have each made one at least beside the good one. */
const wentWell = {
  pgbackup_last_run_failed: 0,
  pgbackup_backups: (count: number) => count >= 3,
  pgbackup_newest_verified: 1,
  pgbackup_last_verification_failed: 0,
  pgbackup_last_retention_failed: 0,
  pgbackup_storage_up: 1,
};
const away = { pgbackup_last_run_failed: 1, pgbackup_storage_up: 0 };

const faults: readonly Fault[] = [
  ...[1, 50, 99].map((percent): Fault => ({
    name: `a dump that dies at ${percent} percent`,
    arrange: async ({ environment, good }) => {
      const { length } = await bytesOf(environment, await keyOf(environment, `${good}/dump`));
      return { BACKUP_PG_BIN: await pgDumpThat(bench, environment, `dying-${percent}`, dyingAfter(Math.floor((length * percent) / 100))) };
    },
    ends: 'failed',
    metrics: failed,
    alerts: ['BackupFailed'],
  })),
  {
    name: 'a connection that PostgreSQL ends in the middle of a dump',
    arrange: () =>
      proxy.fail(({ method, url }) => {
        if (method === 'PUT' && /\/dump\?partNumber=2/.test(url))
          void bench.sql('postgres', `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pg-backup'`);
        return undefined;
      }),
    ends: 'failed',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  { name: 'PostgreSQL that is away', arrange: () => ({ PGPORT: '1' }), ends: 'failed', metrics: failed, alerts: ['BackupFailed'] },
  {
    name: 'a password that PostgreSQL does not take',
    arrange: async () => ({ PGPASSFILE: await bench.secretFile('wrong', '*:*:*:*:wrong\n') }),
    ends: 'failed',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  {
    name: 'a server that is newer than the client',
    arrange: async ({ later }) => {
      const newer = await startPostgres(bench.folder, await postgresPrograms(newerPostgres, bench.folder), 'newer');
      later(() => newer.stop());
      const maintenance = await newer.connect('postgres');
      await maintenance.query(`create database ${database}`).finally(() => maintenance.end());
      return { PGPORT: String(newer.port), PGPASSFILE: await bench.secretFile('newer', `127.0.0.1:*:*:*:${newer.password}\n`) };
    },
    ends: 'refused',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  {
    name: 'a pooler in the place of PostgreSQL',
    arrange: async ({ later }) => {
      const prepared = await preparePooler(bench.folder, poolerVersions.at(-1)!);
      const pooler = await startPooler(bench.folder, 'pooler', prepared, bench.postgres, database, { pool_mode: 'transaction' });
      later(() => pooler.stop());
      return { PGPORT: String(pooler.port) };
    },
    ends: 'refused',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  {
    name: 'S3 that refuses connections',
    arrange: () => proxy.fail(() => 'refuse'),
    ends: 'failed',
    metrics: away,
    alerts: ['BackupFailed', 'BackupStorageUnreachable'],
  },
  {
    name: 'S3 that never answers',
    arrange: () => proxy.fail(() => 'hang'),
    ends: 'failed',
    metrics: away,
    alerts: ['BackupFailed', 'BackupStorageUnreachable'],
  },
  {
    name: 'S3 that stops answering in the middle of an upload',
    arrange: () => put('PUT', /\/dump\?partNumber=[23]/, 'hang'),
    ends: 'failed',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  {
    name: 'S3 that answers 500 for a while',
    arrange: () => {
      let requests = 0;
      proxy.fail(() => (++requests % 3 === 0 ? { status: 500, code: 'InternalError' } : undefined));
    },
    ends: 'done',
    metrics: wentWell,
    alerts: [],
  },
  {
    name: 'S3 that answers 503 to every part',
    arrange: () => put('PUT', /partNumber=/, { status: 503, code: 'SlowDown' }),
    ends: 'failed',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  {
    name: 'S3 whose answer to the manifest is lost',
    arrange: () => {
      const lost = new Set<string>();
      proxy.fail(({ method, url }) => {
        if (method !== 'PUT' || !url.includes(manifestFile) || lost.has(url)) return undefined;
        lost.add(url);
        return 'lose the answer';
      });
    },
    ends: 'done',
    metrics: wentWell,
    alerts: [],
  },
  {
    name: 'S3 that rejects the manifest',
    arrange: () => put('PUT', /manifest\.json/, denied),
    ends: 'failed',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  {
    name: 'S3 that takes no outcomes',
    arrange: () => put('PUT', /\/state\//, denied),
    ends: 'failed',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  {
    name: 'S3 whose answers break off now and then',
    arrange: () => {
      let reads = 0;
      proxy.fail(({ method, url }) =>
        method === 'GET' && /\/dump\?/.test(url) && ++reads % 2 === 1 ? { cut: 3_000_000, honest: true } : undefined,
      );
    },
    ends: 'done',
    metrics: wentWell,
    alerts: [],
  },
  {
    name: 'S3 that gives a part for the whole',
    arrange: () => put('GET', /\/dump\?/, { cut: 1_000_000, honest: false }),
    ends: 'damaged',
    metrics: { pgbackup_last_run_failed: 0, pgbackup_last_verification_failed: 1, pgbackup_newest_verified: 0 },
    alerts: ['BackupDamaged'],
  },
  {
    name: 'S3 that lets nobody read',
    arrange: () => put('GET', /\/dump\?/, denied),
    ends: 'failed',
    metrics: { pgbackup_last_run_failed: 0, pgbackup_last_verification_failed: 1, pgbackup_damaged_backups: 0 },
    alerts: ['BackupDamaged'],
  },
  {
    name: 'a key that S3 does not know',
    arrange: async () => ({ BACKUP_S3_CREDENTIALS_FILE: await bench.credentialsFile('wrong', 'nobody-knows-me', bench.s3.secretKey) }),
    ends: 'failed',
    metrics: away,
    alerts: ['BackupFailed', 'BackupStorageUnreachable'],
  },
  {
    name: 'a secret that is not that of the key',
    arrange: async () => ({ BACKUP_S3_CREDENTIALS_FILE: await bench.credentialsFile('wrong', bench.s3.accessKey, 'wrong/secret+key') }),
    ends: 'failed',
    metrics: away,
    alerts: ['BackupFailed', 'BackupStorageUnreachable'],
  },
  {
    name: 'a bucket that is not there',
    arrange: () => ({ BACKUP_S3_BUCKET: 'not-there' }),
    ends: 'missing',
    metrics: away,
    alerts: ['BackupFailed', 'BackupStorageUnreachable'],
  },
  {
    name: 'a full disk under a dump in directory format',
    arrange: async ({ later }) => {
      const disk = await smallDisk(bench, 'full-for-alerts', 16_000_000);
      later(() => disk.stop());
      return { ...disk.settings, BACKUP_FORMAT: 'directory' };
    },
    ends: 'failed',
    metrics: failed,
    alerts: ['BackupFailed'],
  },
  {
    name: 'another run that holds the lock',
    arrange: async ({ later }) => {
      const holder = await bench.postgres.connect(database);
      await holder.query(`select pg_advisory_lock(hashtextextended('pg-backup:main', 0))`);
      later(() => holder.end());
    },
    ends: 'locked',
    metrics: { pgbackup_last_run_failed: 0, pgbackup_lock_refused: 1 },
    alerts: ['BackupLockHeld'],
  },
  ...[10, -10].map((years): Fault => ({
    name: `a clock that is wrong by ${years} years`,
    arrange: async () => {
      const shim = await bench.secretFile(
        'clock',
        `const real = Date.now; const shift = ${years * 365} * 86400000; const Real = Date;
         globalThis.Date = class extends Real { constructor(...a) { a.length ? super(...a) : super(real() + shift); } static now() { return real() + shift; } };`,
      );
      return { NODE_ARGS: `--require ${shim}` };
    },
    ends: 'done',
    metrics: wentWell,
    alerts: [],
  })),
  {
    name: 'a database that has lost most of its rows',
    arrange: async ({ later }) => {
      await bench.sql(database, 'delete from t where id > 20000');
      await bench.sql(database, 'vacuum full t');
      later(() => bench.sql(database, 'insert into t select i, repeat(md5(i::text), 10) from generate_series(20001, 80000) i'));
      return { BACKUP_SCHEDULE: never };
    },
    ends: 'done',
    metrics: { pgbackup_last_run_failed: 0, pgbackup_backups: 2, pgbackup_newest_verified: 1 },
    alerts: ['BackupShrunk'],
  },
  {
    name: 'a byte of a stored dump that changed, for verify',
    arrange: ({ environment, good }) => changeByte(environment, good),
    command: ['verify', '--database', database],
    ends: 'damaged',
    serve: 'nothing but look',
    metrics: { pgbackup_damaged_backups: 1, pgbackup_last_verification_failed: 1 },
    alerts: ['BackupDamaged'],
    hurtsGood: true,
  },
  {
    name: 'a byte of a stored dump that changed, for a drill',
    arrange: ({ environment, good }) => changeByte(environment, good),
    command: ['drill', '--database', database],
    ends: 'damaged',
    serve: 'drills',
    metrics: { pgbackup_last_drill_failed: 1 },
    alerts: ['BackupDrillFailed'],
    hurtsGood: true,
  },
  {
    name: 'a manifest whose dump is gone',
    arrange: async ({ environment, good }) => {
      const Key = await keyOf(environment, `${good}/dump`);
      await bench.client.send(new DeleteObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key }));
    },
    command: ['verify', '--database', database],
    ends: 'damaged',
    serve: 'nothing but look',
    metrics: { pgbackup_damaged_backups: 1, pgbackup_last_verification_failed: 1 },
    alerts: ['BackupDamaged'],
    hurtsGood: true,
  },
  {
    name: 'the only manifest that is gone',
    arrange: async ({ environment, good }) => {
      const Key = await keyOf(environment, `${good}/${manifestFile}`);
      await bench.client.send(new DeleteObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key }));
      return { PGPORT: '1' };
    },
    command: ['verify', '--database', database],
    ends: 'missing',
    metrics: { pgbackup_backups: 0, pgbackup_last_success_timestamp_seconds: 0, pgbackup_last_run_failed: 1 },
    alerts: ['BackupFailed', 'BackupMissing'],
    hurtsGood: true,
  },
  {
    name: 'the newest manifest that is gone, with an older backup below it',
    arrange: async ({ environment }) => {
      const newer = await bench.run(environment, 'backup', database);
      const Key = await keyOf(environment, `${newer.stdout.trim()}/${manifestFile}`);
      await bench.client.send(new DeleteObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key }));
    },
    command: ['verify', '--database', database],
    ends: 'done',
    serve: 'nothing but look',
    metrics: { pgbackup_backups: 1, pgbackup_newest_verified: 1 },
    alerts: [],
  },
  {
    name: 'a newest backup that is two days old',
    arrange: () => proxy.age(2),
    command: ['list'],
    ends: 'done',
    serve: 'nothing but look',
    metrics: { pgbackup_backups: 1, pgbackup_last_success_timestamp_seconds: (time) => time < Date.now() / 1000 - 86_400 },
    alerts: ['BackupStale'],
  },
  {
    name: 'a backup that nobody reads back',
    arrange: ({ environment }) => bench.run(environment, 'backup', '--no-verify', database).then(() => undefined),
    command: ['list'],
    ends: 'done',
    serve: 'nothing but look',
    metrics: { pgbackup_newest_verified: 0, pgbackup_last_verification_failed: 0 },
    alerts: ['BackupUnverified'],
  },
  {
    name: 'nine days without a drill',
    arrange: ({ environment, good }) => copyFrom(environment, good, 9).then(() => undefined),
    command: ['list'],
    ends: 'done',
    serve: 'nothing but look',
    metrics: { pgbackup_backups: 2, pgbackup_last_drill_success_timestamp_seconds: 0 },
    alerts: ['BackupDrillOverdue'],
  },
  {
    name: 'a disk that fills up during a drill',
    arrange: async ({ later }) => {
      const disk = await smallDisk(bench, 'full-drill', 80_000_000);
      later(() => disk.stop());
      return disk.settings;
    },
    command: ['drill', '--database', database],
    ends: 'failed',
    serve: 'drills',
    metrics: { pgbackup_last_drill_failed: 1 },
    alerts: ['BackupDrillFailed'],
  },
  {
    name: 'a key of another team, for a drill of an encrypted backup',
    arrange: async ({ environment }) => {
      const [ours, theirs] = [await generateX25519Identity(), await generateX25519Identity()];
      const recipients = await bench.secretFile('recipients', `${await identityToRecipient(ours)}\n`);
      expect(await bench.run({ ...environment, BACKUP_AGE_RECIPIENTS_FILE: recipients }, 'backup', database)).toMatchObject({ code: 0 });
      return { BACKUP_AGE_IDENTITIES_FILE: await bench.secretFile('identities', `${theirs}\n`) };
    },
    command: ['drill', '--database', database],
    ends: 'failed',
    serve: 'drills',
    metrics: { pgbackup_last_drill_failed: 1 },
    alerts: ['BackupDrillFailed'],
  },
  {
    name: 'a deleter whom S3 does not know',
    arrange: async () => ({ BACKUP_S3_DELETER_CREDENTIALS_FILE: await bench.credentialsFile('deleter', 'nobody', 'nothing-at-all') }),
    command: ['prune', '--database', database],
    ends: 'failed',
    metrics: { ...wentWell, pgbackup_backups: (count) => count >= 2, pgbackup_last_retention_failed: 1 },
    alerts: ['BackupRetentionStuck'],
  },
  {
    name: 'nothing but old and damaged backups',
    arrange: async ({ environment, good }) => {
      for (const days of [41, 40]) {
        const name = await copyFrom(environment, good, days);
        await changeByte(environment, name);
        expect(await bench.run(environment, 'verify', name, '--database', database)).toMatchObject({ code: exitCodes.damaged.code });
      }
      for (const key of (await bench.keys(environment)).filter((name) => name.includes(`/${good}/`)))
        await bench.client.send(new DeleteObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key: key }));
      proxy.age(40);
    },
    command: ['prune', '--database', database],
    ends: 'refused',
    serve: 'nothing but look',
    metrics: { pgbackup_last_retention_failed: 1, pgbackup_damaged_backups: 2 },
    alerts: ['BackupDamaged', 'BackupDrillOverdue', 'BackupRetentionStuck', 'BackupStale'],
    hurtsGood: true,
  },
];

const often = '*/2 * * * * *';
const schedules: Readonly<Record<NonNullable<Fault['serve']>, Environment>> = {
  backups: { BACKUP_SCHEDULE: often, BACKUP_DRILL_SCHEDULE: never },
  drills: { BACKUP_SCHEDULE: never, BACKUP_DRILL_SCHEDULE: often },
  'nothing but look': { BACKUP_SCHEDULE: never, BACKUP_DRILL_SCHEDULE: never },
};

/** What `/metrics` answers, once it shows all of this at the same time. */
async function metricsThatShow(environment: Environment, wanted: Fault['metrics']): Promise<string> {
  const service = await startService(bench, environment, database);
  cleanups.push(() => service.kill());
  let shown = '';
  const differing = async () => {
    shown = await service.text();
    return Object.entries(wanted).flatMap(([name, value]) => {
      const is = valueOf(shown, name);
      return is !== undefined && (typeof value === 'number' ? is === value : value(is)) ? [] : [`${name} is ${is}`];
    });
  };
  await expect.poll(differing, { timeout: 60_000 }).toEqual([]);
  return shown;
}

describe('the exit code, the metrics and the alerts of', () => {
  it.each(faults)('$name', async ({ arrange, command = ['backup', database], ends, serve = 'backups', metrics, alerts, hurtsGood }) => {
    const before = await given();
    const environment = { ...before.environment, ...schedules[serve], ...(await arrange(before)) };
    const ended = await bench.run(environment, ...command);
    expect(ended, ended.stderr).toMatchObject({ code: exitCodes[ends].code });

    const shown = await metricsThatShow(environment, metrics);
    expect(await wrongAlerts(bench.folder, shown, alerts, database)).toBe('');

    if (hurtsGood) return;
    proxy.fail(undefined);
    proxy.age(0);
    const list = await bench.run(before.environment, 'list', '--database', database, '--json');
    const entries = list.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; complete: boolean });
    expect(entries, 'the good backup').toContainEqual(expect.objectContaining({ name: before.good, complete: true }));
  });

  it('a run that is killed, whose remains the next one clears away', async () => {
    const { environment, good } = await given();
    put('PUT', /\/dump\?partNumber=2/, 'hang');
    const { child, ended } = await bench.start({ ...environment, BACKUP_S3_TIMEOUT: '60' }, 'backup', database);
    await expect.poll(() => proxy.seen.some(({ url }) => url.includes('partNumber=2'))).toBe(true);
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    proxy.fail(undefined);
    const shown = await metricsThatShow(
      { ...environment, ...schedules.backups },
      { ...wentWell, pgbackup_backups: (count) => count >= 2, pgbackup_running_since_timestamp_seconds: 0, pgbackup_leftovers: 0 },
    );
    expect(await wrongAlerts(bench.folder, shown, [], database)).toBe('');
    const names = (await bench.run(environment, 'list', '--database', database, '--json')).stdout;
    expect(names).toMatch(`"name":"${good}"`);
  });

  it('a service that is killed and stays away', async () => {
    const { environment } = await given();
    const service = await startService(bench, { ...environment, ...schedules['nothing but look'] }, database);
    await service.kill();
    expect(await service.text()).toBe('');
    expect(await wrongAlerts(bench.folder, '', ['BackupExporterDown'], database)).toBe('');
  });

  it('S3 that goes away while the service runs: the backups that were seen there are not told as missing', async () => {
    const { environment } = await given();
    const service = await startService(bench, { ...environment, ...schedules.backups }, database);
    cleanups.push(() => service.kill());
    await expect.poll(() => service.metric('pgbackup_backups'), { timeout: 40_000 }).toBeGreaterThan(1);
    proxy.fail(() => 'refuse');
    await expect.poll(() => service.metric('pgbackup_storage_up'), { timeout: 40_000 }).toBe(0);
    await expect.poll(() => service.metric('pgbackup_last_run_failed'), { timeout: 40_000 }).toBe(1);
    const shown = await service.text();
    expect(valueOf(shown, 'pgbackup_last_success_timestamp_seconds')).toBeGreaterThan(0);
    // It may have gone between a backup and its verification.
    const unverified = valueOf(shown, 'pgbackup_newest_verified') === 0 ? ['BackupUnverified'] : [];
    expect(await wrongAlerts(bench.folder, shown, ['BackupFailed', 'BackupStorageUnreachable', ...unverified], database)).toBe('');
    proxy.fail(undefined);
    await expect.poll(() => service.metric('pgbackup_last_run_failed'), { timeout: 40_000 }).toBe(0);
    expect(await service.metric('pgbackup_storage_up')).toBe(1);
  });

  it('all of these together: every alert is caused by one of them', () => {
    const caused = new Set([...faults.flatMap(({ alerts }) => alerts), 'BackupExporterDown']);
    expect([...backupAlerts.keys()].filter((name) => !caused.has(name))).toEqual([]);
  });
});
