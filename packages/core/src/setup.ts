import { defaultProfile } from './pooler/default-profile.ts';
import type { PoolerProfile } from './pooler/profile.ts';

/** What the user told the analysis: `settings.pgbouncer` in ESLint, `pgbouncer-audit.config.*` in the audit. */
export interface Setup {
  readonly profile: PoolerProfile;
  /** Expressions (`db`, `this.database`, `app.pg`) that are pooled PostgreSQL clients though their origin cannot be seen. */
  readonly clients: readonly string[];
  /** Expressions, environment variables or module names whose connections do not go through the pooler. */
  readonly directClients: readonly string[];
  /** Names of template tags that make SQL for a client. */
  readonly sqlTags: readonly string[];
  /** Names of functions that run their callback in a transaction and pass it the handle (`withTenant`). */
  readonly transactionWrappers: readonly string[];
}

/** Nothing stated: the default profile, and no names. */
export const defaultSetup: Setup = {
  profile: defaultProfile,
  clients: [],
  directClients: [],
  sqlTags: [],
  transactionWrappers: [],
};
