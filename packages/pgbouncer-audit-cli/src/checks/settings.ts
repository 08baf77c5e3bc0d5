import { isSample, type Pooler, type Setting } from '../deployment/facts.ts';
import type { Severity } from '@pgbouncer-audit/core';

/** PgBouncers only: the settings of other poolers have other names. */
export function pgbouncers(poolers: readonly Pooler[]): readonly Pooler[] {
  return poolers.filter(({ product }) => product === 'pgbouncer');
}

/** A setting of a pooler. Of a name that is set twice the last one holds. */
export function settingOf({ settings }: Pooler, name: string): Setting | undefined {
  return settings.findLast((each) => each.name === name);
}

/** A number as PgBouncer reads it; `undefined` for what is none, such as a variable of a template. */
export function numberOf(setting: Setting | undefined): number | undefined {
  return setting && /^\s*\d+(?:\.\d+)?\s*$/.test(setting.value) ? Number(setting.value) : undefined;
}

/** Names of a list, in lower case. */
export function listOf(setting: Setting | undefined): readonly string[] {
  return (setting?.value ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter(Boolean);
}

/** What stands in an example, or is for development, is told quietly. */
export function severityIn(file: string, severity: Severity): Severity {
  return isSample(file) ? 'info' : severity;
}
