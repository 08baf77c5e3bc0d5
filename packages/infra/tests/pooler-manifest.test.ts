import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { poolerManifest, poolerParameters } from '../src/kubernetes/pooler-manifest.ts';
import { poolerProblems } from '../src/kubernetes/pooler-problems.ts';
import { shippedDeployment } from '../src/pool-sizes.ts';
import { type Pooler, type Stack, startStack } from './support/servers.ts';
import { settingsOf } from './support/settings.ts';
import { shipped } from './support/shipped.ts';

interface Manifest {
  metadata: { name: string };
  spec: {
    cluster: { name: string };
    instances: number;
    type: string;
    pgbouncer: { image: string; poolMode: string; pg_hba: string[]; parameters: Record<string, string> };
  };
}

const settings = settingsOf('pgbouncer');
const crd: unknown = parse(shipped('tests/pooler-crd.yaml'));
const manifest = () => parse(shipped('kubernetes/pooler.yaml')) as Manifest;
const { parameters, pg_hba: rules, image, poolMode } = manifest().spec.pgbouncer;

describe('kubernetes/pooler.yaml', () => {
  it('is a Pooler that CloudNativePG takes', () => {
    expect(poolerProblems(crd, manifest())).toEqual([]);
  });

  it('is written from pgbouncer.ini', () => {
    expect(manifest()).toEqual(parse(poolerManifest(settings)));
    const changed = new Map([...settings, ['query_wait_timeout', '7'], ['ignore_startup_parameters', 'extra_float_digits']]);
    expect(poolerParameters(changed).parameters).toEqual({
      ...parameters,
      query_wait_timeout: '7',
      ignore_startup_parameters: 'extra_float_digits',
    });
  });

  it('has every value of pgbouncer.ini, but for TLS and the sizes of one of several', () => {
    expect(poolMode).toBe(settings.get('pool_mode'));
    const different = Object.keys(parameters).filter((name) => parameters[name] !== settings.get(name));
    expect(different.sort()).toEqual(['client_tls_sslmode', 'default_pool_size', 'max_db_connections', 'reserve_pool_size']);
  });

  it('tells of every setting where it went', () => {
    const { leftOut } = poolerParameters(settings);
    const told = [
      ...leftOut.setByOperator,
      ...leftOut.refused,
      ...Object.keys(leftOut.leftToOperator),
      ...Object.keys(parameters),
      'pool_mode',
    ];
    expect(told.sort()).toEqual([...settings.keys()].sort());
    const comments = shipped('kubernetes/pooler.yaml').match(/^#.*$/gm)!.join(' ');
    for (const name of told.filter((each) => !(each in parameters) && each !== 'pool_mode'))
      expect(comments).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('takes no more connections than PostgreSQL has, all pods together', () => {
    const { maxConnections, reserved, direct } = shippedDeployment;
    expect(manifest().spec.instances * Number(parameters.max_db_connections) + reserved + direct).toBeLessThanOrEqual(maxConnections);
  });

  it('runs the minor version that pgbouncer.ini is written for', () => {
    const minor = (text: string) => /pgbouncer:(\d+\.\d+)\./.exec(text)?.[1];
    expect(minor(image)).toBe(minor(shipped('compose.pgbouncer.yml')));
  });
});

describe('the check of a Pooler', () => {
  const changed = (change: (pooler: Manifest) => void) => {
    const pooler = manifest();
    change(pooler);
    return poolerProblems(crd, pooler);
  };

  it.each<[string, (pooler: Manifest) => void, string]>([
    [
      'a misspelt parameter',
      ({ spec }) => void (spec.pgbouncer.parameters.max_prepared_statement = '200'),
      'parameters.max_prepared_statement is not',
    ],
    [
      'a parameter of PgBouncer that CloudNativePG refuses',
      ({ spec }) => void (spec.pgbouncer.parameters.transaction_timeout = '60'),
      'transaction_timeout is not',
    ],
    [
      'a pool mode that there is not',
      ({ spec }) => void (spec.pgbouncer.poolMode = 'statement'),
      'spec.pgbouncer.poolMode must be equal to one of',
    ],
    [
      'a number where a string is needed',
      ({ spec }) => void Object.assign(spec.pgbouncer.parameters, { query_timeout: 5 }),
      'query_timeout must be string',
    ],
    ['a misspelt key', ({ spec }) => void Object.assign(spec.pgbouncer, { poolmode: 'transaction' }), '{"additionalProperty":"poolmode"}'],
    ['no cluster', ({ spec }) => void Reflect.deleteProperty(spec, 'cluster'), '{"missingProperty":"cluster"}'],
    ['a type that there is not', ({ spec }) => void (spec.type = 'primary'), 'spec.type must be equal to one of'],
    ['the name of its cluster', (pooler) => void (pooler.metadata.name = pooler.spec.cluster.name), 'metadata.name must not be'],
  ])('refuses %s', (_, change, problem) => {
    expect(changed(change)).toEqual([expect.stringContaining(problem)]);
  });

  it('says what it needs where it gets something else', () => {
    expect(() => poolerProblems({ kind: 'Deployment' }, manifest())).toThrow('kubectl get crd poolers.postgresql.cnpg.io');
    expect(() => poolerProblems(crd, { ...manifest(), apiVersion: 'postgresql.cnpg.io/v2' })).toThrow(
      'no schema for `apiVersion: postgresql.cnpg.io/v2`',
    );
  });

  it('is a command', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pooler-'));
    const wrong = join(folder, 'pooler.yaml');
    writeFileSync(wrong, shipped('kubernetes/pooler.yaml').replace('poolMode: transaction', 'poolMode: statement'));
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', 'tsx', 'src/bin/check-pooler.ts', ...args], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        encoding: 'utf8',
      });
    try {
      expect(run('tests/pooler-crd.yaml')).toMatchObject({ status: 0, stdout: 'ok\n' });
      expect(run('tests/pooler-crd.yaml', wrong)).toMatchObject({ status: 1, stderr: expect.stringContaining('poolMode') });
      const absent = run(join(folder, 'none.yaml'));
      expect(absent).toMatchObject({ status: 2, stderr: expect.stringContaining('none.yaml cannot be read') });
      expect(absent.stderr).not.toContain('    at ');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a PgBouncer as the operator configures it', () => {
  let stack: Stack;
  let pooler: Pooler;

  beforeAll(async () => {
    stack = await startStack();
    await stack.administrator.query("create role orders login password 'orders-1'");
    // The operator's own line, ours, and the operator's for everybody else, in the order that it writes them.
    const hba = await stack.folder.file(
      'pg_hba.conf',
      ['local pgbouncer pgbouncer peer', ...rules, 'host all all 0.0.0.0/0 md5', 'host all all ::/0 md5', ''].join('\n'),
    );
    const { client_tls_sslmode: _, ...own } = parameters;
    pooler = await stack.startPooler({
      ...own,
      auth_type: 'hba',
      auth_hba_file: hba,
      ignore_startup_parameters: 'extra_float_digits,options',
      max_user_connections: 0,
    });
  }, 120_000);

  afterAll(() => stack?.stop());

  it('takes every parameter', async () => {
    const console = await pooler.console();
    const { rows } = await console.query<{ key: string; value: string | null }>('show config');
    await console.end();
    const running = new Map(rows.map(({ key, value }) => [key, value ?? '']));
    for (const [name, value] of Object.entries(parameters).filter(([each]) => each !== 'client_tls_sslmode')) {
      expect(running.get(name), name).toBe(value);
    }
  });

  it('lets a role log in with SCRAM, and nobody with a wrong password', async () => {
    const client = pooler.client('orders', 'orders-1');
    await client.connect();
    expect((await client.query('select current_user')).rows).toEqual([{ current_user: 'orders' }]);
    await client.end();
    await expect(pooler.client('orders', 'wrong').connect()).rejects.toThrow(/SASL authentication failed/);
  });

  it('keeps a role out by a line of pg_hba, which another auth_type would not look at', async () => {
    const rejecting = await stack.folder.file('reject.conf', ['host all orders 0.0.0.0/0 reject', ...rules, ''].join('\n'));
    const loginWith = async (type: string) => {
      const { client } = await stack.startPooler({ auth_type: type, auth_hba_file: rejecting });
      const orders = client('orders', 'orders-1');
      await orders.connect();
      await orders.end();
    };
    await expect(loginWith('hba')).rejects.toThrow();
    await loginWith('scram-sha-256');
  });

  it('drops the startup parameter `options` without a word, which the shipped one refuses', async () => {
    const behind = async ({ port }: Pooler) => {
      const login = { host: '127.0.0.1', port, user: 'orders', password: 'orders-1', database: 'app' };
      const client = new pg.Client({ ...login, options: '-c statement_timeout=1234' });
      await client.connect();
      const { rows } = await client.query<{ statement_timeout: string }>('show statement_timeout');
      await client.end();
      return rows[0]!.statement_timeout;
    };
    expect(await behind(pooler)).toBe('0');
    await expect(behind(await stack.startPooler())).rejects.toThrow(/unsupported startup parameter/);
  });
});
