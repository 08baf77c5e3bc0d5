import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { explain } from './discover/read-text.ts';
import { UsageError } from './errors.ts';

/**
 * Writes a file so that nobody ever sees half of it, not even after a crash: beside its place first, then by renaming.
 *
 * @param mode the permissions that it gets; by default those of a new file
 * @throws UsageError when it cannot be written
 */
export function writeFileAtomically(path: string, text: string, shown: string, mode?: number): void {
  const draft = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(draft, 'wx', mode);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // What the process may not give at the opening (umask), it may give afterwards.
    if (mode !== undefined) chmodSync(draft, mode & 0o7777);
    renameSync(draft, path);
  } catch (cause) {
    if (existsSync(draft)) rmSync(draft);
    throw new UsageError(`\`${shown}\` could not be written: ${explain(cause)}.`);
  }
}
