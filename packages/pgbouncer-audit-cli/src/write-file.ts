import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { explain } from './discover/read-text.ts';
import { UsageError } from './errors.ts';

/**
 * Writes a file so that nobody ever sees half of it: beside its place first, then by renaming.
 *
 * @throws UsageError when it cannot be written
 */
export function writeFileAtomically(path: string, text: string, shown: string): void {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (cause) {
    if (existsSync(draft)) rmSync(draft);
    throw new UsageError(`The report could not be written to \`${shown}\`: ${explain(cause)}.`);
  }
}
