import type { BudgetResult, ProfileValue } from '../result.ts';
import type { AdminAnswers } from './admin-console.ts';
import type { LiveDifference } from './live-result.ts';
import type { PostgresAnswers } from './postgres.ts';

/** How a value of the profile is read from what runs, and when two values mean the same. */
interface Comparison {
  readonly setting: string;
  readonly actual: (console: AdminAnswers, postgres: PostgresAnswers | undefined) => string | undefined;
  readonly same?: (assumed: string, actual: string) => boolean;
}

const list = (value: string): string =>
  value
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter(Boolean)
    .sort()
    .join(', ');

const config = (name: string) => (console: AdminAnswers) => console.config.find(({ key }) => key === name)?.['value'];

const comparisons: readonly Comparison[] = [
  { setting: 'product', actual: () => 'pgbouncer' },
  { setting: 'version', actual: ({ version }) => version.split('.').slice(0, 2).join('.') },
  { setting: 'poolMode', actual: config('pool_mode') },
  // A version without the setting has no support.
  { setting: 'maxPreparedStatements', actual: (console) => config('max_prepared_statements')(console) ?? '0' },
  {
    setting: 'trackedParameters',
    // 1.20 and later track IntervalStyle unless told otherwise; the profile leaves what every version tracks out.
    actual: (console) => list((config('track_extra_parameters')(console) ?? '').replace(/\bintervalstyle\b/i, '')),
    same: (assumed, actual) => list(assumed.replace(/\bintervalstyle\b/i, '')) === actual,
  },
  {
    setting: 'ignoredStartupParameters',
    actual: (console) => list(config('ignore_startup_parameters')(console) ?? ''),
    same: (assumed, actual) => list(assumed) === actual,
  },
  { setting: 'postgresMajor', actual: (_, postgres) => (postgres ? String(Math.floor(postgres.version / 10_000)) : undefined) },
];

/**
 * Where the running pooler is not what the findings assume. A value that was read or stated and does not hold is an error: the audit
 * was about another pooler. One that was only assumed is a warning.
 */
export function compare(
  profile: readonly ProfileValue[],
  budget: BudgetResult | undefined,
  console: AdminAnswers,
  postgres: PostgresAnswers | undefined,
): LiveDifference[] {
  const found = comparisons.flatMap(({ setting, actual: read, same }): LiveDifference[] => {
    const assumed = profile.find((each) => each.setting === setting);
    const actual = read(console, postgres);
    if (!assumed || actual === undefined || (same ?? ((a, b) => a === b))(assumed.value, actual)) return [];
    return [
      {
        setting,
        assumed: assumed.value || 'none',
        source: assumed.source,
        actual: actual || 'none',
        severity: assumed.source === 'assumed' ? 'warning' : 'error',
      },
    ];
  });
  for (const { limit } of budget?.sums ?? []) {
    const actual = limit.name === 'max_connections' ? postgres?.settings['max_connections'] : config(limit.name)(console);
    const reserved = limit.name === 'max_connections' ? Number(postgres?.settings['superuser_reserved_connections'] ?? 0) : 0;
    if (actual === undefined || Number(actual) - reserved === limit.value) continue;
    found.push({
      setting: limit.name,
      assumed: String(limit.value + reserved),
      source: limit.source,
      actual,
      severity: limit.source === 'assumed' || Number(actual) - reserved > limit.value ? 'info' : 'warning',
    });
  }
  return found;
}
