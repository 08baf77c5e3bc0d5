/** A pooler product whose behaviour the capability table knows. */
export type PoolerProduct = 'pgbouncer' | 'supavisor' | 'neon' | 'rds-proxy' | 'azure-pgbouncer' | 'pgcat' | 'pgdog' | 'odyssey';

export type PoolMode = 'transaction' | 'session' | 'statement';

/** A line of a file that says how something is deployed. */
export interface FilePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Where a value of the profile came from: read from something deployed or stated, or assumed. */
export type ProfileSource = 'stated' | 'assumed' | FilePlace;

/**
 * What stands between the application and PostgreSQL. Everything a verdict depends on is here and nowhere else.
 * `sources` tells a value that was read from one that was assumed.
 */
export interface PoolerProfile {
  readonly product: PoolerProduct;
  /** `major.minor` of the pooler. */
  readonly version: string;
  readonly poolMode: PoolMode;
  /** PgBouncer's `max_prepared_statements`; 0 means that named protocol-level statements do not survive a change of server. */
  readonly maxPreparedStatements: number;
  /** Lower-case names of parameters that the pooler keeps per client, beyond those its version always tracks (`track_extra_parameters`). */
  readonly trackedParameters: readonly string[];
  /** Lower-case names the pooler drops from the startup packet (`ignore_startup_parameters`). */
  readonly ignoredStartupParameters: readonly string[];
  /** PostgreSQL's major version. */
  readonly postgresMajor: number;
  readonly sources: Readonly<Partial<Record<ProfileSetting, ProfileSource>>>;
}

export type ProfileSetting = Exclude<keyof PoolerProfile, 'sources'>;
