import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findFiles } from '../src/discover/find-files.ts';
import { findPoolers } from '../src/discover/poolers.ts';
import { repository } from './support/repository.ts';

function poolersOf(files: Readonly<Record<string, string>>, folders: readonly string[] = ['']) {
  const root = repository(files);
  return findPoolers(root, findFiles(root, root, { includeTests: false }).manifests, folders);
}

test("the poolers of CloudNativePG's chart for a cluster", () => {
  const { poolers } = poolersOf({
    'helm/db-values.yaml': [
      'cluster:',
      '  instances: 3',
      'poolers:',
      '  - name: rw',
      '    type: rw',
      '    poolMode: transaction',
      '    instances: 3',
      '    parameters:',
      '      max_client_conn: "1000"',
      '  - 7',
      '  - { name: other }',
    ].join('\n'),
  });
  expect(poolers).toMatchObject([{ label: 'Pooler rw', poolMode: 'transaction', origin: { file: 'helm/db-values.yaml', line: 4 } }]);
  const values = poolers[0]!.settings.map(({ name, value }) => `${name}=${value}`);
  expect(values).toContain('max_client_conn=1000');
  expect(values).toContain('ignore_startup_parameters=extra_float_digits,options');
});

test('what defines the kinds of CloudNativePG deploys none, and the lines behind it keep their numbers', () => {
  const { poolers } = poolersOf({
    'deploy.yaml': [
      '---',
      'apiVersion: apiextensions.k8s.io/v1',
      'kind: CustomResourceDefinition',
      'metadata: { name: poolers.postgresql.cnpg.io }',
      'spec: { names: { kind: Pooler }, pgbouncer: { poolMode: statement } }',
      '---',
      'apiVersion: postgresql.cnpg.io/v1',
      'kind: Pooler',
      'metadata: { name: rw }',
      'spec: { instances: 2, pgbouncer: { poolMode: transaction } }',
    ].join('\n'),
  });
  expect(poolers).toMatchObject([{ label: 'Pooler rw', poolMode: 'transaction', origin: { file: 'deploy.yaml' } }]);
  expect(poolers[0]!.origin.line).toBeGreaterThan(6);
});

describe('pgbouncer.ini', () => {
  test('sets the profile, each value with its line', () => {
    const { profile, poolers, notes } = poolersOf({
      'docker/pgbouncer.ini': [
        '[databases]',
        '* = host=db port=5432',
        '[pgbouncer]',
        '; pool_mode = session',
        'pool_mode = transaction',
        'max_prepared_statements = 0',
        'ignore_startup_parameters = extra_float_digits, Options',
        'auth_user = app ; not a comment',
      ].join('\n'),
    });
    expect(profile).toEqual({
      product: 'pgbouncer',
      poolMode: 'transaction',
      maxPreparedStatements: 0,
      ignoredStartupParameters: ['extra_float_digits', 'options'],
      trackedParameters: [],
      sources: {
        product: { file: 'docker/pgbouncer.ini', line: 3 },
        poolMode: { file: 'docker/pgbouncer.ini', line: 5 },
        maxPreparedStatements: { file: 'docker/pgbouncer.ini', line: 6 },
        ignoredStartupParameters: { file: 'docker/pgbouncer.ini', line: 7 },
        trackedParameters: { file: 'docker/pgbouncer.ini', line: 3 },
      },
    });
    expect(poolers).toMatchObject([{ label: 'pgbouncer.ini', poolMode: 'transaction', used: true }]);
    expect(notes).toEqual([]);
  });

  test('an included file is read in place, and its lines are its own', () => {
    const { profile } = poolersOf({
      'pgbouncer.ini': '[pgbouncer]\npool_mode = session\n%include conf.d/limits.ini\n',
      'conf.d/limits.ini': 'pool_mode = transaction\nmax_prepared_statements = 50\n',
    });
    expect(profile.maxPreparedStatements).toBe(50);
    expect(profile.sources?.poolMode).toEqual({ file: 'conf.d/limits.ini', line: 1 });
  });

  test('session mode is noted, and the question is still what breaks in transaction mode', () => {
    const { profile, notes } = poolersOf({ 'pgbouncer.ini': '[pgbouncer]\nlisten_port = 6432\n' });
    expect(profile.poolMode).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('pgbouncer.ini:1: the pooler runs in session mode, because pool_mode is not set')]);
  });

  test('where an included file is missing, what is not set is not known', () => {
    const { profile, notes } = poolersOf({
      'pgbouncer.ini': '[pgbouncer]\nmax_prepared_statements = 50\n%include /etc/pgbouncer/mode.ini\n',
    });
    expect(profile.maxPreparedStatements).toBe(50);
    expect(profile.trackedParameters).toBeUndefined();
    expect(notes).toEqual([
      'pgbouncer.ini:3: `%include /etc/pgbouncer/mode.ini` could not be read.',
      'pgbouncer.ini:1: pool_mode is not set in what could be read; transaction is assumed.',
    ]);
  });

  test('a database with a mode of its own is noted', () => {
    const { notes } = poolersOf({
      'pgbouncer.ini': '[databases]\njobs = host=db pool_mode=session\n[pgbouncer]\npool_mode = transaction\n',
    });
    expect(notes).toEqual(['pgbouncer.ini:2: database jobs has a pool_mode of its own, session.']);
  });

  test('an .ini of something else is no pooler', () => {
    expect(poolersOf({ 'php.ini': '[PHP]\nmemory_limit = 1G\n' }).poolers).toEqual([]);
  });
});

