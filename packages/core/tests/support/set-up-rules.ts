/**
 * Rules about what surrounds a query: how its pool is set up, and what becomes of its client on an error or in a loop. Only their own fixtures
 * and pages are held against them: every example of something else would have to carry a listener, a time-out and a `try`.
 */
export const setUpRules: ReadonlySet<string> = new Set([
  'require-pool-error-handler',
  'require-acquire-timeout',
  'require-transaction-cleanup',
  'no-unbounded-transaction-loop',
]);
