import { dirname, join } from 'node:path';
import { existsSync } from '../files/view.ts';

/** The top of the repository that a path is in: the nearest folder with a `.git`, or the folder itself. */
export function repositoryRoot(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return folder;
  }
}