describe('compose files', () => {
  test('give the settings of the common images, their version, and the major version of PostgreSQL', () => {
    const { profile, poolers } = poolersOf({
      'docker-compose.yml': [
        'services:',
        '  db:',
        '    image: postgres:16-alpine',
        '  pgbouncer:',
        '    image: edoburu/pgbouncer:v1.22.1-p0',
        '    environment:',
        '      DATABASE_URL: postgres://app:secret@db/app',
        '      POOL_MODE: ${POOL_MODE:-transaction}',
        '      MAX_PREPARED_STATEMENTS: 100',
        '  exporter:',
        '    image: prometheuscommunity/pgbouncer-exporter:v0.7.0',
      ].join('\n'),
    });
    expect(profile).toMatchObject({ version: '1.22', poolMode: 'transaction', maxPreparedStatements: 100, postgresMajor: 16 });
    expect(profile.sources).toMatchObject({
      version: { file: 'docker-compose.yml', line: 5 },
      poolMode: { file: 'docker-compose.yml', line: 8 },
      postgresMajor: { file: 'docker-compose.yml', line: 3 },
    });
    expect(poolers).toHaveLength(1);
    expect(JSON.stringify(poolers)).not.toContain('secret');
  });

  test('read a list of variables, and the names of another image', () => {
    const { profile } = poolersOf({
      'compose.yaml':
        'services:\n  pooler:\n    image: bitnami/pgbouncer:1.23.1\n    environment:\n      - PGBOUNCER_POOL_MODE=statement\n      - PGBOUNCER_IGNORE_STARTUP_PARAMETERS=options\n',
    });
    expect(profile).toMatchObject({ version: '1.23', poolMode: 'statement', ignoredStartupParameters: ['options'] });
  });

  test('a file that the service mounts is the same pooler', () => {
    const { profile, poolers, notes } = poolersOf({
      'infra/compose.yml':
        'services:\n  pgbouncer:\n    image: pgbouncer/pgbouncer:1.24.0\n    volumes:\n      - ./pgbouncer/pgbouncer.ini:/etc/pgbouncer/pgbouncer.ini:ro\n',
      'infra/pgbouncer/pgbouncer.ini': '[pgbouncer]\npool_mode = transaction\n',
    });
    expect(poolers).toHaveLength(1);
    expect(profile).toMatchObject({ version: '1.24', poolMode: 'transaction' });
    expect(notes).toEqual([]);
  });

  test.each([
    ['the default of a variable', '${INFRA_DIR:-.}/pgbouncer:/etc/pgbouncer', 'infra/pgbouncer/pgbouncer.ini'],
    ['another value of the variable', '${INFRA_DIR:-.}/pgbouncer:/etc/pgbouncer', 'infra/docker/pgbouncer/pgbouncer.ini'],
    ['a variable without a default', '${INFRA_DIR}/pgbouncer/pgbouncer.ini:/etc/pgbouncer/pgbouncer.ini', 'docker/pgbouncer/pgbouncer.ini'],
  ])('a file that the service mounts below a folder of a variable is the same pooler: %s', (_, volume, ini) => {
    const { profile, poolers, notes } = poolersOf({
      'infra/compose.yml': `services:\n  pgbouncer:\n    image: pgbouncer/pgbouncer:1.24.0\n    volumes:\n      - '${volume}:ro'\n`,
      [ini]: '[pgbouncer]\npool_mode = transaction\n',
    });
    expect(poolers).toHaveLength(1);
    expect(profile).toMatchObject({ version: '1.24', poolMode: 'transaction' });
    expect(notes).toEqual([]);
  });

  test('whose image it is makes no pooler, nor does an overlay that only moves one', () => {
    const { profile, poolers, notes } = poolersOf({
      'compose.yml':
        'services:\n  pgbouncer:\n    image: pgbouncer-audit/pgbouncer:1.26.1\n    environment: { POOL_MODE: transaction }\n' +
        '  notify-bridge:\n    image: registry.example.com/pgbouncer-audit/notify-bridge:1.0.0\n',
      'compose.networks.yml': 'services:\n  pgbouncer:\n    networks: [internal]\n',
    });
    expect(poolers).toHaveLength(1);
    expect(profile).toMatchObject({ version: '1.26' });
    expect(notes).toEqual([]);
  });

  test('the stack that packages/infra ships is one pooler, without a remark', () => {
    const infra = fileURLToPath(new URL('../../infra/', import.meta.url));
    const overlays = readdirSync(infra).filter((name) => /^compose\..*yml$/.test(name));
    const files = Object.fromEntries(
      [...overlays, 'pgbouncer/pgbouncer.ini'].map((name) => [name, readFileSync(join(infra, name), 'utf8')]),
    );
    const { poolers, notes } = poolersOf(files);
    expect(overlays.length).toBeGreaterThan(3);
    expect(poolers).toHaveLength(1);
    expect(notes).toEqual([]);
  });

  test('a variable that only the deployment knows is no value', () => {
    const { profile } = poolersOf({
      'compose.yml':
        'services:\n  p:\n    image: edoburu/pgbouncer\n    environment:\n      POOL_MODE: ${POOL_MODE}\n      MAX_PREPARED_STATEMENTS: "${N:-7}"\n',
    });
    expect(profile.poolMode).toBeUndefined();
    expect(profile.maxPreparedStatements).toBe(7);
  });

  test('one that is not YAML is noted', () => {
    expect(poolersOf({ 'compose.yml': 'services: [\n  {' }).notes).toEqual([expect.stringMatching(/^compose\.yml could not be read: /)]);
  });
});

