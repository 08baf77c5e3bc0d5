import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LabError } from '../lab-error.ts';
import { enginePackages } from './container-packages.ts';
import { debianPackage } from './debian-packages.ts';
import type { RunFolder } from './run-folder.ts';
import { lentTo } from './server-account.ts';
import { startServer } from './server-process.ts';
import { unpackedProgram } from './unpacked-program.ts';

const run = promisify(execFile);

/** What a command of the engine's client said and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Docker Engine that runs for the lab alone, on a network that leads nowhere. */
export interface ContainerEngine {
  /** What containers are to mount lies below it. */
  readonly path: string;
  /** Such as `28.5.2+dfsg4`. */
  readonly version: string;
  /** What a client, such as Docker Compose, has to find in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** How the client is run, for one that is talked to while it runs. */
  readonly client: { readonly command: string; readonly args: readonly string[] };
  /**
   * Runs the client.
   *
   * @throws LabError where it does not end with 0
   */
  docker(args: readonly string[], input?: string): Promise<string>;
  /**
   * Makes an image of unpacked Debian packages.
   *
   * @param links symbolic links besides, by path: what an installation would have made
   * @param files texts besides, by path
   */
  image(name: string, tree: string, links: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Why no containers can run here: they need root, and leave to mount file systems and to make networks.
 *
 * @returns undefined where they can
 */
export async function noContainersBecause(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `this is ${process.platform}, and containers are Linux's`;
  if (process.getuid?.() !== 0) return 'only root may start containers';
  const trial =
    'mount -t tmpfs none /mnt && mkdir /mnt/a /mnt/b /mnt/c && mount -t overlay none -o lowerdir=/mnt/a,upperdir=/mnt/b,workdir=/mnt/c /mnt/a';
  return run('unshare', [...namespaces, 'sh', '-c', trial]).then(
    () => undefined,
    (error: { stderr?: string; message: string }) => `this machine lets nobody make them (${(error.stderr || error.message).trim()})`,
  );
}

/** The engine sees no other process, mounts and networks of its own alone, and all it has started ends with it. */
const namespaces = ['--mount', '--net', '--pid', '--ipc', '--fork', '--kill-child', '--propagation=private'];

/** Makes the unpacked tree the root of this process, read-only but for what the engine writes, and becomes the engine. */
const start = `set -eu
tree=$1 work=$2 group=$3 root=$2/root
mount -t tmpfs -o mode=755 none "$root"
cd "$root"
mkdir -p usr proc sys dev tmp run etc root var/lib/docker old bin ".$work"
mount --bind "$tree/usr" usr
for folder in sbin lib lib64; do ln -s "usr/$folder" "$folder"; done
for program in usr/bin/*; do ln -s "../$program" bin/; done
ln -sf ../usr/sbin/xtables-nft-multi bin/iptables
ln -sf ../usr/sbin/xtables-nft-multi bin/ip6tables
mount -t proc none proc
mount --rbind /sys sys
mount --rbind /dev dev
mount --bind "$work/data" var/lib/docker
mount --bind "$work" ".$work"
echo root:x:0:0::/root:/bin/sh > etc/passwd
echo root:x:0: > etc/group
echo 127.0.0.1 localhost > etc/hosts
: > etc/resolv.conf
pivot_root . old
umount -l old
ip link set lo up
exec dockerd --host "unix://$work/docker.sock" --cgroup-parent "/$group" --exec-opt native.cgroupdriver=cgroupfs --ip6tables=false
`;

/**
 * Starts Docker Engine from Debian's packages. Nothing of the machine's own is used or changed: it has a root, processes and a network of its own.
 *
 * @throws LabError where it does not come up; see `noContainersBecause`
 */
export async function startContainerEngine(folder: RunFolder): Promise<ContainerEngine> {
  const [first, ...alongside] = enginePackages;
  const tree = await debianPackage(first, 'sid', alongside);
  const path = await mkdtemp(join(folder.path, 'containers-'));
  for (const name of ['root', 'data', 'home']) await mkdir(join(path, name));
  const buildx = join(await debianPackage('docker-buildx', 'sid'), 'usr/libexec/docker/cli-plugins/docker-buildx');
  await mkdir(join(path, 'home/.docker/cli-plugins'), { recursive: true });
  await symlink(buildx, join(path, 'home/.docker/cli-plugins/docker-buildx'));
  const script = join(path, 'start.sh');
  await writeFile(script, start);
  const client = await unpackedProgram(tree, 'usr/bin/docker');
  const environment = {
    DOCKER_HOST: `unix://${join(path, 'docker.sock')}`,
    HOME: join(path, 'home'),
    DOCKER_BUILDKIT: '1',
    PATH: process.env.PATH ?? '',
  };
  const outcome = async (args: readonly string[], input?: string) =>
    clientOutcome({ ...client, args: [...client.args, ...args] }, environment, input);
  const docker: ContainerEngine['docker'] = async (args, input) => {
    const { code, stdout, stderr } = await outcome(args, input);
    if (code !== 0) throw new LabError(`docker ${args.join(' ')} ended with ${code}: ${stderr.trim()}`);
    return stdout.trim();
  };
  const group = groupPrefix + basename(path);
  const own = { uid: 0, gid: 0 };
  const program = lentTo(own, { command: 'unshare', args: [...namespaces, 'sh', script, tree, path, group] }, 'KILL');
  const version = () => docker(['version', '--format', '{{.Server.Version}}']);
  const running = await startServer('Docker Engine', program, version, 'SIGKILL');
  return {
    path,
    version: await version(),
    environment,
    client,
    docker,
    async image(name, root, links, files) {
      const more = await mkdtemp(join(path, 'image-'));
      for (const [at, target] of Object.entries(links)) {
        await mkdir(join(more, dirname(at)), { recursive: true });
        await symlink(target, join(more, at));
      }
      for (const [at, text] of Object.entries(files)) {
        await mkdir(join(more, dirname(at)), { recursive: true });
        await writeFile(join(more, at), text, { mode: 0o755 });
      }
      const paths = [...Object.keys(links), ...Object.keys(files)];
      const tar = spawn('tar', ['--create', '--numeric-owner', '--owner=0', '--group=0', '-C', root, '.', '-C', more, ...paths], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const imported = spawn(client.command, [...client.args, 'import', '-', name], {
        env: environment,
        stdio: [tar.stdout, 'ignore', 'inherit'],
      });
      const [code] = (await once(imported, 'exit')) as [number | null];
      if (code !== 0) throw new LabError(`the image ${name} could not be made of ${root}`);
    },
    async stop() {
      await running.stop();
      await removeGroups();
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Runs a client of the engine; an end with another code than 0 is an outcome too. */
export async function clientOutcome(
  { command, args }: { readonly command: string; readonly args: readonly string[] },
  environment: Readonly<Record<string, string>>,
  input = '',
  folder?: string,
): Promise<Outcome> {
  const child = spawn(command, args, { env: environment, cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}

/** Above the control groups of an engine's containers. */
const groupPrefix = 'pgbouncer-lab-';

/** The kernel keeps the control groups of containers that are gone, those of runs that were cut off too; what is in use it does not let go. */
async function removeGroups(): Promise<void> {
  const base = '/sys/fs/cgroup';
  const ours = async () => {
    const found: string[] = [];
    for (const controller of ['.', ...(await readdir(base).catch(() => []))]) {
      const groups = await readdir(join(base, controller)).catch(() => []);
      found.push(...groups.filter((name) => name.startsWith(groupPrefix)).map((name) => join(base, controller, name)));
    }
    return found;
  };
  // The last processes may still be on their way out.
  for (let tries = 0; tries < 20; tries++) {
    for (const group of await ours()) await removeInside(group);
    if ((await ours()).length === 0) return;
    await sleep(100);
  }
}

async function removeInside(group: string): Promise<void> {
  for (const entry of await readdir(group, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) await removeInside(join(group, entry.name));
  await rmdir(group).catch(() => undefined);
}
