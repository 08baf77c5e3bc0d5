import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRunFolder, type RunFolder } from '../../lab/src/servers/run-folder.ts';
import { type AlertingChain, startChain } from './support/monitoring/chain.ts';

let folder: RunFolder;
let chain: AlertingChain;
let target: Server;
let metrics = '';

const pgbouncerUp = (value: number) => {
  metrics = `pgbouncer_up ${value}\n`;
};

/** One more each time. */
let succeeded = 0;
const healthChecks = () => `pgbouncer_stats_totals_sql_transactions_pooled_total{database="health"} ${succeeded++}\n`;

beforeAll(async () => {
  folder = await openRunFolder();
  pgbouncerUp(1);
  target = createServer((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(metrics + healthChecks()));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const { port } = target.address() as AddressInfo;
  chain = await startChain(folder, {
    scrape: [
      // A label that a shell would run something of, all the way from a target.
      { job_name: 'pgbouncer', static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { team: '$(touch /nowhere)`id`; "x" \'y\'' } }] },
    ],
    rules: ['monitoring/pgbouncer.rules.yml', 'monitoring/alerting.rules.yml'],
    heartbeatPatience: 8,
  });
}, 60_000);
afterAll(async () => {
  await chain?.stop();
  target?.close();
  await folder?.remove();
});

describe('the way of an alert, from the scrape to notify.sh', () => {
  it('is quiet while nothing is wrong', { timeout: 60_000 }, async () => {
    await expect.poll(() => chain.query('up{job="pgbouncer"} == 1'), { timeout: 30_000 }).toHaveLength(1);
    expect(await chain.notified()).toEqual([]);
  });

  it('tells that it fires, once, and that it is over', { timeout: 60_000 }, async () => {
    pgbouncerUp(0);
    await expect.poll(() => chain.notified(), { timeout: 30_000 }).toHaveLength(1);
    pgbouncerUp(1);
    await expect.poll(() => chain.notified(), { timeout: 30_000 }).toHaveLength(2);
    const [fires, ends] = await chain.notified();
    expect(fires).toMatchObject({ status: 'firing', severity: 'critical' });
    expect(fires!.title).toMatch(/^\[FIRING:1\] PgBouncerDown: PgBouncer does not answer/);
    expect(fires!.message).toContain('team=$(touch /nowhere)`id`; "x" \'y\'');
    expect(ends).toMatchObject({ status: 'resolved' });
    expect(ends!.title).toMatch(/^\[RESOLVED:1\] PgBouncerDown/);
  });

  const titles = async () => (await chain.notified()).slice(2).map(({ title }) => /^\[\w+(?::\d+)?\] \w+/.exec(title)![0]);

  it('tries again where the script fails, and tells it once', { timeout: 60_000 }, async () => {
    const attempts = await folder.file('attempts', '');
    await chain.scriptDoes(`echo x >> ${attempts}; echo "chat said 500" >&2; exit 1`);
    pgbouncerUp(0);
    await expect.poll(async () => (await readFile(attempts, 'utf8')).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(4);
    expect(await titles()).toEqual([]);
    await chain.scriptDoes();
    await expect.poll(titles, { timeout: 40_000 }).toContain('[FIRING:1] PgBouncerDown');
    pgbouncerUp(1);
    await expect.poll(titles, { timeout: 40_000 }).toContain('[RESOLVED:1] PgBouncerDown');
    expect((await titles()).filter((title) => title.endsWith('PgBouncerDown'))).toHaveLength(2);
  });

  it('tells that it is cut, where Alertmanager is gone, and that it is whole again', { timeout: 90_000 }, async () => {
    const told = async () => (await titles()).filter((title) => title.endsWith('AlertingSilent'));
    await chain.stopAlertmanager();
    await expect.poll(told, { timeout: 40_000 }).toEqual(['[FIRING:1] AlertingSilent']);
    await chain.startAlertmanager();
    await expect.poll(told, { timeout: 40_000 }).toEqual(['[FIRING:1] AlertingSilent', '[RESOLVED:1] AlertingSilent']);
  });
});
