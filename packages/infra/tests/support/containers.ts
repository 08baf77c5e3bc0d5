import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { type ContainerEngine, clientOutcome, type Outcome, startContainerEngine } from '../../../lab/src/servers/container-engine.ts';
import { imagePackages } from '../../../lab/src/servers/container-packages.ts';
import { debianPackage } from '../../../lab/src/servers/debian-packages.ts';
import { goProgram } from '../../../lab/src/servers/go-program.ts';
import { minioClient, minioServer } from '../../../lab/src/servers/minio.ts';
import { openRunFolder } from '../../../lab/src/servers/run-folder.ts';
import { readByContainers, type SecretFiles } from '../../src/secrets.ts';
import { program as backupProgram } from '../backup/support/program.ts';
import { composeProgram } from './compose.ts';
import { shipped } from './shipped.ts';

const run = promisify(execFile);

/** A stack of a user, beside whose compose file the overlays were put as the README says, and which runs in real containers. */
export interface ContainerStack {
  readonly engine: ContainerEngine;
  /** The folder of compose.yml. */
  readonly folder: string;
  /** Where the folders of this package are: below it, as `INFRA_DIR` says. */
  readonly infra: string;
  readonly secrets: SecretFiles;
  /** Docker Compose, with the files that `.env` names. */
  compose(args: readonly string[], input?: string): Promise<Outcome>;
  /** The same; an error where it fails. */
  composed(args: readonly string[], input?: string): Promise<string>;
  /** Puts these files into `.env`, after compose.yml. */
  use(overlays: readonly string[]): Promise<void>;
  /** Writes a file as the README says: for the owner of the process alone. */
  secret(name: string, text: string, owner: number): Promise<void>;
  /** What BuildKit's own check says of a Dockerfile; of its image only that there is one. */
  check(dockerfile: string): Promise<Outcome>;
  /** Adds MinIO to the folder's files, as `minio.yml`; it needs Go. */
  addMinio(): Promise<S3Access>;
  stop(): Promise<void>;
}

const postgres = `#!/bin/sh
set -e
if [ ! -e /data/main ]; then
  initdb --pgdata=/data/main --username=postgres --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C --no-sync > /dev/null
  echo 'host all all all scram-sha-256' >> /data/main/pg_hba.conf
fi
exec postgres -D /data/main -c listen_addresses='*' -c unix_socket_directories=/tmp -c fsync=off
`;

/** What somebody runs before there is any PgBouncer. The signal is that of PostgreSQL's own image: a quick end. */
const existing = `services:
  postgres:
    image: stack/postgres:1
    stop_signal: SIGINT
    volumes: ['data:/data']
    tmpfs: ['/tmp:mode=1777']
    environment: { PGHOST: /tmp }
    healthcheck: { test: [CMD, psql, -U, postgres, -c, SELECT 1], interval: 1s, retries: 60 }
  backend:
    image: stack/backend:1
    init: true
volumes: { data: {} }
`;

/** Images that are pulled by their digest, as Debian's programs. */
const standIns = {
  'pgbouncer-exporter': 'prometheus-pgbouncer-exporter',
  'postgres-exporter': 'prometheus-postgres-exporter',
  'blackbox-exporter': 'prometheus-blackbox-exporter',
} as const;

/** What the Dockerfiles build. */
export const built = {
  'pgbouncer-audit/pgbouncer:1.26.1': 'pgbouncer',
  'pgbouncer-audit/notify-bridge:1.0.0': 'monitoring/notify',
  'pgbouncer-audit/pg-backup:1': 'backup',
} as const;

const accounts = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\npostgres:x:999:999::/nonexistent:/bin/sh\n',
  'etc/group': 'root:x:0:\npostgres:x:999:\n',
};

