import { createServer } from 'node:net';
import { environment, openLab, type Lab } from '@pgbouncer-audit/lab';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import pg from 'pg';
import type { LiveResult } from '../src/live/live-result.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 120_000);
afterAll(() => lab.close());

const environments = new Map<string, ReturnType<Lab['start']>>();

/** A pooler of a version, with the URLs that lead to it and past it. */
async function running(id: string) {
  const starting = environments.get(id) ?? lab.start(environment(id));
  environments.set(id, starting);
  const started = await starting;
  const url = (await started.freshPool()).url;
  return {
    started,
    pooled: url,
    admin: url('postgres').replace(/\/[^/]*$/, '/pgbouncer'),
    direct: started.directUrl('postgres'),
    password: new URL(url('app')).password,
  };
}

async function ask(cwd: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await command(cwd, 'live', ...args, '--format', 'json');
  expect(stderr).toBe('');
  return { code, stdout, result: JSON.parse(stdout) as LiveResult };
}

const stated = (profile: object) => repository({ 'package.json': '{}', 'pgbouncer-audit.config.json': JSON.stringify({ profile }) });

describe.each(['1.18', '1.24', '1.26'])('PgBouncer %s', (version) => {
  test('is what it is stated to be, and no secret is shown', async () => {
    const { admin, direct, password } = await running(version);
    const cwd = stated({ version, maxPreparedStatements: version === '1.18' ? 0 : 200 });
    const { result, stdout } = await ask(cwd, admin, '--database-url', direct);
    expect(result.pooler.version).toMatch(new RegExp(`^${version.replace('.', '\\.')}\\.\\d+$`));
    expect(result.differences.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(result.pooler.settings).toContainEqual(expect.objectContaining({ name: 'pool_mode', value: 'transaction' }));
    expect(result.pooler.databases.map(({ name }) => name)).toContain('pgbouncer');
    expect(result.postgres).toMatchObject({ major: 15, settings: { max_connections: '300' } });
    expect(result.findings.map(({ hazard }) => hazard)).toContain('open-transaction-timeout');
    // 1.26.1 and later have the fixes.
    expect(result.findings.some(({ hazard }) => hazard === 'vulnerable-pooler')).toBe(
      version !== '1.26' || result.pooler.version === '1.26.0',
    );
    expect(stdout).not.toContain(password);
    const text = await command(cwd, 'live', admin, '--database-url', direct);
    expect(text.stdout).toMatch(/^AS ASSUMED[^]*pooler {3}PgBouncer/);
    expect(text.stdout).not.toContain(password);
  });

  test('is not what it is stated to be', async () => {
    const { admin } = await running(version);
    const { code, result } = await ask(stated({ version: '1.21', poolMode: 'session', ignoredStartupParameters: ['options'] }), admin);
    expect(code).toBe(1);
    expect(result.verdict.state).toBe('differs');
    expect(result.differences.map(({ setting, assumed, actual }) => `${setting}: ${assumed}, ${actual}`)).toEqual(
      expect.arrayContaining([`version: 1.21, ${version}`, 'poolMode: session, transaction', 'ignoredStartupParameters: options, none']),
    );
  });
});

test('locks and LISTENs that stay on server connections of the pooler are seen, those of direct sessions are not', async () => {
  const { pooled, admin, direct } = await running('1.26');
  const [client, other] = [new pg.Client(pooled('app')), new pg.Client(direct)];
  for (const each of [client, other]) each.on('error', () => undefined);
  await client.connect();
  await other.connect();
  await client.query('begin');
  await client.query('select pg_advisory_lock(4711)');
  await client.query('commit');
  await other.query('select pg_advisory_lock(4712)');
  await other.query('listen direct_channel');
  const locked = await ask(stated({}), admin, '--database-url', direct);
  expect(locked.code).toBe(1);
  expect(locked.result.observations).toMatchObject([{ id: 'advisory-lock-left-behind', severity: 'error' }]);
  expect(locked.result.observations[0]!.message).toContain('(4711, ExclusiveLock)');
  expect(locked.result.postgres).toMatchObject({ advisoryLocks: 2, sessions: { pooled: 1 } });

  await client.query('listen a_channel');
  const listening = await ask(stated({}), admin, '--database-url', direct);
  expect(listening.result.observations.map(({ id }) => id).sort()).toEqual(['advisory-lock-left-behind', 'listen-on-pooled-server']);
  await client.end();
  await other.end();
});

test('settings of roles are shown, those of the application without their value, and PostgreSQL’s own timeout settles the finding', async () => {
  const { started, admin, direct } = await running('1.26');
  await started.administrator.query(
    "alter role app set idle_in_transaction_session_timeout = '60s'; alter role app set app.jwt_secret = 'hunter2'",
  );
  const { result, stdout } = await ask(stated({}), admin, '--database-url', direct);
  await started.administrator.query('alter role app reset all');
  expect(result.postgres!.roleSettings).toEqual([
    { role: 'app', database: 'all databases', name: 'idle_in_transaction_session_timeout', value: '60s' },
    { role: 'app', database: 'all databases', name: 'app.jwt_secret' },
  ]);
  expect(stdout).not.toContain('hunter2');
  expect(result.findings.map(({ hazard }) => hazard)).not.toContain('open-transaction-timeout');
});

test('nothing is changed or left behind, also where the database is asked through the pooler', async () => {
  const { pooled, admin } = await running('1.26');
  const client = new pg.Client(pooled('app'));
  await client.connect();
  await ask(stated({}), admin, '--database-url', pooled('app'));
  const { rows } = await client.query('select current_setting($1) as a, current_setting($2) as b, current_setting($3) as c', [
    'statement_timeout',
    'lock_timeout',
    'transaction_read_only',
  ]);
  expect(rows).toEqual([{ a: '0', b: '0', c: 'off' }]);
  await client.end();
});

describe('a mistake is explained, without the password', () => {
  const fails = async (url: string, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await command(
      stated({}),
      'live',
      url,
      '--timeout',
      '2',
      ...(env['database'] ? ['--database-url', env['database']] : []),
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/hunter2|\n\s+at /);
    return stderr;
  };

  test('nothing listens', async () => {
    expect(await fails('postgres://u:hunter2@127.0.0.1:1/pgbouncer')).toMatch(/nothing listens there/);
  });

  test('not a URL', async () => {
    expect(await fails('127.0.0.1:6432')).toContain('Write postgres://USER:PASSWORD@HOST:PORT/DATABASE');
    expect(await fails('postgres://u:hunter2@[::/x')).toContain('cannot be read');
    expect(await fails('$NOT_SET')).toContain('The variable NOT_SET is not set');
  });

  test('a server that does not answer', async () => {
    const sockets: { destroy(): void }[] = [];
    const server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await fails(`postgres://u:hunter2@127.0.0.1:${port}/pgbouncer`)).toMatch(/did not answer within 2 s|timeout/);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('a database instead of the console, a user without rights, a wrong password, TLS that is not there', async () => {
    const { pooled, admin, direct } = await running('1.26');
    expect(await fails(direct)).toContain('not the admin console of PgBouncer');
    expect(await fails(pooled('postgres'))).toContain('not the admin console of PgBouncer');
    expect(await fails(admin.replace('//postgres:', '//app:'))).toMatch(/admin console of PgBouncer: .*(?:not allowed|permitted)/i);
    expect(await fails(admin.replace(/:[^:@]+@/, ':hunter2@'))).toMatch(/password/);
    expect(await fails(`${admin}?sslmode=require`)).toContain('SSL');
  });
});
