import type { Handle } from './site.ts';

/** Whether two handles stand for the same connections: Drizzle's database and the pool it was made of do. */
export function sameConnections(a: Handle, b: Handle): boolean {
  const roots = new Set(rootsOf(a));
  return rootsOf(b).some((root) => roots.has(root));
}

function rootsOf(handle: Handle | undefined): string[] {
  return handle ? [...(handle.root === undefined ? [] : [handle.root]), ...rootsOf(handle.underlying)] : [];
}
