import type { Check } from './check.ts';
import { ignoredStartupParameter } from './ignored-startup-parameter.ts';
import { migrationThroughPooler } from './migration-through-pooler.ts';
import { openTransactionTimeout } from './open-transaction-timeout.ts';
import { poolSizeBudget } from './pool-size-budget.ts';
import { poolerAuthentication } from './pooler-authentication.ts';
import { preparedStatementsOff } from './prepared-statements-off.ts';
import { resetQueryAlways } from './reset-query-always.ts';
import { searchPathAtLogin } from './search-path-at-login.ts';
import { sessionPooling } from './session-pooling.ts';
import { statementPooling } from './statement-pooling.ts';
import { unboundedQueryWait } from './unbounded-query-wait.ts';
import { vulnerablePooler } from './vulnerable-pooler.ts';
import { wildcardDatabase } from './wildcard-database.ts';

/** Every check of the configuration, by id. */
export const checks: readonly Check[] = [
  ignoredStartupParameter,
  migrationThroughPooler,
  openTransactionTimeout,
  poolSizeBudget,
  poolerAuthentication,
  preparedStatementsOff,
  resetQueryAlways,
  searchPathAtLogin,
  sessionPooling,
  statementPooling,
  unboundedQueryWait,
  vulnerablePooler,
  wildcardDatabase,
];
