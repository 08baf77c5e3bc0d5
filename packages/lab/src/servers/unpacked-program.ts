import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../lab-error.ts';

/** How to start a program: what to execute, and the arguments that come before its own. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * A program of an unpacked Debian tree, run by the loader and the libraries of that same tree, so that a newer Debian's program runs here.
 *
 * @param root the unpacked tree
 * @param path the program, relative to `root`
 */
export async function unpackedProgram(root: string, path: string): Promise<Program> {
  const folders = await libraryFolders(root);
  for (const folder of [...folders, join(root, 'usr/lib64'), join(root, 'lib64')]) {
    const loader = (await readdir(folder).catch(() => [])).find((file) => /^ld-linux.*\.so\.\d+$/.test(file));
    if (loader) return { command: join(folder, loader), args: ['--library-path', folders.join(':'), join(root, path)] };
  }
  throw new LabError(`${root} holds no dynamic loader: remove this folder and run \`pnpm --filter @pgbouncer-audit/lab setup\`.`);
}

/** Debian keeps libraries in one folder per architecture, below `usr/lib` and, before the two were merged, `lib`. */
export async function libraryFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const base of ['usr/lib', 'lib']) {
    const entries = await readdir(join(root, base)).catch(() => []);
    found.push(...entries.filter((entry) => entry.endsWith('-linux-gnu')).map((entry) => join(root, base, entry)));
  }
  return found;
}
