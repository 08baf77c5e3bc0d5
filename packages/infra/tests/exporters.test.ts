import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientsUntilRefused } from './support/clients-until-refused.ts';
import { exporterNeeds, type Scraped, startPgbouncerExporter, startPostgresExporter } from './support/monitoring/exporters.ts';
import { startTraffic } from './support/monitoring/traffic.ts';
import { type Pooler, type Stack, startStack } from './support/servers.ts';

let stack: Stack;
let pooler: Pooler;
let ofPgbouncer: Scraped;
let ofPostgres: Scraped;

beforeAll(async () => {
  stack = await startStack();
  await stack.administrator.query("create role orders login password 'orders-1'");
  pooler = await stack.startPooler({ ...exporterNeeds, default_pool_size: 1, reserve_pool_size: 0, max_client_conn: 12 });
  ofPgbouncer = await startPgbouncerExporter(stack, pooler);
  ofPostgres = await startPostgresExporter(stack);
}, 60_000);
afterAll(async () => {
  await ofPgbouncer?.stop();
  await ofPostgres?.stop();
  await stack?.stop();
});

/** What a scrape gets, as Prometheus would: with its time-out of ten seconds. */
const scrape = async ({ target }: Scraped) => (await fetch(`http://${target}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
/** The sum of the series with a name, and with a text among its labels; undefined where there is none. */
async function valueOf(scraped: Scraped, name: string, labels = ''): Promise<number | undefined> {
  const lines = (await scrape(scraped)).split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line) && line.includes(labels));
  return lines.length === 0 ? undefined : lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** PostgreSQL's own process; the others are its children, and go on without it. */
function postmaster(): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const listens = (pid: string) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words.includes(`port=${stack.postgres.port}`) && words.some((word) => word.endsWith('/postgres'));
    } catch {
      return false;
    }
  };
  return Number(pids.find(listens));
}

async function whileStopped(pid: number, look: () => Promise<void>): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  try {
    await look();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

// What the alert rules rest on, in the states that they are about.
describe('the exporters, started as the compose file starts them', { timeout: 60_000 }, () => {
  it('say that PgBouncer is down where it takes connections and never answers, and do not hang with it', async () => {
    expect(await valueOf(ofPgbouncer, 'pgbouncer_up')).toBe(1);
    pooler.signal('SIGSTOP');
    try {
      expect(await valueOf(ofPgbouncer, 'pgbouncer_up')).toBe(0);
    } finally {
      pooler.signal('SIGCONT');
    }
    await expect.poll(() => valueOf(ofPgbouncer, 'pgbouncer_up')).toBe(1);
  });

  it('get in where max_client_conn is reached, and count', async () => {
    const clients = await clientsUntilRefused(() => pooler.client('orders', 'orders-1'));
    expect(await valueOf(ofPgbouncer, 'pgbouncer_used_clients')).toBeGreaterThanOrEqual(12);
    await Promise.all(clients.map((client) => client.end()));
    await expect.poll(() => valueOf(ofPgbouncer, 'pgbouncer_used_clients')).toBeLessThan(12);
  });

  it('count no server for a client that waits, though they count its transaction', async () => {
    const holder = pooler.client('orders', 'orders-1');
    await holder.connect();
    await holder.query('begin');
    const assigned = () => valueOf(ofPgbouncer, 'pgbouncer_stats_totals_server_assignments_total', 'database="app"');
    const asked = () => valueOf(ofPgbouncer, 'pgbouncer_stats_totals_sql_transactions_pooled_total', 'database="app"');
    const before = { assigned: await assigned(), asked: await asked() };
    // They log in again and again, which is looked up in the database `health`.
    const waiting = startTraffic(pooler, 'orders', 'orders-1', 'select 1', 3);
    await expect.poll(asked, { timeout: 10_000 }).toBeGreaterThan(before.asked!);
    expect(await valueOf(ofPgbouncer, 'pgbouncer_pools_client_waiting_connections', 'database="app"')).toBeGreaterThan(0);
    expect(await assigned()).toBe(before.assigned);
    await holder.query('rollback');
    await expect.poll(assigned, { timeout: 10_000 }).toBeGreaterThan(before.assigned!);
    await waiting.stop();
    await holder.end();
  });

  it('count a lookup for each login, whether it succeeds or not, and no query of an application with them', async () => {
    const lookups = async () =>
      (await valueOf(ofPgbouncer, 'pgbouncer_stats_totals_server_assignments_total', 'database="health"'))! -
      ((await valueOf(ofPgbouncer, 'pgbouncer_stats_totals_sql_transactions_pooled_total', 'database="health"')) ?? 0);
    const before = await lookups();
    for (const password of ['orders-1', 'wrong', 'orders-1', 'wrong', 'wrong']) {
      const client = pooler.client('orders', password);
      await client
        .connect()
        .then(() => client.query('select 1'))
        .catch(() => undefined);
      await client.end().catch(() => undefined);
    }
    expect((await lookups()) - before).toBe(5);
  });

  it('have nothing of a new connection where PostgreSQL takes none, and the rest', async () => {
    expect(await valueOf(ofPostgres, 'pg_scrape_collector_success')).toBeGreaterThan(5);
    await whileStopped(postmaster(), async () => {
      expect(await valueOf(ofPostgres, 'pg_up')).toBe(1);
      expect(await valueOf(ofPostgres, 'pg_scrape_collector_success')).toBeUndefined();
    });
    await expect.poll(() => valueOf(ofPostgres, 'pg_scrape_collector_success')).toBeGreaterThan(5);
  });

  it('answer while a table is locked', async () => {
    await stack.administrator.query('create table locked (id int); begin; lock table locked');
    expect(await valueOf(ofPostgres, 'pg_up')).toBe(1);
    await stack.administrator.query('rollback');
  });

  it('count the connections where none is left, and none of their own', async () => {
    await stack.administrator.query("create role hoarder login password 'hoarder-1'");
    const used = () => valueOf(ofPostgres, 'pg_stat_activity_count', 'backend_type="client backend"');
    const limit =
      (await valueOf(ofPostgres, 'pg_settings_max_connections'))! -
      (await valueOf(ofPostgres, 'pg_settings_superuser_reserved_connections'))!;
    const hoarded = await clientsUntilRefused(() => stack.directClient('hoarder', 'hoarder-1'));
    expect((await used())! + 1).toBeGreaterThanOrEqual(limit);
    expect(await valueOf(ofPostgres, 'pg_scrape_collector_success')).toBeUndefined();
    await Promise.all(hoarded.map((client) => client.end()));
    await expect.poll(used).toBeLessThan(limit);
  });

  it('count the connections that PostgreSQL lets in, and not the queries', async () => {
    const sessions = () => valueOf(ofPostgres, 'pg_sessions_total', 'datname="app"');
    const client = pooler.client('orders', 'orders-1');
    await client.connect();
    const before = (await sessions())!;
    for (let query = 0; query < 50; query++) await client.query('select 1');
    expect((await sessions())! - before, 'but for the scrapes').toBeLessThan(10);

    for (let query = 0; query < 50; query++) {
      await client.query('select 1');
      await stack.administrator.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'orders' and state = 'idle'");
      await expect
        .poll(async () => (await stack.administrator.query("select from pg_stat_activity where usename = 'orders'")).rowCount)
        .toBe(0);
    }
    await expect.poll(async () => (await sessions())! - before).toBeGreaterThanOrEqual(50);
    await client.end();
  });

  it('show a crash of PostgreSQL', async () => {
    const started = () => valueOf(ofPostgres, 'pg_postmaster_start_time_seconds');
    const commits = () => valueOf(ofPostgres, 'pg_stat_database_xact_commit', 'datname="app"');
    const before = { started: await started(), commits: await commits() };
    expect(before.commits).toBeGreaterThan(20);
    const client = stack.directClient('orders', 'orders-1');
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    process.kill(rows[0]!.pid, 'SIGKILL');
    await client.end().catch(() => undefined);
    await expect.poll(commits, { timeout: 20_000, interval: 500 }).toBeLessThan(before.commits!);
    expect(await started(), 'one process crashed, PostgreSQL did not end').toBe(before.started);
  });
});
