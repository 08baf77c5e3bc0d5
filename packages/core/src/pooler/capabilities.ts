import type { Confidence, Dependency } from '../finding.ts';
import type { Capabilities, Capability, StateFate } from './capability-table.ts';
import { cellOf } from './cells-of.ts';
import type { PoolerProfile, ProfileSetting } from './profile.ts';

export { isAtLeast } from './is-at-least.ts';

function valueOf<K extends Capability>({ product, version }: PoolerProfile, capability: K): Capabilities[K] {
  return cellOf(product, version, capability).value;
}

/** Whether a client keeps its server connection: session pooling, and a pooler that pins one as soon as it holds state. */
export function keepsSessions(profile: PoolerProfile): boolean {
  return profile.poolMode === 'session' || valueOf(profile, 'sessionSet') === 'pinned';
}

/** What PostgreSQL reports, beside what poolers keep by themselves; `search_path` since 18. */
const reported = new Set(['default_transaction_read_only', 'session_authorization', 'is_superuser', 'in_hot_standby', 'scram_iterations']);

/** Whether a session-level `SET` of a parameter stays with the client that sent it, and what that answer rests on. */
export interface Tracking {
  readonly tracked: boolean;
  /** Set where the answer rests on an assumption that another plausible deployment would turn round. */
  readonly dependsOn?: Dependency;
}

/**
 * Whether the pooler keeps a parameter per client, so that a session-level `SET` of it does not leak.
 *
 * @param name lower case, as PostgreSQL knows it
 */
export function tracking(profile: PoolerProfile, name: string): Tracking {
  if (valueOf(profile, name === 'role' ? 'setRole' : 'sessionSet') === 'kept') return { tracked: true };
  const own = valueOf(profile, 'tracked');
  // Of a pooler that nothing is known of, what every PgBouncer does is assumed: it is the harmless part.
  if ((own === 'unknown' ? cellOf('pgbouncer', '1.18', 'tracked').value : own).includes(name)) return { tracked: true };
  const reports = name !== 'search_path' || profile.postgresMajor >= 18;
  if (profile.trackedParameters.includes(name)) return { tracked: reports };
  const tracked = valueOf(profile, 'tracksReported') === true && (reported.has(name) || (name === 'search_path' && reports));
  if (!tracked || !isAssumed(profile, 'version')) return { tracked };
  return { tracked, dependsOn: { setting: 'version', assumed: profile.version, holdsWhen: 'PgBouncer is older than 1.26' } };
}

/** What a pooler does with a startup parameter: applies it, drops it, or refuses the connection. */
export type StartupFate = Capabilities['startup'];

/**
 * What becomes of a parameter in the startup packet.
 *
 * @param name lower case; `options` asks about the string as a whole
 */
export function startupParameter(profile: PoolerProfile, name: string): StartupFate {
  if (profile.ignoredStartupParameters.includes(name)) return 'dropped';
  const others = valueOf(profile, 'startup');
  if (others !== 'refused') return others;
  if (startupTracked.has(name) || tracking(profile, name).tracked) return 'applied';
  const tracksReported = valueOf(profile, 'tracksReported') === true;
  // With track_extra_parameters a parameter is taken, and has no effect where PostgreSQL does not report it (FACTS.md 9).
  if (profile.trackedParameters.includes(name) && !tracksReported) return 'dropped';
  // One that tracks what is reported takes a startup search_path and applies it on each server, whatever PostgreSQL reports (FACTS.md 11).
  return name === 'search_path' && tracksReported ? 'applied' : 'refused';
}

/** Every PgBouncer takes it at startup, also where another client may inherit what a SET made of it. */
const startupTracked = new Set(['application_name']);

/** Whether the pooler refuses the startup parameter `options` as a whole, whatever is in it. */
export function refusesOptions(profile: PoolerProfile): boolean {
  return valueOf(profile, 'startupOptions') === 'refused';
}

/** State that lives on a server connection, other than parameters. */
export type SessionFeature = 'sqlPrepare' | 'advisoryLocks' | 'listen' | 'tempObjects';

/**
 * How sure a finding can be that a client loses such state, or shares it with others.
 *
 * @returns `undefined` where it keeps it
 */
export function loses(profile: PoolerProfile, feature: SessionFeature): Confidence | undefined {
  return confidenceOfLoss[valueOf(profile, feature)];
}

const confidenceOfLoss: Readonly<Record<StateFate, Confidence | undefined>> = {
  leak: 'certain',
  lost: 'certain',
  setting: 'likely',
  unknown: 'possible',
  kept: undefined,
  pinned: undefined,
};

/** Whether named protocol-level statements survive a change of server, and what that answer rests on. */
export interface NamedStatements {
  readonly supported: boolean;
  /** How sure a finding can be that it is not supported. */
  readonly confidence: Confidence;
  /** Set where the answer rests on an assumption that another plausible deployment would turn round. */
  readonly dependsOn?: Dependency;
}

/** What the pooler does with named statements, where its setting for them is what the profile says. */
export function namedStatements(profile: PoolerProfile): NamedStatements {
  const support = valueOf(profile, 'namedStatements');
  if (support === 'always') return { supported: true, confidence: 'certain' };
  if (support === 'unknown') return { supported: false, confidence: 'possible' };
  if (support === 'never') return { supported: false, confidence: 'certain' };
  const assumed = isAssumed(profile, 'maxPreparedStatements');
  const byDefault = valueOf(profile, 'preparedByDefault');
  if (assumed && profile.product !== 'pgbouncer') {
    // Off unless somebody switched it on; or nothing says what it is.
    if (byDefault === 'unknown') return { supported: false, confidence: 'possible' };
    if (byDefault === 0) return { supported: false, confidence: 'likely' };
  }
  const supported = profile.maxPreparedStatements > 0;
  if (!supported || !assumed) return { supported, confidence: 'certain' };
  return {
    supported,
    confidence: 'possible',
    dependsOn: {
      setting: 'maxPreparedStatements',
      assumed: String(profile.maxPreparedStatements),
      holdsWhen: '`max_prepared_statements` is 0, or PgBouncer is older than 1.21',
    },
  };
}

/** Whether nothing read or stated says what a setting is. */
export function isAssumed(profile: PoolerProfile, setting: ProfileSetting): boolean {
  return (profile.sources[setting] ?? 'assumed') === 'assumed';
}
