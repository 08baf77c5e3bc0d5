import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Environment } from './bench.ts';

/**
 * A folder of PostgreSQL's programs in which `pg_dump` is a script; `$real` in it is the true one, which also answers for its version.
 *
 * @returns the folder, for `BACKUP_PG_BIN`
 */
export async function pgDumpThat(bench: Bench, { BACKUP_PG_BIN: real }: Environment, name: string, script: string): Promise<string> {
  const folder = await bench.folder.folder(name);
  for (const other of ['pg_dumpall', 'pg_restore', 'pg_amcheck', 'initdb', 'postgres'])
    await symlink(join(real!, other), join(folder, other));
  const path = join(folder, 'pg_dump');
  await writeFile(path, `#!/bin/sh\nreal=${real}/pg_dump\ncase "$*" in *--version*) exec $real --version;; esac\n${script}\n`);
  await chmod(path, 0o755);
  await chmod(folder, 0o755);
  return folder;
}

/** The script of one that dies after so many bytes of what it really writes. */
export const dyingAfter = (bytes: number) => `$real "$@" | head -c ${bytes}\necho 'pg_dump: error: told to die' >&2\nexit 1`;
