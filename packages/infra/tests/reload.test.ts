import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parser } from '@grafana/lezer-logql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../../lab/src/servers/free-port.ts';
import { lentTo } from '../../lab/src/servers/server-account.ts';
import { dashboards } from '../src/dashboards/index.ts';
import { composeConfig } from './support/compose.ts';
import { passwordIn, type Pooler, type Stack, startStack } from './support/servers.ts';
import { shipped } from './support/shipped.ts';

const execute = promisify(execFile);
const { groups } = parse(shipped('monitoring/loki-rules.yml')) as { groups: { rules: { alert: string; expr: string }[] }[] };
const lokiRules = groups.flatMap(({ rules }) => rules);

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
  await stack.administrator.query("create role orders login password 'orders-1'");
});
afterAll(() => stack?.stop());

/** A PgBouncer that writes its log to a file, and what is in it. */
async function startLogging(name: string): Promise<{ pooler: Pooler; lines: () => string[] }> {
  const logfile = await stack.folder.file(`${name}.log`, '');
  const pooler = await stack.startPooler({ logfile });
  return { pooler, lines: () => readFileSync(logfile, 'utf8').split('\n') };
}

async function login(pooler: Pooler, user: string, password: string): Promise<string> {
  const client = pooler.client(user, password);
  return client
    .connect()
    .then(() => client.query('select 1'))
    .then(
      () => 'let in',
      (error: Error) => error.message,
    )
    .finally(() => client.end().catch(() => undefined));
}

const configuration = async (pooler: Pooler) => {
  const console = await pooler.console();
  const { rows } = await console.query<{ key: string; value: string }>('show config');
  await console.end();
  return new Map(rows.map(({ key, value }) => [key, value]));
};

describe('a reload of a file with a wrong line', () => {
  it.each([
    ['a wrong value', { query_wait_timeout: 'ten' }],
    ['an unknown setting', { default_pool_size: '16\nno_such_setting = 1' }],
    ['a line that is none', { server_lifetime: '3600\nthree thousand' }],
  ])('loses what stands below it, which is no login, no administrator and no pool mode: %s', async (_, edit) => {
    const pooler = await stack.startPooler();
    const before = await configuration(pooler);
    pooler.edit(edit);
    const console = await pooler.console();
    await expect(console.query('reload')).rejects.toThrow(/RELOAD failed/);
    await console.end();

    const after = await configuration(pooler);
    const lost = [...before].filter(([key, value]) => after.get(key) !== value).map(([key]) => key);
    expect(lost, 'it does fall back to defaults').toContain('max_db_connections');
    const kept = [
      'pool_mode',
      'max_prepared_statements',
      'auth_type',
      'auth_query',
      'admin_users',
      'stats_users',
      'client_tls_sslmode',
      'listen_port',
    ];
    expect(lost.filter((name) => kept.includes(name))).toEqual([]);
    expect(after.get('max_user_connections'), 'what the alert looks at').toBe('0');
    expect(await login(pooler, 'orders', 'orders-1')).toBe('let in');
    await pooler.stop();
  });

  it('is found before, by pgbouncer-check', async () => {
    const [script] = composeConfig().services['pgbouncer-check']!.command!;
    const check = async (edit: Readonly<Record<string, string | number>>) => {
      const pooler = await stack.startPooler();
      pooler.edit({ ...edit, listen_port: await freePort(), pidfile: '' });
      const command = script!.replaceAll('$$', '$').replace('pgbouncer /etc/pgbouncer/pgbouncer.ini', pooler.commandLine);
      const { command: shell, args } = lentTo(stack.folder.account, { command: 'sh', args: ['-c', command] }, 'KILL');
      const outcome = await execute(shell, [...args]).then(
        ({ stdout }) => stdout.trim(),
        ({ stdout, code }: { stdout: string; code: number }) => `${stdout.trim()}, exit code ${code}`,
      );
      await pooler.stop();
      return outcome;
    };
    expect(await check({})).toBe('ok');
    expect(await check({ query_wait_timeout: 'ten' })).toBe('NOT OK, exit code 1');
    expect(await check({ app: 'host=127.0.0.1 nonsense=1' })).toBe('NOT OK, exit code 1');
    expect(await check({ auth_file: '/no/such/userlist' })).toBe('NOT OK, exit code 1');
  });
});

