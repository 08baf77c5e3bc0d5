import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { databaseMetrics } from '../../backup/src/metrics.ts';
import { backups } from '../../src/dashboards/backups.ts';
import { type AlertingChain, startChain } from '../support/monitoring/chain.ts';
import { shipped } from '../support/shipped.ts';
import { type Bench, type Environment, openBench, type Running } from './support/bench.ts';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts';
import { type Service, startService } from './support/service.ts';
import './support/patience.ts';

let bench: Bench;
let proxy: FaultProxy;
let database: string;
let running: Running | undefined;

beforeAll(async () => {
  bench = await openBench();
  proxy = await startFaultProxy(bench.s3.endpoint);
  database = await bench.newDatabase('app');
}, 120_000);
afterEach(async () => {
  proxy?.fail(undefined);
  running?.child.kill('SIGKILL');
  await running?.ended;
});
afterAll(async () => {
  await proxy?.stop();
  await bench?.stop();
});

async function serve(environment: Environment): Promise<Service> {
  const service = await startService(bench, environment, database);
  running = service.running;
  return service;
}

const patient = { timeout: 40_000 };

describe('serve', () => {
  it('makes the backup that is missing at once, reads it back, and shows it', async () => {
    const service = await serve(await bench.newBucket());
    await expect.poll(() => service.metric('pgbackup_newest_verified'), patient).toBe(1);
    await expect.poll(() => service.metric('pgbackup_last_retention_timestamp_seconds'), patient).toBeGreaterThan(0);
    expect(await service.metric('pgbackup_backups')).toBe(1);
    expect(await service.metric('pgbackup_last_run_failed')).toBe(0);
    expect(await service.metric('pgbackup_last_success_rows')).toBe(1000);
    expect(await service.metric('pgbackup_last_success_bytes')).toBeGreaterThan(1000);
    expect(Math.abs((await service.metric('pgbackup_last_success_timestamp_seconds'))! - Date.now() / 1000)).toBeLessThan(120);
    expect(await service.metric('pgbackup_next_run_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000);
    expect(await service.metric('pgbackup_storage_up')).toBe(1);
  });

  it('knows everything again after a restart, and makes no backup that is not due', async () => {
    const environment = await bench.newBucket();
    const failed = await bench.run({ ...environment, PGPORT: '1' }, 'backup', database);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/Nothing answers at 127\.0\.0\.1:1/) });
    expect(await bench.run(environment, 'backup', database)).toMatchObject({ code: 0 });
    expect(await bench.run(environment, 'drill', '--database', database)).toMatchObject({ code: 0 });
    expect(await bench.run({ ...environment, PGPORT: '1' }, 'backup', database)).toMatchObject({ code: 1 });

    const service = await serve(environment);
    await expect.poll(() => service.metric('pgbackup_backups'), patient).toBe(1);
    expect(await service.metric('pgbackup_last_run_failed'), 'the run before the restart').toBe(1);
    expect(await service.metric('pgbackup_last_drill_failed')).toBe(0);
    expect(await service.metric('pgbackup_rto_seconds')).toBeGreaterThan(0);
    expect(await service.metric('pgbackup_rpo_seconds')).toBeGreaterThan(0);
    expect((await bench.run(environment, 'list', '--json')).stdout.trim().split('\n')).toHaveLength(1);
  });

  it('makes backups and drills when the schedule says so', async () => {
    // Six fields: every second of every minute would be too often, so every five.
    const service = await serve({ ...(await bench.newBucket()), BACKUP_SCHEDULE: '*/5 * * * * *', BACKUP_DRILL_SCHEDULE: '*/7 * * * * *' });
    await expect.poll(() => service.metric('pgbackup_backups'), patient).toBeGreaterThan(1);
    await expect.poll(() => service.metric('pgbackup_last_drill_success_timestamp_seconds'), patient).toBeGreaterThan(0);
  });

  it('stops when it is told to, gives up what is under way, and ends well', async () => {
    const environment = await bench.newBucket();
    let reached: () => void = () => undefined;
    const dumping = new Promise<void>((resolve) => (reached = resolve));
    proxy.fail(({ method, url }) => {
      if (method !== 'PUT' || !url.includes('/dump')) return undefined;
      reached();
      return 'hang';
    });
    await serve({ ...environment, BACKUP_S3_ENDPOINT: proxy.endpoint });
    await dumping;
    running!.child.kill('SIGTERM');
    expect(await running!.ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/STOPPED Stopped by SIGTERM/) });
    expect((await bench.keys(environment)).filter((key) => !key.includes('/state/'))).toEqual([]);
  });

  it('answers on no other path and to no other method, and refuses a port that is taken', async () => {
    const service = await serve(await bench.newBucket());
    expect((await fetch(`http://${service.address}/`)).status).toBe(404);
    expect((await fetch(`http://${service.address}/metrics`, { method: 'POST' })).status).toBe(405);
    const second = await bench.run({ ...(await bench.newBucket()), BACKUP_LISTEN: service.address, BACKUP_DATABASES: database }, 'serve');
    expect(second).toMatchObject({ code: 2, stderr: expect.stringMatching(/EADDRINUSE.*Change BACKUP_LISTEN/) });
  });

  it('shows no secret in its metrics, its log and what it stores', async () => {
    const environment = await bench.newBucket();
    const bad = { ...environment, PGPASSFILE: await bench.secretFile('bad', '127.0.0.1:*:*:*:hunter2-is-wrong\n') };
    const service = await serve(bad);
    await expect.poll(() => service.metric('pgbackup_last_run_failed'), patient).toBe(1);
    running!.child.kill('SIGTERM');
    const { stderr } = await running!.ended;
    expect(stderr).toMatch(/FAILED .* refuses the password of postgres: look at the file in PGPASSFILE/);
    for (const secret of ['hunter2-is-wrong', bench.s3.secretKey, bench.postgres.password])
      expect(stderr + (await service.text())).not.toContain(secret);
  });
});

