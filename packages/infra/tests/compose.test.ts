import { describe, expect, it } from 'vitest';
import { connectionParameters } from '../../core/src/pooler/pgbouncer-ini.ts';
import { helperConnections, poolSizes, shippedDeployment } from '../src/pool-sizes.ts';
import { readByContainers } from '../src/secrets.ts';
import { composeConfig } from './support/compose.ts';
import { settingsOf } from './support/settings.ts';
import { shipped } from './support/shipped.ts';

const { services } = composeConfig(['compose.pgbouncer.yml', 'compose.alerting.yml']);
const ours = Object.keys(services).filter((name) => name !== 'backend' && name !== 'postgres');

describe('the overlays', () => {
  it('add services to a stack and change none of it', () => {
    const added = (overlay: string) =>
      Object.keys(composeConfig([overlay]).services)
        .filter((name) => name !== 'backend' && name !== 'postgres')
        .sort();
    expect(added('compose.pgbouncer.yml')).toEqual(['pgbouncer', 'pgbouncer-check', 'pgbouncer-exporter', 'postgres-exporter']);
    expect(added('compose.alerting.yml')).toEqual(['blackbox-exporter', 'notify-bridge']);
    expect(services.postgres).toMatchObject({ image: 'postgres:17', networks: { default: null } });
  });

  it('ask for what they need to know', () => {
    expect(() => composeConfig(['compose.pgbouncer.yml'], {})).toThrow(
      /PGBOUNCER_DATABASE is missing a value: Set it to the name of your database/,
    );
    expect(() => composeConfig(['compose.alerting.yml'], {})).toThrow(
      /NOTIFY_SCRIPT is missing a value: Set it to the path of your notify.sh/,
    );
  });

  it('find their folders where INFRA_DIR says', () => {
    const overlays = ['compose.pgbouncer.yml', 'compose.alerting.yml'];
    const environment = { PGBOUNCER_DATABASE: 'app', NOTIFY_SCRIPT: './notify.sh' };
    const paths = (infraDir?: string) => {
      const moved = composeConfig(overlays, { ...environment, ...(infraDir && { INFRA_DIR: infraDir }) });
      const contexts = Object.values(moved.services).flatMap(({ build }) => build?.context ?? []);
      const mounts = Object.values(moved.services).flatMap(({ volumes }) => volumes?.filter(({ type }) => type === 'bind') ?? []);
      return [...contexts, ...mounts.map(({ source }) => source), ...Object.values(moved.secrets!).map(({ file }) => file)]
        .map((path) => /^.*?pgbouncer-infra-\w+\/(.*)$/.exec(path)![1]!)
        .filter((path) => path !== 'notify.sh');
    };
    expect(paths('./docker')).toEqual(paths().map((path) => `docker/${path}`));
    expect(paths().length).toBeGreaterThan(8);
  });

  it('read from the folder of secrets what README.md gives to their account, and nothing else', () => {
    const { secrets } = composeConfig(['compose.pgbouncer.yml']);
    const mounted = Object.values(secrets!).map(({ file }) => file.split('/').at(-1)!);
    expect(mounted.sort()).toEqual([...readByContainers].sort());
    for (const name of readByContainers) expect(shipped('README.md')).toMatch(new RegExp(`chown 10001:10001 .*${name}`));
  });

  it('are files that Docker Compose would refuse for a misspelt key', () => {
    expect(() => composeConfig(['compose.pgbouncer.yml', 'tests/support/misspelt.yml'])).toThrow(/read_onyl/);
  });

  it.each(ours)('give %s no rights that it does not need', (name) => {
    const service = services[name]!;
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(service.ports, 'nothing is published on the host').toBeUndefined();
    for (const mount of service.volumes ?? []) expect(mount.read_only).toBe(true);
  });

  it.each(ours)('put no password of %s where `docker inspect` or `ps` shows it', (name) => {
    const { environment, command, healthcheck } = services[name]!;
    const shown = [...Object.entries(environment ?? {}).flat(), ...(command ?? []), ...(healthcheck?.test ?? [])].join('\n');
    expect(shown).not.toMatch(/password=|:\/\/[^/\s]*:[^/\s]*@/i);
  });

  it('pin every image to a version', () => {
    for (const name of ours) {
      const { image } = services[name]!;
      // What is built here has its digest in the Dockerfile.
      expect(image).toMatch(image.startsWith('pgbouncer-audit/') ? /:\d+\.\d+\.\d+$/ : /:v\d+\.\d+\.\d+@sha256:[0-9a-f]{64}$/);
    }
    for (const file of ['pgbouncer/Dockerfile', 'monitoring/notify/Dockerfile']) {
      expect(shipped(file).match(/^FROM .*$/gm)).toEqual([expect.stringMatching(/@sha256:[0-9a-f]{64}$/)]);
      expect(shipped(file)).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    }
    expect(shipped('pgbouncer/Dockerfile')).toMatch(/^FROM \S+@sha256:[0-9a-f]{64}$/m);
  });

  it('run an exporter that gives the reserve pool, and needs no parameter to be ignored', () => {
    const [, version] = /:v([\d.]+)@/.exec(services['pgbouncer-exporter']!.image)!;
    expect(version!.localeCompare('0.12.1', 'en', { numeric: true })).toBeGreaterThanOrEqual(0);
    expect(shipped('tests/exporter-metrics.txt')).toMatch(/^pgbouncer_databases_reserve_pool\{.*name="app".*\} 8$/m);
    expect(settingsOf('pgbouncer').get('ignore_startup_parameters')).toBe('');
  });

  it('name one version of PgBouncer, and none with a known hole', () => {
    const version = /:(\S+)$/.exec(services.pgbouncer!.image)![1]!;
    expect(services.pgbouncer!.build?.args).toEqual({ PGBOUNCER_VERSION: version });
    expect(shipped('pgbouncer/Dockerfile')).toContain(`ARG PGBOUNCER_VERSION=${version}\n`);
    expect(version.localeCompare('1.25.2', 'en', { numeric: true })).toBeGreaterThanOrEqual(0);
  });

  it('wait at a stop for longer than a transaction may last', () => {
    const { stop_signal, stop_grace_period } = services.pgbouncer!;
    const [, minutes = '0', seconds] = /^(?:(\d+)m)?(\d+)s$/.exec(stop_grace_period!)!;
    expect(stop_signal).toBe('SIGINT');
    expect(Number(minutes) * 60 + Number(seconds)).toBeGreaterThan(
      Number(connectionParameters(settingsOf('users').get('app')!).get('transaction_timeout')),
    );
  });

  it('let PgBouncer open a file for each client and each server', () => {
    const { max_client_conn, max_db_connections } = poolSizes(shippedDeployment);
    expect(services.pgbouncer!.ulimits!.nofile!.soft).toBeGreaterThanOrEqual(max_client_conn + max_db_connections + 64);
  });

  it('check the health by a role that has a pool of its own', () => {
    expect(services.pgbouncer!.healthcheck!.test.join(' ')).toContain('dbname=health user=pgbouncer_health');
    const poolOf = (user: string) => Number(/pool_size=(\d+)/.exec(settingsOf('users').get(user)!)![1]);
    expect(poolOf('pgbouncer_auth') + poolOf('pgbouncer_health')).toBe(helperConnections);
    expect(settingsOf('databases').get('health')).toContain(`max_db_connections=${helperConnections}`);
  });
});

