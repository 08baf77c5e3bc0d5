import { constants } from 'node:fs';
import { chown, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerAccount, serverAccount } from './server-account.ts';

const prefix = 'pgbouncer-lab-';

/** A temporary folder for one run of the lab: the data, configuration and logs of its servers. */
export interface RunFolder {
  readonly path: string;
  readonly account: ServerAccount;
  /** A new folder below, owned by the servers' account; `copyOf` fills it with another folder's content. */
  folder(name: string, copyOf?: string): Promise<string>;
  /** Writes a file that only the servers' account may read. */
  file(name: string, content: string): Promise<string>;
  remove(): Promise<void>;
}

/** Makes the folder of this run, and removes what runs that ended without cleaning up have left behind. */
export async function openRunFolder(): Promise<RunFolder> {
  await removeAbandoned();
  const path = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(path, 'owner.json'), JSON.stringify({ pid: process.pid, started: await startOf(process.pid) } satisfies Owner));
  const account = serverAccount();
  await chown(path, account.uid, account.gid);
  return {
    path,
    account,
    async folder(name, copyOf) {
      const folder = join(path, name);
      await mkdir(folder, { mode: 0o700 });
      if (copyOf) await cp(copyOf, folder, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
      await chown(folder, account.uid, account.gid);
      return folder;
    },
    async file(name, content) {
      const file = join(path, name);
      await writeFile(file, content, { mode: 0o600 });
      await chown(file, account.uid, account.gid);
      return file;
    },
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** The servers of an abandoned run are gone already (the kernel ends them with their starter): what is left is the folder. */
async function removeAbandoned(): Promise<void> {
  for (const entry of (await readdir(tmpdir())).filter((name) => name.startsWith(prefix))) {
    const folder = join(tmpdir(), entry);
    const owner = await ownerOf(folder);
    if (owner && owner.started !== (await startOf(owner.pid))) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The process that made a run folder; undefined where it is not (yet) said. */
async function ownerOf(folder: string): Promise<Owner | undefined> {
  const text = await readFile(join(folder, 'owner.json'), 'utf8').catch(() => '');
  return text === '' ? undefined : (JSON.parse(text) as Owner);
}

interface Owner {
  readonly pid: number;
  readonly started: string | undefined;
}

/** When a process started, in the kernel's ticks: tells it from a later one that was given the same number. Undefined where it is gone. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
