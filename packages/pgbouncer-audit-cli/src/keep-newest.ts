import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Removes the files with a suffix that are older than the newest ones. @throws what `node:fs` throws */
export function keepNewest(folder: string, suffix: string, count: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(suffix))
    .map((name) => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(count)) rmSync(path, { force: true });
}
