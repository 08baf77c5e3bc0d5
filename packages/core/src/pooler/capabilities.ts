import type { Confidence, Dependency } from '../finding.ts';
import type { PoolerProfile, ProfileSetting } from './profile.ts';

/** `1.26` is at least `1.9`: compares by numbers. */
export function isAtLeast(version: string, minimum: string): boolean {
  const left = version.split('.').map(Number);
  const right = minimum.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0 && !Number.isNaN(difference)) return difference > 0;
  }
  return true;
}

/** Products that are a PgBouncer, and keep its version numbers. */
function isPgBouncer(profile: PoolerProfile): boolean {
  return profile.product === 'pgbouncer' || profile.product === 'azure-pgbouncer' || profile.product === 'neon';
}

/** Whether a client keeps its server connection: session pooling, and RDS Proxy, which pins one as soon as it holds state. */
export function keepsSessions(profile: PoolerProfile): boolean {
  return profile.poolMode === 'session' || profile.product === 'rds-proxy';
}

/** Parameters that every PgBouncer keeps per client (FACTS.md 8; `application_name` leaked on 1.18). */
const alwaysTracked = new Set(['client_encoding', 'datestyle', 'timezone', 'standard_conforming_strings', 'application_name']);
/** What PostgreSQL reports and PgBouncer 1.26 therefore keeps (FACTS.md 9). */
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
  if (profile.product === 'pgdog') return { tracked: name !== 'role' };
  if (name === 'application_name' && isPgBouncer(profile)) return { tracked: isAtLeast(profile.version, '1.22') };
  if (alwaysTracked.has(name)) return { tracked: true };
  if (name === 'intervalstyle') return { tracked: isPgBouncer(profile) && isAtLeast(profile.version, '1.20') };
  const reports = name !== 'search_path' || profile.postgresMajor >= 18;
  if (profile.trackedParameters.includes(name)) return { tracked: reports };
  if (!isPgBouncer(profile) || !isAtLeast(profile.version, '1.26')) return { tracked: false };
  const tracked = reported.has(name) || (name === 'search_path' && reports);
  if (!tracked || !isAssumed(profile, 'version')) return { tracked };
  return { tracked, dependsOn: { setting: 'version', assumed: profile.version, holdsWhen: 'PgBouncer is older than 1.26' } };
}

/** Whether the pooler accepts a parameter in the startup packet and applies it, drops it, or refuses the connection. */
export function startupParameter(profile: PoolerProfile, name: string): 'applied' | 'dropped' | 'refused' {
  if (profile.ignoredStartupParameters.includes(name)) return 'dropped';
  if (profile.product !== 'pgbouncer' && profile.product !== 'azure-pgbouncer' && profile.product !== 'neon') return 'applied';
  if (alwaysTracked.has(name) || tracking(profile, name).tracked) return 'applied';
  // With track_extra_parameters a parameter is taken, and has no effect where PostgreSQL does not report it (FACTS.md 9).
  if (profile.trackedParameters.includes(name) && !isAtLeast(profile.version, '1.26')) return 'dropped';
  // 1.26 takes a startup search_path and applies it on each server, whatever PostgreSQL reports (FACTS.md 11).
  return name === 'search_path' && isAtLeast(profile.version, '1.26') ? 'applied' : 'refused';
}

/** Whether named protocol-level statements survive a change of server, and what that answer rests on. */
export interface NamedStatements {
  readonly supported: boolean;
  /** How sure a finding can be that it is not supported. */
  readonly confidence: Confidence;
  /** Set where the answer rests on an assumption that another plausible deployment would turn round. */
  readonly dependsOn?: Dependency;
}

/** PgBouncer 1.21 and later with `max_prepared_statements` over 0 (FACTS.md 5). */
export function namedStatements(profile: PoolerProfile): NamedStatements {
  const assumed = isAssumed(profile, 'maxPreparedStatements');
  // Off unless switched on: Supavisor, and Azure's built-in PgBouncer of any version.
  if (assumed && (profile.product === 'supavisor' || profile.product === 'azure-pgbouncer'))
    return { supported: false, confidence: 'likely' };
  const supported =
    profile.product === 'pgdog' ||
    profile.product === 'rds-proxy' ||
    (profile.maxPreparedStatements > 0 && (!isPgBouncer(profile) || isAtLeast(profile.version, '1.21')));
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
