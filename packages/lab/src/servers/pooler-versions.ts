/** A PgBouncer that the lab proves its claims against. */
export interface PoolerVersion {
  /** Major and minor, as in `SHOW VERSION`. */
  readonly version: string;
  /** The Debian suite that packages it. */
  readonly suite: string;
  /** What `max_prepared_statements` is when the configuration does not say; 0 where the setting does not exist. */
  readonly maxPreparedStatements: number;
}

/** What people run: the oldest supported Debian's, the current one's, and the newest that is packaged. Defaults read with `SHOW CONFIG`. */
export const poolerVersions: readonly PoolerVersion[] = [
  { version: '1.18', suite: 'bookworm', maxPreparedStatements: 0 },
  { version: '1.24', suite: 'trixie', maxPreparedStatements: 200 },
  { version: '1.26', suite: 'sid', maxPreparedStatements: 200 },
];