/** Starts an engine and makes the images of the stack. */
export async function startContainerStack(): Promise<ContainerStack> {
  const runFolder = await openRunFolder();
  const engine = await startContainerEngine(runFolder);
  const [first, ...alongside] = imagePackages;
  const merged = Object.fromEntries(['bin', 'sbin', 'lib', 'lib64'].map((name) => [name, `usr/${name}`]));
  const programs = ['psql', 'initdb', 'postgres'].map((name) => [`usr/bin/${name}`, `../lib/postgresql/18/bin/${name}`]);
  const links = { ...merged, ...Object.fromEntries(programs) };
  await engine.image('base', await debianPackage(first, 'sid', alongside), links, {
    ...accounts,
    'usr/local/bin/start-postgres': postgres,
  });

  const folder = join(engine.path, 'stack');
  await mkdir(folder);
  await writeFile(join(folder, 'compose.yml'), existing);
  const infra = join(folder, 'docker');
  await mkdir(infra);
  for (const name of ['pgbouncer', 'monitoring', 'backup']) await cp(here(name), join(infra, name), { recursive: true });
  for (const name of (await readdir(here('.'))).filter((file) => /^compose\..*\.yml$/.test(file))) await cp(here(name), join(folder, name));
  const settings = { INFRA_DIR: './docker', BACKUP_PG_MAJOR: '18' };
  const use: ContainerStack['use'] = (overlays) => {
    const values = Object.entries({ ...settings, COMPOSE_FILE: ['compose.yml', ...overlays].join(':') });
    const text = values.reduce(
      (env, [name, value]) => env.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`),
      shipped('.env.example'),
    );
    return writeFile(join(folder, '.env'), text);
  };
  await use(['compose.pgbouncer.yml']);
  await mkdir(join(infra, 'backup/dist'), { recursive: true });
  await writeFile(join(infra, 'backup/dist/pg-backup.mjs'), await backupProgram());

  const build = (tag: string, dockerfile: string, context = '-') =>
    context === '-'
      ? engine.docker(['build', '--quiet', '--tag', tag, '-'], dockerfile)
      : engine.docker(['build', '--quiet', '--tag', tag, '--file', '-', context], dockerfile);
  await build(
    'stack/postgres:1',
    'FROM base\nRUN install --directory --owner=999 --group=999 /data\nUSER 999:999\nENTRYPOINT ["start-postgres"]\n',
  );
  await build('stack/backend:1', 'FROM base\nCMD ["sleep", "infinity"]\n');
  for (const [service, program] of Object.entries(standIns)) await build(`stack/${service}:1`, `FROM base\nENTRYPOINT ["${program}"]\n`);
  await writeFile(
    join(folder, 'stand-ins.yml'),
    stringify({ services: Object.fromEntries(Object.keys(standIns).map((service) => [service, { image: `stack/${service}:1` }])) }),
  );
  for (const [tag, context] of Object.entries(built)) {
    const dockerfile = await readFile(join(infra, context, 'Dockerfile'), 'utf8');
    await build(tag, withoutInstallation(dockerfile), join(infra, context));
  }

  // `npm run secrets`.
  await run(process.execPath, ['--import', 'tsx', here('src/bin/secrets.ts'), '--out', join(infra, 'secrets')], { cwd: here('.') });
  for (const name of readByContainers) await chown(join(infra, 'secrets', name), 10001, 10001);
  const names = await readdir(join(infra, 'secrets'));
  const texts = await Promise.all(names.map(async (name) => [name, await readFile(join(infra, 'secrets', name), 'utf8')] as const));

  const compose: ContainerStack['compose'] = (args, input) =>
    clientOutcome({ command: composeProgram, args: ['--progress=plain', ...args] }, engine.environment, input, folder);
  return {
    engine,
    folder,
    infra,
    secrets: Object.fromEntries(texts),
    compose,
    use,
    async secret(name, text, owner) {
      const file = join(infra, 'secrets', name);
      await writeFile(file, text, { mode: 0o400 });
      await chown(file, owner, owner);
    },
    async composed(args, input) {
      const { code, stdout, stderr } = await compose(args, input);
      if (code !== 0) {
        const logs = await compose(['logs', '--tail=20']);
        throw new Error(`docker compose ${args.join(' ')} ended with ${code}: ${stderr}\n${logs.stdout}`);
      }
      return stdout.trim();
    },
    check: (dockerfile) => {
      const { command, args } = engine.client;
      return clientOutcome({ command, args: [...args, 'build', '--check', '-'] }, engine.environment, onBase(dockerfile));
    },
    async addMinio() {
      for (const [name, program] of [
        ['minio', minioServer],
        ['mc', minioClient],
      ] as const) {
        await copyFile(await goProgram(program), join(folder, name));
      }
      const access = { accessKey: 'stack', secretKey: randomBytes(12).toString('hex') };
      await writeFile(join(folder, 'minio.yml'), minio(access));
      return access;
    },
    async stop() {
      await engine.stop();
      await runFolder.remove();
    },
  };
}

export interface S3Access {
  readonly accessKey: string;
  readonly secretKey: string;
}

const minio = ({ accessKey, secretKey }: S3Access) => `services:
  minio:
    image: stack/backend:1
    command: [/opt/minio, server, /data]
    environment: { MINIO_ROOT_USER: ${accessKey}, MINIO_ROOT_PASSWORD: ${secretKey}, MC_HOST_stack: 'http://${accessKey}:${secretKey}@127.0.0.1:9000', MINIO_CI_CD: 'on', MINIO_UPDATE: 'off' }
    volumes: ['./minio:/opt/minio:ro', './mc:/opt/mc:ro', /data]
    healthcheck: { test: [CMD, curl, --fail, --silent, 'http://127.0.0.1:9000/minio/health/ready'], interval: 1s, retries: 60 }
`;

const here = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/**
 * A shipped Dockerfile on the image that has everything installed: neither the registry nor PGDG is to be had by a test. Everything else in it is
 * kept, the commands between the installations included.
 */
function withoutInstallation(dockerfile: string): string {
  const lines = dockerfile
    .replaceAll(/^ *#.*\n/gm, '')
    .replaceAll(/ *\\\n */g, ' ')
    .split('\n');
  const kept = lines.map((line) => {
    if (!line.startsWith('RUN ')) return line;
    const commands = line
      .slice('RUN '.length)
      .split(' && ')
      .filter((command) => !/^(apt-get|\/usr\/share\/postgresql-common\/pgdg)\b/.test(command.trim()));
    return `RUN ${commands.join(' && ')}`;
  });
  return onBase(kept.join('\n'));
}

const onBase = (dockerfile: string) => dockerfile.replaceAll(/^FROM .*$/gm, 'FROM base');
