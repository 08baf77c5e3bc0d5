// Written by `pnpm generate` from the files of this folder.
import type { Hazard } from '../hazard.ts';
import { cursorHoldsBackend } from './cursor-holds-backend.ts';
import { lostCommit } from './lost-commit.ts';
import { noClientPerRequest } from './no-client-per-request.ts';
import { noConcurrentDdlInTransaction } from './no-concurrent-ddl-in-transaction.ts';
import { noCurrval } from './no-currval.ts';
import { noEscapedTransaction } from './no-escaped-transaction.ts';
import { noExternalIoInTransaction } from './no-external-io-in-transaction.ts';
import { noForeignUrlParameter } from './no-foreign-url-parameter.ts';
import { noListen } from './no-listen.ts';
import { noLocalSettingOutsideTransaction } from './no-local-setting-outside-transaction.ts';
import { noManualTransactionOnPool } from './no-manual-transaction-on-pool.ts';
import { noMixedMultiStatement } from './no-mixed-multi-statement.ts';
import { noNamedPreparedStatement } from './no-named-prepared-statement.ts';
import { noNestedRootTransaction } from './no-nested-root-transaction.ts';
import { noOuterDbInTransaction } from './no-outer-db-in-transaction.ts';
import { noParallelTxQueries } from './no-parallel-tx-queries.ts';
import { noPipeliningOnSupavisor } from './no-pipelining-on-supavisor.ts';
import { noPooledMigrationLock } from './no-pooled-migration-lock.ts';
import { noPooledMigrationUrl } from './no-pooled-migration-url.ts';
import { noRowLockOutsideTransaction } from './no-row-lock-outside-transaction.ts';
import { noSelectStarNamedStatement } from './no-select-star-named-statement.ts';
import { noSessionAdvisoryLock } from './no-session-advisory-lock.ts';
import { noSessionLoad } from './no-session-load.ts';
import { noSessionReplicationRole } from './no-session-replication-role.ts';
import { noSessionRole } from './no-session-role.ts';
import { noSessionSearchPath } from './no-session-search-path.ts';
import { noSessionSet } from './no-session-set.ts';
import { noSessionSetConfig } from './no-session-set-config.ts';
import { noSessionStateRead } from './no-session-state-read.ts';
import { noSessionTempObject } from './no-session-temp-object.ts';
import { noSessionTransactionDefaults } from './no-session-transaction-defaults.ts';
import { noSetParameterHole } from './no-set-parameter-hole.ts';
import { noSqlPrepare } from './no-sql-prepare.ts';
import { noStatefulConnectHook } from './no-stateful-connect-hook.ts';
import { noTransactionInStatementMode } from './no-transaction-in-statement-mode.ts';
import { noTransactionOnHttpDriver } from './no-transaction-on-http-driver.ts';
import { noUnboundedTransactionLoop } from './no-unbounded-transaction-loop.ts';
import { noUnreliableSessionReset } from './no-unreliable-session-reset.ts';
import { noUnstableStatementName } from './no-unstable-statement-name.ts';
import { noUnsupportedStartupParameter } from './no-unsupported-startup-parameter.ts';
import { noWithHoldCursor } from './no-with-hold-cursor.ts';
import { noXactLockOutsideTransaction } from './no-xact-lock-outside-transaction.ts';
import { postgresJsPrepareOption } from './postgres-js-prepare-option.ts';
import { requireAcquireTimeout } from './require-acquire-timeout.ts';
import { requirePoolErrorHandler } from './require-pool-error-handler.ts';
import { requireTransactionCleanup } from './require-transaction-cleanup.ts';
import { rlsGucNullSafe } from './rls-guc-null-safe.ts';

/** Every hazard, in the order of the taxonomy. */
export const hazards: readonly Hazard[] = [
  noSessionSet,
  noSessionSetConfig,
  noSessionRole,
  noSessionSearchPath,
  noLocalSettingOutsideTransaction,
  noStatefulConnectHook,
  noUnreliableSessionReset,
  noSessionStateRead,
  rlsGucNullSafe,
  noSessionTransactionDefaults,
  noSetParameterHole,
  noNamedPreparedStatement,
  noSqlPrepare,
  postgresJsPrepareOption,
  noSelectStarNamedStatement,
  noUnstableStatementName,
  noSessionAdvisoryLock,
  noXactLockOutsideTransaction,
  noRowLockOutsideTransaction,
  noPooledMigrationLock,
  noSessionTempObject,
  noWithHoldCursor,
  cursorHoldsBackend,
  noListen,
  noSessionLoad,
  noCurrval,
  noSessionReplicationRole,
  noManualTransactionOnPool,
  noOuterDbInTransaction,
  noEscapedTransaction,
  noParallelTxQueries,
  noExternalIoInTransaction,
  noNestedRootTransaction,
  noTransactionOnHttpDriver,
  noMixedMultiStatement,
  requireTransactionCleanup,
  noUnboundedTransactionLoop,
  noUnsupportedStartupParameter,
  noForeignUrlParameter,
  noClientPerRequest,
  requirePoolErrorHandler,
  noPooledMigrationUrl,
  requireAcquireTimeout,
  noPipeliningOnSupavisor,
  noTransactionInStatementMode,
  noConcurrentDdlInTransaction,
  lostCommit,
];
