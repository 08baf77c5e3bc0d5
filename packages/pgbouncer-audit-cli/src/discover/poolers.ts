import type { PoolerProfile } from '@pgbouncer-audit/core';
import type { PoolerResult } from '../result.ts';

export interface FoundPoolers {
  /** What the profile gets from them; what no file tells is absent. */
  readonly profile: Partial<PoolerProfile>;
  readonly poolers: readonly PoolerResult[];
  readonly notes: readonly string[];
}

export function findPoolers(_root: string, _manifests: readonly string[], _folders: readonly string[]): FoundPoolers {
  return { profile: {}, poolers: [], notes: [] };
}

export function readPgbouncerIni(_root: string, _path: string): FoundPoolers {
  return { profile: {}, poolers: [], notes: [] };
}