describe('the alerts and the dashboard', () => {
  it('use the metrics that there are', async () => {
    const service = await serve(await bench.newBucket());
    await expect.poll(() => service.metric('pgbackup_newest_verified'), patient).toBe(1);
    const given = new Set((await service.text()).split('\n').flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []));
    const { groups } = parse(shipped('monitoring/backup.rules.yml')) as { groups: { rules: { expr: string }[] }[] };
    const expressions = [...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)), JSON.stringify(backups)];
    const used = new Set(expressions.flatMap((expr) => expr.match(/\bpgbackup_\w+/g) ?? []));
    expect([...used].filter((name) => !given.has(name))).toEqual([]);
    expect(
      Object.keys(databaseMetrics).filter((name) => !used.has(name)),
      'metrics that nobody looks at',
    ).toEqual([]);
  });

  it('name runbooks that are there', () => {
    for (const [, name] of shipped('monitoring/backup.rules.yml').matchAll(/runbooks\/(\w+)\.md/g)) {
      expect(existsSync(fileURLToPath(new URL(`../../monitoring/runbooks/${name}.md`, import.meta.url))), name).toBe(true);
      expect(readFileSync(fileURLToPath(new URL(`../../monitoring/runbooks/${name}.md`, import.meta.url)), 'utf8')).toMatch(
        /## What to do\n\n- /,
      );
    }
  });

  describe('all the way to notify.sh', () => {
    let chain: AlertingChain | undefined;
    afterAll(() => chain?.stop());

    it('tell of a failed backup, and are silent about a good one', { timeout: 120_000 }, async () => {
      const environment = { ...(await bench.newBucket()), BACKUP_SCHEDULE: '*/4 * * * * *', BACKUP_S3_ENDPOINT: proxy.endpoint };
      const service = await serve(environment);
      await expect.poll(() => service.metric('pgbackup_backups'), patient).toBeGreaterThan(0);
      chain = await startChain(bench.folder, {
        scrape: [{ job_name: 'backup', static_configs: [{ targets: [service.address] }] }],
        rules: ['monitoring/backup.rules.yml'],
      });
      const before = (await service.metric('pgbackup_backups'))!;
      await expect.poll(() => service.metric('pgbackup_backups'), patient).toBeGreaterThan(before + 1);
      expect(await chain.firing()).toEqual([]);
      expect(await chain.notified()).toEqual([]);

      proxy.fail(({ method, url }) =>
        method === 'PUT' && url.includes('manifest.json') ? { status: 403, code: 'AccessDenied' } : undefined,
      );
      await expect.poll(() => chain!.notified(), patient).not.toEqual([]);
      const [told] = await chain.notified();
      expect(told).toMatchObject({ status: 'firing', severity: 'critical' });
      expect(told!.title).toMatch(/^\[FIRING:1\] BackupFailed: The last backup of app failed/);

      proxy.fail(undefined);
      await expect.poll(async () => (await chain!.notified()).at(-1)?.title, patient).toMatch(/^\[RESOLVED:1\] BackupFailed/);
    });
  });
});
