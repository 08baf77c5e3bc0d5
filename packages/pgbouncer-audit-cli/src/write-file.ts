import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { explain } from './discover/read-text.ts';
import { UsageError } from './errors.ts';

/**
 * Writes a file so that nobody ever sees half of it, not even after a crash: beside its place first, then by renaming.
 *
 * @param mode the permissions that it gets; by default those of a new file
 * @throws UsageError when it cannot be written
 */
export function writeFileAtomically(path: string, content: string | Uint8Array, shown: string, mode?: number): void {
  const name = `.${basename(path).slice(0, 100)}.`;
  const draft = join(dirname(path), `${name}${randomUUID()}.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    removeLeftovers(dirname(path), name);
    const file = openSync(draft, 'wx', mode);
    try {
      writeFileSync(file, content);
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

/** A run that writes takes seconds: what is older was left by one that was killed. */
const oldAge = 10 * 60_000;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Removes the drafts of a file that nobody is going to finish. */
function removeLeftovers(folder: string, prefix: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || !uuid.test(name.slice(prefix.length))) continue;
    const path = join(folder, name);
    try {
      if (Date.now() - statSync(path).mtimeMs > oldAge) rmSync(path, { force: true });
    } catch {
      // Another run has just removed it.
    }
  }
}
