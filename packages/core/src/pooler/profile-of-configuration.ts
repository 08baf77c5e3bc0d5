import type { PgbouncerConfiguration, PoolerSetting } from './pgbouncer-configuration.ts';
import type { FilePlace, PoolerProfile, PoolMode, ProfileSetting } from './profile.ts';

/** A setting whose value PgBouncer would refuse, or that is a variable of a template. */
export interface ProfileProblem {
  /** What the profile lacks because of it. */
  readonly setting: ProfileSetting;
  readonly origin: FilePlace;
  /** A sentence without a full stop. */
  readonly message: string;
}

export interface ConfiguredProfile {
  /** What the configuration tells, with where it does. */
  readonly profile: Partial<PoolerProfile>;
  readonly problems: readonly ProfileProblem[];
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * What a configuration of PgBouncer says of the profile. Where it is complete, what it does not set has PgBouncer's default: session mode, and
 * empty lists. `max_prepared_statements` has none here, because its default depends on the version.
 */
export function profileOfConfiguration(
  configuration: Pick<PgbouncerConfiguration, 'origin' | 'settings' | 'complete'> & { readonly exceptions?: readonly PoolerSetting[] },
): ConfiguredProfile {
  const { origin, settings, complete, exceptions = [] } = configuration;
  const setting = (name: string): PoolerSetting | undefined => settings.findLast((each) => each.name === name);
  const profile: Mutable<Partial<PoolerProfile>> = { product: 'pgbouncer' };
  const sources: Partial<Record<ProfileSetting, FilePlace>> = { product: origin };
  const problems: ProfileProblem[] = [];

  const own = setting('pool_mode');
  const mode = own ? poolModeOf(own.value) : 'session';
  if (own && mode === undefined) {
    problems.push({
      setting: 'poolMode',
      origin: own.origin,
      message: `\`${own.value}\` is no pool_mode: session, transaction or statement`,
    });
  } else if (own !== undefined || complete) {
    // What keeps its session on one database loses it on another: such a pooler is judged by the mode that keeps less.
    const shared = mode === 'session' ? exceptions.find(({ value }) => (poolModeOf(value) ?? 'session') !== 'session') : undefined;
    profile.poolMode = (shared && poolModeOf(shared.value)) ?? mode!;
    sources.poolMode = (shared ?? own)?.origin ?? origin;
  }

  const prepared = setting('max_prepared_statements');
  if (prepared && /^\d+$/.test(prepared.value)) {
    profile.maxPreparedStatements = Number(prepared.value);
    sources.maxPreparedStatements = prepared.origin;
  } else if (prepared) {
    problems.push({
      setting: 'maxPreparedStatements',
      origin: prepared.origin,
      message: `\`${prepared.value}\` is no number for max_prepared_statements`,
    });
  }

  for (const [name, key] of [
    ['ignore_startup_parameters', 'ignoredStartupParameters'],
    ['track_extra_parameters', 'trackedParameters'],
  ] as const) {
    const list = setting(name);
    if (!list && !complete) continue;
    profile[key] = namesOf(list?.value ?? '');
    sources[key] = list?.origin ?? origin;
  }
  return { profile: { ...profile, sources }, problems };
}

/** PgBouncer reads its keywords without regard to case. */
export function poolModeOf(value: string): PoolMode | undefined {
  return (['transaction', 'session', 'statement'] as const).find((mode) => mode === value.trim().toLowerCase());
}

function namesOf(list: string): readonly string[] {
  return list
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter(Boolean);
}
