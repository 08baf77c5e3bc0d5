import { mkdir, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesText } from './format.ts';
import { Problem } from './problem.ts';

/** A folder for one piece of work. */
export interface Scratch {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Makes a folder, after removing those of processes that died. Their number alone says little, a container's is always 1: the moment at which a
 * process started tells it from one that had the same number.
 */
export async function openScratch(base: string | undefined): Promise<Scratch> {
  const parent = base ?? tmpdir();
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const owner = /^pg-backup-(\d+)-(\d+)-/.exec(name);
    if (owner && owner[2] !== (await startOf(Number(owner[1])))) {
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
  const path = await mkdtemp(join(parent, `pg-backup-${process.pid}-${await startOf(process.pid)}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** @throws Problem `refused` where a folder has less room than is needed */
export async function requireRoom(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new Problem(
    'refused',
    `${folder} has ${bytesText(free)} free, and ${what} needs about ${bytesText(bytes)}: make room, or name another folder in BACKUP_SCRATCH.`,
  );
}

/** When a process started, in the kernel's ticks since the machine did; `0` where it is gone. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
}
