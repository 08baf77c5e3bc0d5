import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cacheFolder } from '../src/servers/cache-folder.ts';
import { debianPackage } from '../src/servers/debian-packages.ts';

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'lab-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

test('a package that cannot be fetched is named, with what to do', async () => {
  vi.stubEnv('PATH', cache);
  const message = await debianPackage('pgbouncer', 'sid').then(String, String);
  expect(message).toContain(`The package pgbouncer of Debian sid is not in ${join(cache, 'pgbouncer-lab')}`);
  expect(message).toContain('apt-get ENOENT');
  expect(message).toContain('run `pnpm --filter @pgbouncer-audit/lab setup`');
});

test('servers are kept in the cache folder of the XDG specification', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/var/cache' })).toBe('/var/cache/pgbouncer-lab');
  expect(cacheFolder({ XDG_CACHE_HOME: 'relative' })).toMatch(/\.cache\/pgbouncer-lab$/);
});
