import { readSettings, defaultSetup, type PoolerProfile, type Setup } from '@pgbouncer-audit/core';
import { takeBudget } from '../budget/budget-settings.ts';
import type { AuditResult } from '../result.ts';

/** The setup that a result was made with: its profile, and the names of the configuration. */
export function setupOf({ discovery }: Pick<AuditResult, 'discovery'>, settings: unknown): Setup {
  const { setup } = readSettings(takeBudget(settings).rest);
  const values = Object.fromEntries(discovery.profile.map(({ setting, value }) => [setting, read(setting, value)]));
  const sources = Object.fromEntries(discovery.profile.map(({ setting, source }) => [setting, source]));
  return { ...setup, profile: { ...defaultSetup.profile, ...(values as Partial<PoolerProfile>), sources } };
}

function read(setting: string, value: string): unknown {
  if (setting === 'maxPreparedStatements' || setting === 'postgresMajor') return Number(value);
  if (setting !== 'trackedParameters' && setting !== 'ignoredStartupParameters') return value;
  return value
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}
