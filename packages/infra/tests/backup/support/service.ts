import { expect } from 'vitest';
import { freePort } from '../../../../lab/src/servers/free-port.ts';
import type { Bench, Environment, Running } from './bench.ts';

/** `pg-backup serve`, as it is seen from outside. */
export interface Service {
  readonly address: string;
  readonly running: Running;
  /** The value of a metric of its one database. */
  metric(name: string): Promise<number | undefined>;
  /** Everything that Prometheus would get; empty where it does not answer. */
  text(): Promise<string>;
  /** At once, and waits for it. */
  kill(): Promise<void>;
}

/** A schedule with nothing on it for the time of a test. */
export const never = '0 0 1 1 *';

/** Starts it for one database, impatient with its S3 server, and waits until it answers. */
export async function startService(bench: Bench, environment: Environment, database: string): Promise<Service> {
  const address = `127.0.0.1:${await freePort()}`;
  const settings = { BACKUP_S3_ATTEMPTS: '2', BACKUP_S3_TIMEOUT: '2', ...environment, BACKUP_LISTEN: address, BACKUP_DATABASES: database };
  const running = await bench.start(settings, 'serve');
  const answer = async (path: string) => (await fetch(`http://${address}${path}`)).text();
  await expect.poll(() => answer('/healthz').catch(() => ''), { timeout: 20_000 }).toBe('ok\n');
  const text = () => answer('/metrics').catch(() => '');
  return {
    address,
    running,
    text,
    metric: async (name) => valueOf(await text(), name),
    async kill() {
      running.child.kill('SIGKILL');
      await running.ended;
    },
  };
}

/** The value of the first sample of a metric. */
export function valueOf(metrics: string, name: string): number | undefined {
  const line = metrics.split('\n').find((candidate) => candidate.startsWith(`${name}{`) || candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}
