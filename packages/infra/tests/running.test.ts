import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIni } from '../../core/src/pooler/pgbouncer-ini.ts';
import { poolSizes, shippedDeployment } from '../src/pool-sizes.ts';
import { freePort } from '../../lab/src/servers/free-port.ts';
import { composeConfig } from './support/compose.ts';
import { passwordIn, type Pooler, type Stack, startStack } from './support/servers.ts';
import { shipped } from './support/shipped.ts';

const execute = promisify(execFile);

let stack: Stack;
let pooler: Pooler;

beforeAll(async () => {
  stack = await startStack();
  pooler = await stack.startPooler();
  await stack.administrator.query(`
    create role orders login password 'orders-1';
    create role root_like login superuser password 'root-1';
    create role copier login replication password 'copier-1';
    create role expired login password 'expired-1' valid until '2020-01-01';
    create role lasting login password 'lasting-1' valid until '2999-01-01';
    create role nobody_logs_in password 'nologin-1';
    create role without_password login;
    set password_encryption = 'md5';
    create role old_hash login password 'old-1';
    set password_encryption = 'scram-sha-256'`);
});
afterAll(() => stack?.stop());

/** What a login leads to: the role that PostgreSQL sees, or the error. */
async function login(user: string, password: string, database = 'app'): Promise<string> {
  const client = pooler.client(user, password, database);
  try {
    await client.connect();
    const { rows } = await client.query<{ user: string }>('select session_user as user');
    return rows[0]!.user;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await client.end().catch(() => undefined);
  }
}

describe('who may log in', () => {
  it('a role with its password in PostgreSQL, as itself', async () => {
    expect(await login('orders', 'orders-1')).toBe('orders');
    expect(await login('lasting', 'lasting-1')).toBe('lasting');
  });

  it.each([
    ['a superuser', 'root_like', 'root-1'],
    ['a role that may replicate', 'copier', 'copier-1'],
    ['an expired role', 'expired', 'expired-1'],
    ['a role that may not log in', 'nobody_logs_in', 'nologin-1'],
    ['a role without a password', 'without_password', ''],
    ['a role whose password is still hashed with MD5', 'old_hash', 'old-1'],
    ['a role that does not exist', 'nobody_of_that_name', 'guess'],
  ])('not %s', async (_, user, password) => {
    expect(await login(user, password)).toBe('no such user');
  });

  it('not a wrong password', async () => {
    expect(await login('orders', 'wrong')).toBe('SASL authentication failed');
  });

  it('not to a database that [databases] does not name, of which PgBouncer does not even say whether it exists', async () => {
    expect(await login('orders', 'orders-1', 'postgres')).toBe('SASL authentication failed');
    expect(await login('orders', 'orders-1', 'no_such_database')).toBe('SASL authentication failed');
  });

  it('a new password works at once, and the old one no longer', async () => {
    await stack.administrator.query("alter role lasting password 'lasting-2'");
    expect(await login('lasting', 'lasting-1')).toBe('SASL authentication failed');
    expect(await login('lasting', 'lasting-2')).toBe('lasting');
  });

  it('a password of any characters', async () => {
    const odd = `"' ;:@/+$\\%{}|&ü=#,`;
    await stack.administrator.query(`create role odd login password ${stack.administrator.escapeLiteral(odd)}`);
    expect(await login('odd', odd)).toBe('odd');
    expect(await login('odd', odd.slice(0, 1)), 'not a part of it').toBe('SASL authentication failed');
  });

  it('the role of the health check', async () => {
    expect(await login('pgbouncer_health', passwordIn(stack.secrets, 'pgbouncer_health'))).toBe('pgbouncer_health');
  });
});