describe('the queries for the log', () => {
  const ofDashboards = dashboards
    .flatMap(({ panels }) => panels ?? [])
    .flatMap((panel) => ('targets' in panel && panel.datasource?.type === 'loki' ? (panel.targets as unknown as { expr: string }[]) : []))
    .map(({ expr }) => expr);

  it.each([...lokiRules.map(({ expr }) => expr), ...ofDashboards])('is LogQL: %s', (query) => {
    const errors: string[] = [];
    parser.parse(query.trim()).iterate({ enter: ({ type, from }) => void (type.isError && errors.push(query.slice(from))) });
    expect(errors).toEqual([]);
    expect(query).toContain('{compose_service="pgbouncer"}');
  });

  const pattern = (alert: string) => new RegExp(/\|~ "(.+?)"/.exec(lokiRules.find((rule) => rule.alert === alert)!.expr)![1]!);

  it('have a log before them that holds no secret', async () => {
    const { pooler, lines } = await startLogging('secrets');
    await login(pooler, 'orders', 'orders-1');
    await login(pooler, 'orders', 'a wrong one');
    pooler.signal('SIGHUP');
    await expect.poll(() => lines().join('\n')).toContain('got SIGHUP');
    const passwords = Object.entries(stack.secrets).flatMap(([name, text]) =>
      name.endsWith('.pgpass') ? [text.trim().split(':')[4]!] : [],
    );
    const secrets = [
      ...passwords,
      ...[...stack.secrets['userlist.txt']!.matchAll(/" "(.*)"$/gm)].map(([, secret]) => secret!),
      'orders-1',
      'a wrong one',
    ];
    expect(secrets.length).toBeGreaterThan(6);
    for (const secret of secrets) expect(lines().join('\n')).not.toContain(secret);
    await pooler.stop();
  });

  it('find each login that fails, once, and none that succeeds', async () => {
    const { pooler, lines } = await startLogging('logins');
    const failures = () => lines().filter((line) => pattern('PgBouncerLoginFailures').test(line));
    expect(await login(pooler, 'orders', 'orders-1')).toBe('let in');
    expect(failures()).toEqual([]);
    await login(pooler, 'orders', 'wrong');
    await login(pooler, 'nobody', 'wrong');
    await expect.poll(failures).toHaveLength(2);

    await stack.administrator.query('alter function pgbouncer.user_lookup rename to lost');
    expect(await login(pooler, 'orders', 'orders-1'), 'nobody is looked up').toBe('bouncer config error');
    await expect.poll(failures).toHaveLength(3);
    await stack.administrator.query('alter function pgbouncer.lost rename to user_lookup');
    const [, password] = /"pgbouncer_auth" "(.*)"/.exec(stack.secrets['userlist.txt']!)!;
    await stack.administrator.query("alter role pgbouncer_auth password 'another'");
    await stack.administrator.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pgbouncer_auth'");
    expect(await login(pooler, 'orders', 'orders-1'), 'who looks up is not let in').toMatch(/password authentication failed/);
    await expect.poll(failures).toHaveLength(4);
    await stack.administrator.query(`alter role pgbouncer_auth password '${password!}'`);
    await pooler.stop();
  });

  it('find a configuration that was refused, in [databases] as well, and none that was taken', async () => {
    const { pooler, lines } = await startLogging('configurations');
    const refused = () => lines().filter((line) => pattern('PgBouncerConfigurationRefused').test(line));
    pooler.signal('SIGHUP');
    await expect.poll(() => lines().join('\n')).toContain('got SIGHUP');
    expect(refused()).toEqual([]);
    pooler.edit({ app: 'host=127.0.0.1 nonsense=1' });
    pooler.signal('SIGHUP');
    await expect.poll(refused).toHaveLength(1);
    await pooler.stop();
  });

  it('of the dashboard tells why a server connection ended', async () => {
    const { pooler, lines } = await startLogging('ends');
    await login(pooler, 'orders', 'orders-1');
    await stack.administrator.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'orders'");
    const query = ofDashboards.find((expr) => expr.includes('(?P<reason>'))!;
    const [filter, reason] = [/\|~ "(.+?)"/, /regexp "(.+?)"/].map((part) => new RegExp(part.exec(query)![1]!.replace('(?P<', '(?<'))) as [
      RegExp,
      RegExp,
    ];
    const reasons = () =>
      lines()
        .filter((line) => filter.test(line))
        .map((line) => reason.exec(line)?.groups?.reason);
    await expect.poll(reasons).toContain('server conn crashed?');
    expect(lines().filter((line) => line.includes('S-0x')).length, 'one is opened before it ends').toBeGreaterThan(reasons().length);
    // Loki would draw what has none as a series without a name.
    expect(reasons()).not.toContain(undefined);
    await pooler.stop();
  });
});

describe('the commands of the runbooks for the log', () => {
  /** What those of a runbook say of a log, one after the other. */
  async function said(alert: string, log: string): Promise<string[]> {
    const blocks = [...shipped(`monitoring/runbooks/${alert}.md`).matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, text]) => text!);
    const commands = blocks.filter((text) => /logs --since \w+ pgbouncer \|/.test(text));
    expect(commands, alert).not.toEqual([]);
    const outcomes = commands.map((text) =>
      execute('bash', ['-c', text.replace(/docker compose logs --since \w+ pgbouncer/, `cat ${log}`)]),
    );
    return (await Promise.all(outcomes)).map(({ stdout }) => stdout.replaceAll(/^ +/gm, ''));
  }

  it('tell who is refused and why, who comes, why servers end, and what the health check meets', async () => {
    const { pooler, lines } = await startLogging('runbooks');
    const log = join(stack.folder.path, 'runbooks.log');
    const attempt = async (user: string, password: string, database = 'app') => {
      const client = pooler.client(user, password, database);
      await client
        .connect()
        .then(() => client.query('select 1'))
        .catch(() => undefined);
      await client.end().catch(() => undefined);
    };
    const health = () => attempt('pgbouncer_health', passwordIn(stack.secrets, 'pgbouncer_health'), 'health');
    await attempt('orders', 'orders-1');
    await attempt('orders', 'wrong');
    await attempt('orders', 'wrong');
    await attempt('nobody', 'wrong');
    await attempt('orders', 'orders-1', 'no_such_database');
    await stack.administrator.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'orders'");
    await attempt('pgbouncer_health', 'wrong', 'health');
    await attempt('pgbouncer_health', 'wrong', 'no_such_database');
    await stack.administrator.query('alter function pgbouncer.user_lookup rename to lost');
    await health();
    await stack.administrator.query('alter function pgbouncer.lost rename to user_lookup');
    await expect.poll(() => lines().join('\n')).toContain('bouncer config error');

    for (const alert of ['PgBouncerLoginFailures', 'PgBouncerLoginsInVain']) {
      const [refused] = await said(alert, log);
      expect(refused, alert).toContain('2 app/orders@127.0.0.1 pooler error: SASL authentication failed');
      expect(refused, alert).toContain('1 (nodb)/orders@127.0.0.1 pooler error: SASL authentication failed');
      expect(refused, alert).toMatch(/^1 .*@127\.0\.0\.1 pooler error: no such user$/m);
    }
    const [comes] = await said('PgBouncerLoginStorm', log);
    expect(comes!.split('\n')[0], 'the most first').toBe('3 app/orders@127.0.0.1');
    const [ends] = await said('PgBouncerServersChurning', log);
    expect(ends).toMatch(/^1 closing because: server conn crashed\? ?$/m);
    expect(ends).toMatch(/^1 closing because: error response from auth_query ?$/m);
    const [meets] = await said('PgBouncerHealthCheckFailing', log);
    expect(meets).toContain('1 health/pgbouncer_health pooler error: SASL authentication failed');
    expect(meets).toContain('1 (nodb)/pgbouncer_health pooler error: SASL authentication failed');
    expect(meets).toMatch(/^1 auth_query: ERROR: .*does not exist$/m);
    expect(meets).toMatch(/^1 .*pgbouncer_health pooler error: bouncer config error$/m);
    await pooler.stop();
  });
});