describe('the overlay for networks that have names', () => {
  const stack = ['tests/support/named-networks.yml', 'compose.pgbouncer.yml', 'compose.alerting.yml'];
  const overlays = [...stack, 'compose.networks.yml', 'compose.networks.alerting.yml'];
  const named = composeConfig(overlays).services;
  const on = (network: string) =>
    Object.entries(named)
      .filter(([, { networks }]) => networks && network in networks)
      .map(([name]) => name)
      .sort();

  it('leads the back end to PgBouncer, PgBouncer to PostgreSQL, and Prometheus to the exporters', () => {
    expect(on('internal')).toEqual(['backend', 'pgbouncer', 'pgbouncer-exporter', 'postgres', 'postgres-exporter']);
    expect(on('monitoring')).toEqual(['blackbox-exporter', 'notify-bridge', 'pgbouncer-exporter', 'postgres-exporter', 'prometheus']);
  });

  it('goes without the alerting, which has a file of its own', () => {
    const alone = stack.filter((name) => name !== 'compose.alerting.yml');
    expect(composeConfig([...alone, 'compose.networks.yml']).services.pgbouncer!.networks).toEqual({ internal: null });
  });

  it('is needed: without it they would be on a network where nobody is', () => {
    expect(composeConfig(stack).services.pgbouncer!.networks).toEqual({ default: null });
  });
});

describe('the overlay that isolates PostgreSQL', () => {
  const isolated = composeConfig(['compose.pgbouncer.yml', 'compose.isolated.yml']).services;

  it('leaves PgBouncer as the only service that reaches it', () => {
    expect(Object.keys(isolated.postgres!.networks!)).toEqual(['database']);
    const reaching = Object.entries(isolated).filter(([, { networks }]) => networks && 'database' in networks);
    expect(reaching.map(([name]) => name).sort(), 'and the exporter, where it is wanted').toEqual([
      'pgbouncer',
      'postgres',
      'postgres-exporter',
    ]);
  });

  it('leaves PgBouncer in reach of the back end', () => {
    expect(Object.keys(isolated.pgbouncer!.networks!).sort()).toEqual(['database', 'default']);
    expect(Object.keys(isolated.backend!.networks!)).toEqual(['default']);
  });
});
