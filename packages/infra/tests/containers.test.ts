import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noContainersBecause } from '../../lab/src/servers/container-engine.ts';
import { hasGo } from '../../lab/src/servers/go-program.ts';
import { exporterNeeds } from './support/monitoring/exporters.ts';
import { built, type ContainerStack, startContainerStack } from './support/containers.ts';
import { passwordIn } from './support/servers.ts';
import { settingsOf } from './support/settings.ts';
import { shipped } from './support/shipped.ts';

const [reason, go] = [await noContainersBecause(), await hasGo()];
const place = reason === undefined ? 'in containers of a real Docker Engine' : `in containers: not tried here, because ${reason}`;
const patiently = { timeout: 60_000, interval: 250 };

let stack: ContainerStack;

/** Of the containers that have one, the `tmpfs`. */
const memory = '/tmp';

const superuser = ['exec', '-T', 'postgres', 'psql', '--username=postgres', '--set=ON_ERROR_STOP=1', '--quiet'];
const pooled = 'host=pgbouncer port=6432 dbname=app user=app connect_timeout=3';
const direct = 'host=postgres port=5432 dbname=app user=app connect_timeout=3';
const psql = ['psql', '--no-psqlrc', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1'];

/** What a query of the back end's container is answered, or what its psql complains of. */
async function asApp(query: string, where = pooled): Promise<string> {
  const { code, stdout, stderr } = await stack.compose([
    'exec',
    '-T',
    '--env',
    'PGPASSWORD=app-1',
    'backend',
    ...psql,
    where,
    `--command=${query}`,
  ]);
  return (code === 0 ? stdout : stderr).trim();
}

/** What the console answers its administrator. */
async function console_(command: string): Promise<string> {
  const password = passwordIn(stack.secrets, 'pgbouncer_admin');
  const where = 'host=pgbouncer port=6432 dbname=pgbouncer user=pgbouncer_admin';
  return stack.composed(['exec', '-T', '--env', `PGPASSWORD=${password}`, 'backend', ...psql, where, `--command=${command}`]);
}

/** Saves pgbouncer.ini as an editor does: a new file takes the place of the old one. */
async function edit(change: (text: string) => string): Promise<void> {
  const file = join(stack.infra, 'pgbouncer/pgbouncer.ini');
  const changed = change(await readFile(file, 'utf8'));
  await writeFile(`${file}.new`, changed);
  await rename(`${file}.new`, file);
}
const set = (name: string, value: string | number) => (text: string) =>
  text.replace(new RegExp(`^${name} =.*$`, 'm'), `${name} = ${value}`);
const asShipped = () => shipped('pgbouncer/pgbouncer.ini');

/** A session of psql in the back end's container that is typed into. */
async function session(): Promise<{ child: ChildProcessWithoutNullStreams; says(text: RegExp): Promise<void>; type(line: string): void }> {
  const container = await stack.composed(['ps', '--quiet', 'backend']);
  const { command, args } = stack.engine.client;
  const child = spawn(command, [...args, 'exec', '--interactive', '--env', 'PGPASSWORD=app-1', container, ...psql, pooled], {
    env: stack.engine.environment,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return { child, says: (text) => expect.poll(() => said, patiently).toMatch(text), type: (line) => void child.stdin.write(`${line}\n`) };
}

/** What the kernel says of the process that a service's container is for: the first one, or what its init has started. */
async function processOf(service: string): Promise<ReadonlyMap<string, string>> {
  const script = 'for process in /proc/[0-9]*; do cat "$process/status" "$process/limits"; done';
  const text = await stack.composed(['exec', '-T', service, 'sh', '-c', script]);
  const processes = text.split(/^(?=Name:)/m);
  const status = processes.find((process) => /^PPid:\t1$/m.test(process)) ?? processes.find((process) => /^Pid:\t1$/m.test(process));
  return new Map(
    [...(status ?? '').matchAll(/^(?:(\w+):\t|(Max open files) +)(.*)$/gm)].map(([, key, limit, value]) => [key ?? limit!, value!.trim()]),
  );
}

const withoutRights = {
  Uid: '10001\t10001\t10001\t10001',
  Gid: '10001\t10001\t10001\t10001',
  CapInh: '0000000000000000',
  CapPrm: '0000000000000000',
  CapEff: '0000000000000000',
  CapBnd: '0000000000000000',
  NoNewPrivs: '1',
  Seccomp: '2',
};

/** What Docker says of a service's container. */
async function inspected(service: string, format: string): Promise<string> {
  return stack.engine.docker(['inspect', '--format', format, await stack.composed(['ps', '--quiet', service])]);
}

/** Which of these a service's container lets be written. */
async function writable(service: string, paths: readonly string[]): Promise<string[]> {
  const script = 'for path; do touch "$path/written" 2> /dev/null && echo "$path"; done; true';
  return (await stack.composed(['exec', '-T', service, 'sh', '-c', script, 'sh', ...paths])).split('\n').filter((path) => path !== '');
}
const everywhere = [
  '/',
  '/etc',
  '/etc/pgbouncer',
  '/opt',
  '/run',
  '/run/secrets',
  memory,
  '/usr/bin',
  '/var',
  '/var/lib',
  '/proc/sys/kernel',
  '/sys',
];

describe.skipIf(reason !== undefined)(`the stack of the README ${place}`, { timeout: 180_000 }, () => {
  beforeAll(async () => {
    stack = await startContainerStack();
    await stack.composed(['up', '--detach', '--wait', 'postgres', 'backend']);
    await stack.composed(superuser, "create role app login password 'app-1'; create database app owner app;");
    await stack.composed(
      [...superuser, '--single-transaction', '--dbname=app'],
      shipped('pgbouncer/auth_query.sql') + stack.secrets['roles.sql']!,
    );
    // Waits until it is healthy: Docker runs the health check, which goes all the way to PostgreSQL.
    await stack.composed(['up', '--no-build', '--detach', '--wait', 'pgbouncer']);
  }, 240_000);
  afterAll(() => stack?.stop(), 60_000);

  it.each(Object.values(built))('has nothing in the Dockerfile of %s that BuildKit warns of', async (context) => {
    const { code, stderr } = await stack.check(shipped(`${context}/Dockerfile`));
    expect({ code, stderr }, stderr).toMatchObject({ code: 0 });
    const worse = await stack.check(`${shipped(`${context}/Dockerfile`)}\nENV DATABASE_PASSWORD=secret\nCMD sleep 3\n`);
    expect(worse.code, 'control').toBe(1);
    expect(worse.stdout + worse.stderr).toMatch(/SecretsUsedInArgOrEnv[^]*JSONArgsRecommended/);
  });

  it('lets the application in, with PostgreSQL looked up for its password', async () => {
    expect(await asApp('select session_user')).toBe('app');
  });

  it('runs PgBouncer without a right, with the open files that it needs', async () => {
    const process = await processOf('pgbouncer');
    expect(Object.fromEntries(process)).toMatchObject(withoutRights);
    expect(process.get('Max open files')).toMatch(/^4096 +4096 /);
  });

  it('lets PgBouncer write nowhere', async () => {
    expect(await writable('pgbouncer', everywhere)).toEqual([]);
    expect(await writable('pgbouncer', ['/dev/shm']), 'what Docker always gives, in memory').toEqual(['/dev/shm']);
  });

  it('serves as many clients as it lets in, within the memory, the processes and the open files that it gets', async () => {
    // The health check and this test take places too.
    const clients = Number(settingsOf('pgbouncer').get('max_client_conn')) - 5;
    const load = [`--client=${clients}`, '--jobs=2', '--time=5'];
    const query = 'begin; select repeat(md5(random()::text), 3000); commit;';
    await stack.composed(['exec', '-T', 'backend', 'sh', '-c', 'cat > /bench.sql'], query.replaceAll('; ', ';\n'));
    const pgbench = ['/usr/lib/postgresql/18/bin/pgbench', '--no-vacuum', ...load, '--file=/bench.sql', pooled];
    const { code, stdout, stderr } = await stack.compose(['exec', '-T', '--env', 'PGPASSWORD=app-1', 'backend', ...pgbench]);
    expect({ code, failed: /number of failed transactions: (\d+)/.exec(stdout)?.[1] }, stderr).toEqual({ code: 0, failed: '0' });
    const memory = 'cat /sys/fs/cgroup/memory.peak 2> /dev/null || cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes';
    const peak = Number(await stack.composed(['exec', '-T', 'pgbouncer', 'sh', '-c', memory]));
    const [limit, pids] = (await inspected('pgbouncer', '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}')).split(' ').map(Number);
    expect([limit, pids]).toEqual([256 * 1024 * 1024, 32]);
    // What files take in the cache of the kernel counts too, and gives way.
    expect(peak).toBeLessThan(limit! / 2);
    expect(await inspected('pgbouncer', '{{.State.OOMKilled}} {{.RestartCount}}')).toBe('false 0');
  });

  it('is started again by Docker when it is killed', async () => {
    const kill =
      'for process in /proc/[0-9]*; do read -r _ name _ < "$process/stat"; [ "$name" != "(pgbouncer)" ] || kill -KILL "${process#/proc/}"; done';
    await stack.composed(['exec', '-T', 'pgbouncer', 'sh', '-c', kill]);
    await expect.poll(() => inspected('pgbouncer', '{{.RestartCount}}'), patiently).toBe('1');
    await expect.poll(() => asApp('select session_user'), patiently).toBe('app');
  });

  it('takes an edited file at a reload, and drops nobody', async () => {
    const { child, says, type } = await session();
    type("begin; select 'begun';");
    await says(/begun/);
    await edit(set('query_wait_timeout', 7));
    await stack.composed(['kill', '--signal=HUP', 'pgbouncer']);
    await expect.poll(() => console_('show config'), patiently).toMatch(/^query_wait_timeout\|7\|/m);
    type("commit; select 'committed';");
    await says(/committed/);
    child.stdin.end();
    await once(child, 'close');
  });

  it('finds a wrong line before a reload does, and has no complaint of the shipped file', async () => {
    const check = ['run', '--rm', '--no-TTY', 'pgbouncer-check'];
    await edit(asShipped);
    expect(await stack.composed(check)).toBe('ok');
    await edit(set('server_lifetime', 'an hour'));
    const { code, stdout, stderr } = await stack.compose(check);
    await edit(asShipped);
    expect({ code, stdout: stdout.trim() }).toEqual({ code: 1, stdout: 'NOT OK' });
    expect(stderr).toMatch(/server_lifetime/);
  });

  it.each([
    ['a pid file where nothing may be written', set('pidfile', '/run/pgbouncer.pid'), /Read-only file system/],
    ['a log file where nothing may be written', set('logfile', '/etc/pgbouncer.log'), /Read-only file system/],
  ])('would not start with %s', async (_, change, complaint) => {
    await edit(change);
    const { code, stderr, stdout } = await stack.compose(['run', '--rm', '--no-TTY', '--no-deps', 'pgbouncer']);
    await edit(asShipped);
    expect({ code, said: stdout + stderr }).toEqual({ code: 1, said: expect.stringMatching(complaint) as unknown });
  });

  it('would not start where the secrets belong to somebody else', async () => {
    const secrets = join(stack.infra, 'secrets/userlist.txt');
    await chown(secrets, 0, 0);
    const { code, stderr, stdout } = await stack.compose(['run', '--rm', '--no-TTY', 'pgbouncer-check']);
    await chown(secrets, 10001, 10001);
    expect({ code, said: stdout + stderr }).toEqual({
      code: 1,
      said: expect.stringMatching(/pgbouncer-userlist.*Permission denied/) as unknown,
    });
  });

  it('lets a transaction commit at `docker compose stop`, and ends before Docker kills it', async () => {
    const { child, says, type } = await session();
    type("begin; select 'begun';");
    await says(/begun/);
    const stopped = stack.compose(['stop', 'pgbouncer']);
    await expect.poll(() => asApp('select 1'), patiently).toMatch(/shutting down|refused|could not translate/i);
    type("select 'still there'; commit; select 'committed';");
    await says(/still there[^]*COMMIT/);
    child.stdin.end();
    expect(await stopped).toMatchObject({ code: 0 });
    const ended = JSON.parse(await stack.composed(['ps', '--all', '--format=json', 'pgbouncer'])) as { State: string; ExitCode: number };
    expect(ended).toMatchObject({ State: 'exited', ExitCode: 0 });
    await stack.composed(['up', '--no-build', '--detach', '--wait', 'pgbouncer']);
    expect(await asApp('select 1')).toBe('1');
  });

  it('shows no secret in the log and in what Docker tells of the container', async () => {
    const container = await stack.composed(['ps', '--quiet', 'pgbouncer']);
    const shown = (await stack.composed(['logs', 'pgbouncer'])) + (await stack.engine.docker(['inspect', container]));
    expect(shown).toContain('login attempt: db=app user=app');
    const passwords = Object.keys(stack.secrets).flatMap((name) =>
      name.endsWith('.pgpass') ? [passwordIn(stack.secrets, name.replace('.pgpass', ''))] : [],
    );
    expect(passwords).toHaveLength(4);
    for (const password of [...passwords, 'app-1', 'SCRAM-SHA-256$']) expect(shown).not.toContain(password);
  });

  it('leaves PgBouncer as the only way to PostgreSQL with the second overlay', async () => {
    expect(await asApp('select session_user', direct), 'before').toBe('app');
    await stack.use(['compose.pgbouncer.yml', 'compose.isolated.yml']);
    await stack.composed(['up', '--no-build', '--detach', '--wait', 'postgres', 'pgbouncer', 'backend']);
    expect(await asApp('select session_user', direct)).toMatch(/could not translate host name/);
    expect(await asApp('select session_user')).toBe('app');
  });

  it('is found by a back end on a network of its own name with the file for that, and not without', async () => {
    const file = join(stack.folder, 'compose.yml');
    const usual = await readFile(file, 'utf8');
    const named = usual.replaceAll(/^( +)image: .*$/gm, (image, indent: string) => `${image}\n${indent}networks: [internal]`);
    try {
      await writeFile(file, `${named}networks: { internal: {}, monitoring: {} }\n`);
      const up = ['up', '--no-build', '--detach', '--wait', 'postgres', 'backend'];
      await stack.use(['compose.pgbouncer.yml']);
      await stack.composed([...up]);
      await stack.composed(['up', '--no-build', '--detach', '--no-deps', 'pgbouncer']);
      expect(await asApp('select session_user')).toMatch(/could not translate host name/);
      await stack.use(['compose.pgbouncer.yml', 'compose.networks.yml']);
      await stack.composed([...up, 'pgbouncer']);
      expect(await asApp('select session_user')).toBe('app');
    } finally {
      await writeFile(file, usual);
    }
  });

  it('runs the exporters without a right, and they get their numbers', async () => {
    await stack.use(['compose.pgbouncer.yml', 'compose.alerting.yml', 'stand-ins.yml']);
    await stack.composed(
      [...superuser, '--dbname=app'],
      shipped('monitoring/postgres_exporter.sql') + stack.secrets['postgres_exporter.sql']!,
    );
    // Of the stand-in alone: see `exporterNeeds`.
    await edit(set('ignore_startup_parameters', exporterNeeds.ignore_startup_parameters));
    const exporters = ['pgbouncer-exporter', 'postgres-exporter', 'blackbox-exporter'];
    await stack.composed(['up', '--no-build', '--detach', '--wait', 'postgres', 'pgbouncer', 'backend', ...exporters]);
    const metrics = (target: string) =>
      stack.composed(['exec', '-T', 'backend', 'curl', '--silent', '--show-error', `http://${target}/metrics`]);
    await expect.poll(() => metrics('pgbouncer-exporter:9127'), patiently).toMatch(/^pgbouncer_up 1$/m);
    await expect.poll(() => metrics('postgres-exporter:9187'), patiently).toMatch(/^pg_up 1$/m);
    await expect.poll(() => metrics('blackbox-exporter:9115'), patiently).toMatch(/^blackbox_exporter_config_last_reload_successful 1$/m);
    for (const exporter of exporters) {
      const { Uid, Gid, ...rights } = Object.fromEntries(await processOf(exporter));
      expect(rights, exporter).toMatchObject({
        CapPrm: withoutRights.CapPrm,
        CapEff: withoutRights.CapEff,
        CapBnd: withoutRights.CapBnd,
        NoNewPrivs: '1',
      });
      expect([Uid, Gid], exporter).not.toContain(expect.stringMatching(/\b0\b/));
      expect(await writable(exporter, everywhere), exporter).toEqual([]);
    }
  });

  it('hands an alert to notify.sh, which may write to /tmp and nowhere else, and may end at a stop', async () => {
    await stack.use(['compose.pgbouncer.yml', 'compose.alerting.yml', 'stand-ins.yml']);
    await writeFile(
      join(stack.folder, 'notify.sh'),
      `cd ${memory}\necho begun >> begun\ntouch /opt/written\nsleep 2\nprintf '%s\\n' "$@" >> told\n`,
      { mode: 0o644 },
    );
    await stack.composed(['up', '--no-build', '--detach', '--wait', 'notify-bridge']);
    expect(Object.fromEntries(await processOf('notify-bridge'))).toMatchObject(withoutRights);
    expect(await writable('notify-bridge', everywhere)).toEqual([memory]);
    const alerts = JSON.stringify({
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'PgBouncerDown', severity: 'critical' },
          annotations: { summary: 'It is down.' },
          startsAt: '',
        },
      ],
    });
    const post = ['curl', '--silent', '--fail', '--data', alerts, 'http://notify-bridge:9911/alerts'];
    await stack.composed(['exec', '-T', 'backend', ...post]);
    expect(await stack.composed(['exec', '-T', 'notify-bridge', 'cat', `${memory}/told`])).toContain(
      '[FIRING:1] PgBouncerDown: It is down.',
    );
    expect(await stack.composed(['logs', 'notify-bridge'])).toMatch(/Read-only file system/);

    const posted = stack.compose(['exec', '-T', 'backend', ...post]);
    await expect.poll(() => stack.composed(['exec', '-T', 'notify-bridge', 'cat', `${memory}/begun`]), patiently).toBe('begun\nbegun');
    await stack.composed(['stop', 'notify-bridge']);
    expect(await posted, 'Alertmanager is told that it was told').toMatchObject({ code: 0 });
    expect(JSON.parse(await stack.composed(['ps', '--all', '--format=json', 'notify-bridge']))).toMatchObject({
      State: 'exited',
      ExitCode: 0,
    });
  });

  it.skipIf(!go)('makes a backup of it and restores it for trial (where Go can build MinIO)', async () => {
    const { accessKey, secretKey } = await stack.addMinio();
    await stack.use(['compose.pgbouncer.yml', 'compose.backup.yml', 'minio.yml']);
    await stack.composed(
      [...superuser, '--dbname=app'],
      `${shipped('backup/role.sql')}; alter role backup password 'backup-1'; create table orders as select generate_series(1, 1000) as id`,
    );
    await stack.secret('backup.pgpass', '*:*:*:backup:backup-1\n', 10002);
    const credentials = `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secretKey}\n`;
    for (const user of ['backup-s3', 'backup-s3-reader', 'backup-s3-deleter']) await stack.secret(user, credentials, 10002);
    await stack.composed(['up', '--no-build', '--detach', '--wait', 'postgres', 'minio']);
    await stack.composed(['exec', '-T', 'minio', '/opt/mc', 'mb', 'stack/backups']);

    await stack.composed(['up', '--no-build', '--detach', '--wait', 'backup']);
    const owner = { Uid: '10002\t10002\t10002\t10002', Gid: '10002\t10002\t10002\t10002' };
    expect(Object.fromEntries(await processOf('backup'))).toMatchObject({ ...withoutRights, ...owner });
    expect(await writable('backup', [...everywhere, '/scratch'])).toEqual([memory, '/scratch']);
    const program = ['exec', '-T', 'backup', 'node', '/usr/local/lib/pg-backup.mjs'];
    await expect.poll(() => stack.composed([...program, 'list']), patiently).toMatch(/app/);
    const drill = await stack.compose(['run', '--rm', '--no-TTY', 'backup', 'drill', '--database', 'app']);
    expect(drill, drill.stderr).toMatchObject({ code: 0 });
    await stack.composed(['stop', 'backup']);
    expect(JSON.parse(await stack.composed(['ps', '--all', '--format=json', 'backup']))).toMatchObject({ State: 'exited', ExitCode: 0 });
  });
});
