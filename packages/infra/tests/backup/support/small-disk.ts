import { execFile } from 'node:child_process';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bench, Environment } from './bench.ts';

const run = promisify(execFile);

/** A disk with little room on it. */
export interface SmallDisk {
  /** Settings of a run that works on it. */
  readonly settings: Environment;
  /** What the machine says when it is full. */
  readonly says: RegExp;
  /** What lies on it. */
  readonly path: string;
  /** Somebody else takes so many bytes of it. */
  fill(bytes: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A file system of its own, in memory. Where this process may not mount one, no file of a run may become as large as that: the limit is the kernel's
 * as well, and told as a failed write.
 */
export async function smallDisk(bench: Bench, name: string, bytes: number): Promise<SmallDisk> {
  const path = await bench.folder.folder(name);
  const { uid, gid } = bench.folder.account;
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700,uid=${uid},gid=${gid}`, 'tmpfs', path]).then(
    () => true,
    () => false,
  );
  if (!mounted) {
    console.log('This machine lets nobody mount a file system: a limit of the size of files takes its place.');
    return {
      path,
      settings: { BACKUP_SCRATCH: path, RUN_UNDER: `prlimit --fsize=${Math.floor(bytes / 10)}` },
      says: /File too large|file too large|EFBIG|SIGXFSZ|a worker process died unexpectedly/,
      fill: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    };
  }
  return {
    path,
    settings: { BACKUP_SCRATCH: path },
    says: /No space left on device|The disk is full|Check free disk space/,
    async fill(more) {
      const file = join(path, 'of-somebody-else');
      await writeFile(file, Buffer.alloc(more)).catch(() => undefined);
      await chown(file, uid, gid);
    },
    async stop() {
      await run('umount', ['--lazy', path]);
    },
  };
}
