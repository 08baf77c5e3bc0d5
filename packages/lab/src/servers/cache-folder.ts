import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where unpacked servers are kept between runs, by the XDG Base Directory Specification: a relative `XDG_CACHE_HOME` is ignored.
 *
 * @returns an absolute path; the folder may not exist yet
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: base = '' } = environment;
  return join(base.startsWith('/') ? base : join(homedir(), '.cache'), 'pgbouncer-lab');
}
