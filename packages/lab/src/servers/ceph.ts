import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianPackage } from './debian-packages.ts';
import { freePort } from './free-port.ts';
import type { RunFolder } from './run-folder.ts';
import { reachable, type S3Server, type TlsFiles } from './s3.ts';
import { lentTo } from './server-account.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { type Program, unpackedProgram } from './unpacked-program.ts';

const run = promisify(execFile);

/** Ceph as Debian packages it: a monitor, a store in memory, the gateway that speaks S3, and the tools that prepare them. */
const cephPackages = { name: 'radosgw', suite: 'bookworm', alongside: ['ceph-mon', 'ceph-osd', 'ceph-common', 'ceph-base'] } as const;

/** The unpacked tree of {@link cephPackages}. */
export function cephTree(): Promise<string> {
  return debianPackage(cephPackages.name, cephPackages.suite, cephPackages.alongside);
}

/**
 * Starts Ceph's gateway before a cluster of one monitor and one store in memory, on 127.0.0.1. Nothing is installed.
 *
 * @param tls where it speaks HTTPS alone, under the name `localhost`
 * @throws LabError where it cannot be had or does not come up
 */
export async function startCeph(folder: RunFolder, name = 'ceph', tls?: TlsFiles): Promise<S3Server> {
  const root = await cephTree();
  const data = await folder.folder(name);
  const [monitorPort, port] = [await freePort(), await freePort()];
  const libraries = join(root, 'usr/lib/x86_64-linux-gnu');
  const program = async (path: string): Promise<Program> => {
    const { command, args } = await unpackedProgram(root, join('usr/bin', path));
    // Its own libraries lie in a folder below the others.
    return { command, args: args.map((arg, index) => (index === 1 ? `${arg}:${join(libraries, 'ceph')}` : arg)) };
  };
  const fsid = randomUUID();
  const configuration = await folder.file(`${name}.conf`, cephConfiguration({ fsid, monitorPort, port, data, libraries, tls }));
  const environment = { PATH: process.env.PATH ?? '', LC_ALL: 'C', CEPH_CONF: configuration };
  const tool = async (path: string, ...args: string[]) => {
    const { command, args: first } = await program(path);
    return (await run(command, [...first, ...args], { env: environment, timeout: 90_000 })).stdout;
  };
  for (const part of ['mon', 'osd', 'run']) await mkdir(join(data, part));
  await tool(
    'monmaptool',
    '--create',
    '--fsid',
    fsid,
    '--enable-all-features',
    '--addv',
    'a',
    `[v2:127.0.0.1:${monitorPort}]`,
    join(data, 'monmap'),
  );
  // A map with a store in it from the start: the command that adds one needs Python.
  await tool('osdmaptool', '--createsimple', '1', '--clobber', join(data, 'osdmap'));
  await tool('ceph-mon', '--mkfs', '-i', 'a', '--monmap', join(data, 'monmap'), '--osdmap', join(data, 'osdmap'), '-c', configuration);

  const own = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  const servers: ServerProcess[] = [];
  const start = async (path: string, args: readonly string[], answers: () => Promise<unknown>) => {
    const { command, args: first } = await program(path);
    const variables = `CEPH_CONF=${configuration}`;
    const lent = lentTo(own, { command: 'env', args: [variables, command, ...first, ...args, '-c', configuration] }, 'KILL');
    servers.push(await startServer(`Ceph (${path})`, lent, answers, 'SIGKILL'));
  };
  const [accessKey, secretKey] = [`AK${randomBytes(8).toString('hex')}`, randomBytes(15).toString('base64url')];
  const makeUser = (user: string, access: string, secret: string) =>
    tool('radosgw-admin', 'user', 'create', `--uid=${user}`, `--display-name=${user}`, `--access-key=${access}`, `--secret-key=${secret}`);
  const endpoint = tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  await start('ceph-mon', ['-i', 'a', '-f'], () => Promise.resolve());
  await tool('ceph-osd', '-i', '0', '--mkfs', '-c', configuration);
  await start('ceph-osd', ['-i', '0', '-f'], () => Promise.resolve());
  // Waits until the cluster can store something.
  await makeUser('lab', accessKey, secretKey);
  await start('radosgw', ['-n', 'client.rgw', '-f', '--no-mon-config'], async () => {
    if (tls) return reachable(port);
    await fetch(endpoint, { signal: AbortSignal.timeout(2_000) });
  });
  const version = /ceph version (\S+)/.exec(await tool('radosgw', '--version'))?.[1] ?? 'unknown';
  return {
    product: `Ceph RGW ${version}`,
    endpoint,
    caFile: tls?.certificate,
    accessKey,
    secretKey,
    bucketPolicies: true,
    async addUser(user) {
      const [access, secret] = [`AK${randomBytes(8).toString('hex')}`, randomBytes(15).toString('base64url')];
      await makeUser(user, access, secret);
      return { accessKey: access, secretKey: secret };
    },
    unfinishedUploads: undefined,
    async stop() {
      for (const server of servers.reverse()) await server.stop();
    },
  };
}

interface Cluster {
  readonly fsid: string;
  readonly monitorPort: number;
  readonly port: number;
  readonly data: string;
  readonly libraries: string;
  readonly tls: TlsFiles | undefined;
}

function cephConfiguration({ fsid, monitorPort, port, data, libraries, tls }: Cluster): string {
  // Without the modes the gateway waits for ever for a monitor that speaks the second protocol only.
  const modes = ['client', 'mon_client', 'service', 'cluster', 'mon_service', 'mon_cluster'].map((who) => `ms_${who}_mode = crc secure`);
  const authentication = ['cluster', 'service', 'client'].map((who) => `auth_${who}_required = none`);
  return [
    '[global]',
    `fsid = ${fsid}`,
    `mon_host = [v2:127.0.0.1:${monitorPort}]`,
    'ms_bind_msgr1 = false',
    'public_addr = 127.0.0.1',
    'cluster_addr = 127.0.0.1',
    ...authentication,
    ...modes,
    'osd_objectstore = memstore',
    'memstore_device_bytes = 4G',
    'osd_pool_default_size = 1',
    'osd_pool_default_min_size = 1',
    'osd_pool_default_pg_num = 1',
    'osd_crush_chooseleaf_type = 0',
    'mon_allow_pool_size_one = true',
    `osd_class_dir = ${libraries}/rados-classes`,
    `plugin_dir = ${libraries}/ceph`,
    `erasure_code_dir = ${libraries}/ceph/erasure-code`,
    `run_dir = ${data}/run`,
    `mon_data = ${data}/mon/data`,
    `osd_data = ${data}/osd`,
    `rgw_data = ${data}/run`,
    'log_file = /dev/null',
    'admin_socket =',
    'pid_file =',
    'mgr_initial_modules =',
    '[client.rgw]',
    tls
      ? `rgw_frontends = beast ssl_endpoint=127.0.0.1:${port} ssl_certificate=${tls.certificate} ssl_private_key=${tls.key}`
      : `rgw_frontends = beast endpoint=127.0.0.1:${port}`,
    '',
  ].join('\n');
}