describe('a role that is connected while its password changes or it expires', () => {
  const outcomeOf = (client: pg.Client) =>
    client.query<{ user: string }>('select session_user as user').then(
      ({ rows }) => rows[0]!.user,
      (error: Error) => error.message,
    );
  const endServersOf = async (role: string) => {
    await stack.administrator.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);
    const count = async () => (await stack.administrator.query('select from pg_stat_activity where usename = $1', [role])).rowCount;
    await expect.poll(count).toBe(0);
  };
  const connected = async (role: string, password: string) => {
    const client = pooler.client(role, password);
    await client.connect();
    expect(await outcomeOf(client)).toBe(role);
    return client;
  };

  it('is served by the servers that are there, gets no new one with the old password, and all is well after one login with the new one', async () => {
    await stack.administrator.query("create role rotated login password 'rotated-1'");
    const client = await connected('rotated', 'rotated-1');
    await stack.administrator.query("alter role rotated password 'rotated-2'");
    expect(await outcomeOf(client)).toBe('rotated');

    await endServersOf('rotated');
    expect(await outcomeOf(client)).toMatch(/password authentication failed/);
    await client.end().catch(() => undefined);
    // PgBouncer tries again after server_login_retry.
    await expect.poll(() => login('rotated', 'rotated-2'), { timeout: 15_000 }).toBe('rotated');

    const other = await connected('rotated', 'rotated-2');
    await stack.administrator.query("alter role rotated password 'rotated-3'");
    expect(await login('rotated', 'rotated-3')).toBe('rotated');
    await endServersOf('rotated');
    expect(await outcomeOf(other), 'who logged in with the old one as well').toBe('rotated');
    await other.end();
  });

  it('is served as long as its server lives, though it has expired, and no longer', async () => {
    await stack.administrator.query("create role expiring login password 'expiring-1'");
    const client = await connected('expiring', 'expiring-1');
    await stack.administrator.query("alter role expiring valid until '2020-01-01'");
    expect(await outcomeOf(client)).toBe('expiring');
    expect(await login('expiring', 'expiring-1')).toMatch(/no such user|SASL authentication failed/);
    await endServersOf('expiring');
    expect(await outcomeOf(client)).toMatch(/server login failed|password authentication failed/);
    await client.end().catch(() => undefined);
    await stack.administrator.query("alter role expiring valid until 'infinity'");
    await expect.poll(() => login('expiring', 'expiring-1'), { timeout: 15_000 }).toBe('expiring');
  });
});

