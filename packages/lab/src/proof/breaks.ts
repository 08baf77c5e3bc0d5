import type { Environment } from '../environments.ts';

/** Breaks behind every transaction pool. */
export const inTransactionMode = ({ mode }: Environment): boolean => mode === 'transaction';

/** Breaks behind a transaction pool that does not know prepared statements: before 1.21, or `max_prepared_statements = 0`. */
export const withoutPreparedStatements = ({ mode, maxPreparedStatements }: Environment): boolean =>
  mode === 'transaction' && maxPreparedStatements === 0;

/** Breaks behind a transaction pool that rewrites statement names: 1.21 and newer with `max_prepared_statements` over 0. */
export const withPreparedStatements = ({ mode, maxPreparedStatements }: Environment): boolean =>
  mode === 'transaction' && maxPreparedStatements > 0;

/** Breaks behind PgBouncer in any pool mode. */
export const behindPgBouncer = ({ mode }: Environment): boolean => mode !== 'direct';

/** A rule of PostgreSQL or of the driver: breaks with no pooler at all as well. */
export const everywhere = (): boolean => true;

/** Breaks behind a transaction pool of a version before this one. */
export const inTransactionModeBefore =
  (version: string) =>
  (environment: Environment): boolean =>
    inTransactionMode(environment) && Number(environment.version) < Number(version);
