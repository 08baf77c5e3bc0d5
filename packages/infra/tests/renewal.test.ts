import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../lab/src/servers/free-port.ts';
import { openRunFolder, type RunFolder } from '../../lab/src/servers/run-folder.ts';
import { type AcmeServer, startAcmeServer } from './support/monitoring/acme.ts';
import { type AlertingChain, startChain } from './support/monitoring/chain.ts';
import { type Caddy, type Scraped, startBlackbox, startCaddy } from './support/monitoring/exporters.ts';

/** Of a certificate, in seconds. */
const lifetime = 40;
const patiently = { timeout: 120_000, interval: 250 };

let folder: RunFolder;
let acme: AcmeServer;
let caddy: Caddy;
let blackbox: Scraped;
let chain: AlertingChain;

const startSite = (port: number) => startCaddy(folder, acme.tls, port, ['renew_interval 1s']);
/** What notify.sh was told, as `status alert`. */
const told = async () => (await chain.notified()).map(({ status, title }) => `${status} ${/\] (\w+)/.exec(title)![1]!}`);
const valueOf = async (expr: string) => Number((await chain.query(expr))[0]?.value[1]);

beforeAll(async () => {
  folder = await openRunFolder();
  const port = await freePort();
  acme = await startAcmeServer(folder, port, lifetime);
  caddy = await startSite(port);
  blackbox = await startBlackbox(folder);
  chain = await startChain(folder, {
    scrape: [
      {
        job_name: 'certificates',
        metrics_path: '/probe',
        params: { module: ['certificate_date'] },
        // As scrape.yml says of one that is issued for less than 90 days.
        static_configs: [{ targets: [`localhost:${port}`], labels: { lifetime: 'short' } }],
        relabel_configs: [
          { source_labels: ['__address__'], target_label: '__param_target' },
          { source_labels: ['__param_target'], target_label: 'instance' },
          { target_label: '__address__', replacement: blackbox.target },
        ],
      },
    ],
    rules: ['monitoring/certificates.rules.yml'],
    // An hour, after which a new date counts as a renewal, in six seconds.
    hurry: 600,
  });
}, 120_000);
afterAll(async () => {
  await chain?.stop();
  for (const server of [blackbox, caddy, acme]) await server?.stop();
  await folder?.remove();
});

describe('a certificate that Caddy gets by ACME', { timeout: 240_000 }, () => {
  it('is renewed without an alert, and its lifetime is known then', async () => {
    await expect.poll(() => valueOf('certificate:lifetime_seconds'), patiently).toBeGreaterThan(lifetime / 2);
    expect(await valueOf('certificate:lifetime_seconds')).toBeLessThanOrEqual(lifetime);
    expect(await valueOf('changes(probe_ssl_earliest_cert_expiry[10m])'), 'renewals that were seen').toBeGreaterThan(0);
    expect(await chain.firing()).toEqual([]);
    expect(await told()).toEqual([]);
  });

  it('is told about while the ACME server is away, before it expires', async () => {
    await acme.cut();
    await expect.poll(told, patiently).toContain('firing CertificateRenewalOverdue');
    expect(await valueOf('certificate:expiry_timestamp_seconds - time()'), 'still valid').toBeGreaterThan(0);
    expect((await told())[0], 'first').toBe('firing CertificateRenewalOverdue');
  });

  it('is renewed when the ACME server is back, and that is told', async () => {
    await acme.restore();
    // Caddy tries again in minutes, and at once when it is started.
    const { port } = caddy;
    await caddy.stop();
    caddy = await startSite(port);
    await expect.poll(told, patiently).toContain('resolved CertificateRenewalOverdue');
    await expect.poll(() => chain.firing(), patiently).toEqual([]);
  });
});