describe('the lookup of verifiers', () => {
  // PgBouncer looks for timeouts three times a second: a lookup of a second is seen.
  const slow = { auth_query: 'SELECT usename, password FROM pgbouncer.user_lookup($1), pg_sleep(1)' };
  const loginAt = async (slowPooler: Pooler) => {
    const client = slowPooler.client('orders', 'orders-1');
    try {
      await client.connect();
      return 'let in';
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  it('may take its time', async () => {
    expect(await loginAt(await stack.startPooler(slow))).toBe('let in');
  });

  it('would be cut off by a transaction_timeout for everybody, which is why there is one per role', async () => {
    expect(await loginAt(await stack.startPooler({ ...slow, transaction_timeout: 60 }))).toBe('bouncer config error');
  });

  it('is for the role of PgBouncer alone', async () => {
    const { rows } = await stack.administrator.query<{ role: string }>(
      `select rolname as role from pg_roles
       where has_function_privilege(rolname, 'pgbouncer.user_lookup(text)', 'execute') and not rolsuper and rolname not like 'pg\\_%'`,
    );
    expect(rows).toEqual([{ role: 'pgbouncer_auth' }]);
  });

  it('cannot be led astray by objects of whoever calls it', async () => {
    const { rows } = await stack.administrator.query<{ settings: string[]; definer: boolean }>(
      `select proconfig as settings, prosecdef as definer from pg_proc where oid = 'pgbouncer.user_lookup(text)'::regprocedure`,
    );
    expect(rows).toEqual([{ settings: ['search_path=pg_catalog, pg_temp'], definer: true }]);
  });

  it('can be set up twice', async () => {
    await expect(stack.administrator.query(shipped('pgbouncer/auth_query.sql'))).resolves.toBeDefined();
  });
});

describe('the console', () => {
  it('lets the reader of statistics look and not touch', async () => {
    const reader = pooler.client('pgbouncer_stats', passwordIn(stack.secrets, 'pgbouncer_stats'), 'pgbouncer');
    await reader.connect();
    expect((await reader.query('show pools')).rows).not.toEqual([]);
    for (const command of ['pause', 'reload', 'shutdown', 'set verbose = 1']) {
      await expect(reader.query(command), command).rejects.toThrow(/admin access needed/);
    }
    await reader.end();
  });

  it('is closed to the application', async () => {
    expect(await login('orders', 'orders-1', 'pgbouncer')).toMatch(/not allowed/);
  });

  it('says what pgbouncer.ini says, of every setting there is', async () => {
    const console = await pooler.console();
    const { rows } = await console.query<{ key: string; value: string | null }>('show config');
    await console.end();
    // By the command line or the platform, and what the tests replace.
    const elsewhere = ['conffile', 'job_name', 'user', 'auth_file', 'listen_addr', 'listen_port', 'pidfile'];
    const written = new Map(
      readIni('pgbouncer.ini', shipped('pgbouncer/pgbouncer.ini'), () => undefined)
        .entries.filter(({ section }) => section === 'pgbouncer')
        .map(({ key, value }) => [key, value]),
    );
    // Shown in decimal.
    written.set('unix_socket_mode', String(0o700));
    const shown = new Map(rows.filter(({ key }) => !elsewhere.includes(key)).map(({ key, value }) => [key, value ?? '']));
    for (const name of elsewhere) written.delete(name);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(shown));
  });
});

describe('what the runbooks ask', () => {
  const runbooks = readdirSync(new URL('../monitoring/runbooks/', import.meta.url)).map(
    (name) => [name, shipped(`monitoring/runbooks/${name}`)] as const,
  );
  const asked = (pattern: RegExp) =>
    runbooks.flatMap(([name, text]) => [...text.matchAll(pattern)].map(([, statement]) => [name, statement!] as const));
  const ofPostgres = [...asked(/ -c "(SELECT [^"]+)"/g), ...asked(/^ *```sql\n([\s\S]*?)^ *```$/gm), ...asked(/`(SELECT rol[^`]+)`/g)];
  const ofConsole = asked(/(?:`|--command ')(SHOW [A-Z_]+)/g);

  it.each(ofPostgres)('%s: PostgreSQL answers %s', async (_, statement) => {
    const filled = statement.replaceAll('<role>', 'nobody_of_that_name').replaceAll('<address>', '192.0.2.1');
    await expect(stack.administrator.query(filled)).resolves.toBeDefined();
  });

  it.each(ofConsole)('%s: the console answers %s', async (_, statement) => {
    const console = await pooler.console();
    await expect(console.query(statement)).resolves.toBeDefined();
    await console.end();
  });

  it('is something', () => {
    expect(ofPostgres.length).toBeGreaterThan(5);
    expect(ofConsole.length).toBeGreaterThan(5);
  });

  it('finds the columns that it counts by in what SHOW CLIENTS prints', async () => {
    const console = await pooler.console();
    const { fields } = await console.query('show clients');
    await console.end();
    const [, columns] = /cut -d '\|' -f ([\d,]+)/.exec(shipped('monitoring/runbooks/PgBouncerClientSlotsUsedUp.md'))!;
    expect(columns!.split(',').map((column) => fields[Number(column) - 1]!.name)).toEqual(['user', 'database', 'addr']);
  });
});

describe('transactions', () => {
  it('share servers, one transaction at a time', async () => {
    const clients = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const client = pooler.client('orders', 'orders-1');
        await client.connect();
        return client;
      }),
    );
    const servers = await Promise.all(
      clients.map(async (client) => {
        await client.query('begin');
        const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid, pg_sleep(0.02)');
        await client.query('commit');
        return rows[0]!.pid;
      }),
    );
    await Promise.all(clients.map((client) => client.end()));
    const { default_pool_size, reserve_pool_size } = poolSizes(shippedDeployment);
    expect(new Set(servers).size).toBeLessThanOrEqual(default_pool_size + reserve_pool_size);
  });

  it('a named statement follows its client to another server', async () => {
    const [one, other] = [pooler.client('orders', 'orders-1'), pooler.client('orders', 'orders-1')];
    await Promise.all([one.connect(), other.connect()]);
    const ask = async () => (await one.query<{ pid: number }>({ name: 'pid', text: 'select pg_backend_pid() as pid' })).rows[0]!.pid;
    const first = await ask();
    await other.query('begin');
    const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
    expect(rows[0]!.pid, 'the other client took the server').toBe(first);
    expect(await ask()).not.toBe(first);
    await other.query('rollback');
    await Promise.all([one.end(), other.end()]);
  });

  it('refuses a startup parameter that would have no effect', async () => {
    const client = pooler.client('orders', 'orders-1');
    Object.assign(client, {
      connectionParameters: { ...(client as never as { connectionParameters: object }).connectionParameters, statement_timeout: 1 },
    });
    await expect(client.connect()).rejects.toThrow(/unsupported startup parameter: statement_timeout/);
  });
});

describe('the health check', () => {
  const outcome = async (checked: Pooler) => {
    const { services } = composeConfig();
    const [, , conninfo, ...options] = services.pgbouncer!.healthcheck!.test as [string, string, string, ...string[]];
    const here = conninfo.replace('port=6432', `port=${checked.port}`).replace(/passfile=\S+/, `passfile=${stack.healthPassfile}`);
    return execute(stack.psql.command, [...stack.psql.args, here, ...options], { env: { PATH: '' } }).then(
      ({ stdout }) => stdout.trim(),
      ({ code }: { code: number }) => `exit code ${code}`,
    );
  };

  it('gets its answer from PostgreSQL', async () => {
    expect(await outcome(pooler)).toBe('1');
  });

  it('fails where PgBouncer is there and PostgreSQL is not', async () => {
    const nowhere = `host=127.0.0.1 port=${await freePort()} dbname=app`;
    const alone = await stack.startPooler({ app: nowhere, health: nowhere, query_wait_timeout: 1 });
    expect(await outcome(alone)).toBe('exit code 2');
    await alone.stop();
  });
});

describe('a transaction_timeout of a role', () => {
  it('ends a transaction that stays open', async () => {
    const limited = await stack.startPooler({ pgbouncer_auth: 'pool_size=2 reserve_pool_size=0\norders = transaction_timeout=1' });
    const client = limited.client('orders', 'orders-1');
    await client.connect();
    await client.query('begin');
    await expect(client.query('select pg_sleep(20)')).rejects.toThrow('transaction timeout');
    await client.end().catch(() => undefined);
    await limited.stop();
  });
});

describe('a reload', () => {
  it('takes new settings and drops nobody, not even in a transaction', async () => {
    const reloaded = await stack.startPooler();
    const client = reloaded.client('orders', 'orders-1');
    await client.connect();
    await client.query('begin');
    const pid = async () => (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
    const before = await pid();

    reloaded.edit({ query_wait_timeout: 7 });
    reloaded.signal('SIGHUP');
    const console = await reloaded.console();
    await expect
      .poll(
        async () =>
          (await console.query<{ key: string; value: string }>('show config')).rows.find(({ key }) => key === 'query_wait_timeout')?.value,
      )
      .toBe('7');

    expect(await pid()).toBe(before);
    await client.query('commit');
    await console.end();
    await client.end();
    await reloaded.stop();
  });
});

describe('a client that waits', () => {
  it('gets an error that says so', async () => {
    const small = await stack.startPooler({ default_pool_size: 1, reserve_pool_size: 0, query_wait_timeout: 1 });
    const [holder, waiter] = [small.client('orders', 'orders-1'), small.client('orders', 'orders-1')];
    await Promise.all([holder.connect(), waiter.connect()]);
    await holder.query('begin');
    await expect(waiter.query('select 1')).rejects.toMatchObject({ code: '08P01', message: 'query_wait_timeout' });
    await holder.query('rollback');
    await holder.end();
    await waiter.end().catch(() => undefined);
    await small.stop();
  });
});

describe('a stop', () => {
  it('by the signal of the compose file lets a transaction commit, and then ends', async () => {
    const stopping = await stack.startPooler();
    const [client, idle] = [stopping.client('orders', 'orders-1'), stopping.client('orders', 'orders-1')];
    await Promise.all([client.connect(), idle.connect()]);
    await client.query('begin');
    await client.query('select 1');
    stopping.signal('SIGINT');
    await stopping.refusesNewClients();
    expect(stopping.isRunning(), 'while the transaction is open').toBe(true);
    await expect(client.query('commit')).resolves.toMatchObject({ command: 'COMMIT' });
    await expect.poll(() => stopping.isRunning()).toBe(false);
  });

  it('by SIGTERM would wait for a client that is merely connected', async () => {
    const stopping = await stack.startPooler();
    const client = stopping.client('orders', 'orders-1');
    await client.connect();
    stopping.signal('SIGTERM');
    await stopping.refusesNewClients();
    expect(await client.query('select 1')).toMatchObject({ rowCount: 1 });
    expect(stopping.isRunning(), 'while the client is connected').toBe(true);
    await client.end();
    await expect.poll(() => stopping.isRunning()).toBe(false);
  });
});