/** A cancel request, on a connection of its own, as every driver sends it. */
async function requestCancel(port: number, { processID, secretKey }: { processID: number; secretKey: number }): Promise<void> {
  const packet = Buffer.alloc(16);
  [16, 80_877_102, processID, secretKey].forEach((value, index) => packet.writeInt32BE(value, 4 * index));
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  // Left open until the other side closes it: a request whose sender is gone is dropped.
  socket.write(packet);
  socket.resume();
  await once(socket, 'close');
}

describe('several PgBouncers on one port', () => {
  /** Clients, of which some meet the one and some the other; each is cancelled by a request that may meet either. */
  async function cancelled(peered: boolean): Promise<number> {
    const port = await freePort();
    const sockets = [await stack.folder.folder(`peer-1-${port}`), await stack.folder.folder(`peer-2-${port}`)];
    const peers = `\n[peers]\n${sockets.map((socket, index) => `${index + 1} = host=${socket} port=${port}`).join('\n')}\n`;
    const poolers = [];
    for (const [index, socket] of sockets.entries()) {
      poolers.push(
        await stack.startPooler({
          listen_port: port,
          so_reuseport: 1,
          unix_socket_dir: socket,
          ...(peered && { peer_id: index + 1, pgbouncer_health: `pool_size=1 reserve_pool_size=0${peers}` }),
        }),
      );
    }
    let count = 0;
    for (let attempt = 0; attempt < 10; attempt++) {
      const client = poolers[0]!.client('orders', 'orders-1');
      await client.connect();
      const slept = client.query('select pg_sleep(1.5)').then(
        () => 'slept',
        (error: { code: string }) => error.code,
      );
      await expect
        .poll(
          async () =>
            (await stack.administrator.query("select from pg_stat_activity where usename = 'orders' and wait_event = 'PgSleep'")).rowCount,
        )
        .toBe(1);
      await requestCancel(port, client as never);
      if ((await slept) === '57014') count++;
      await client.end();
    }
    for (const pooler of poolers) await pooler.stop();
    return count;
  }

  it('cancel the right query, whichever of them is asked, where they are peers', { timeout: 60_000 }, async () => {
    expect(await cancelled(true)).toBe(10);
  });

  it('miss some of the requests where they are not', { timeout: 90_000 }, async () => {
    expect(await cancelled(false)).toBeLessThan(10);
  });
});
