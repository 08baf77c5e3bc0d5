import { relative, sep } from 'node:path';

/** A path below the root, with slashes. */
export function toRelative(root: string, path: string): string {
  return toSlashes(relative(root, path));
}

/** A path with slashes, on every system. */
export function toSlashes(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}
