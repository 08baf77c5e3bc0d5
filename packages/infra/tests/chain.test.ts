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

beforeAll(async () => {
  folder = await openRunFolder();
  pgbouncerUp(1);
  target = createServer((_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(metrics));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const { port } = target.address() as AddressInfo;
  chain = await startChain(folder, {
    scrape: [
      // A label that a shell would run something of, all the way from a target.
      { job_name: 'pgbouncer', static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { team: '$(touch /nowhere)`id`; "x" \'y\'' } }] },
    ],
    rules: ['monitoring/pgbouncer.rules.yml'],
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
});