describe('several poolers', () => {
  const files = {
    'apps/a/pgbouncer.ini': '[pgbouncer]\npool_mode = transaction\nmax_prepared_statements = 0\n',
    'apps/b/pgbouncer.ini': '[pgbouncer]\npool_mode = transaction\nmax_prepared_statements = 100\n',
  };
  test('the one in the folder that was asked for is used, and the difference is said', () => {
    const { profile, poolers, notes } = poolersOf(files, ['apps/b']);
    expect(profile.maxPreparedStatements).toBe(100);
    expect(poolers.map(({ used }) => used)).toEqual([false, true]);
    expect(notes[0]).toMatch(/^2 poolers were found; the findings assume pgbouncer\.ini \(apps\/b\/pgbouncer\.ini:1\)\./);
    expect(notes[1]).toBe('The poolers differ in max_prepared_statements: 100 (apps/b/pgbouncer.ini:3), and 0 (apps/a/pgbouncer.ini:3).');
  });
  test('one in use is preferred to an example', () => {
    const { profile } = poolersOf({
      'a/pgbouncer.ini.example': files['apps/a/pgbouncer.ini'],
      'b/pgbouncer.ini': files['apps/b/pgbouncer.ini'],
    });
    expect(profile.maxPreparedStatements).toBe(100);
  });
  test('PostgreSQL in several versions decides nothing, and is noted', () => {
    const { profile, notes } = poolersOf({
      'compose.yml': 'services:\n  a:\n    image: postgres:15\n  b:\n    image: pgvector/pgvector:pg17\n',
    });
    expect(profile.postgresMajor).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('15 (compose.yml:3), 17 (compose.yml:5)')]);
  });
});
