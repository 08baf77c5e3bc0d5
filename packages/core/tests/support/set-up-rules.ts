/**
 * Rules about how a pool is set up. Only their own fixtures and pages are held against them: every example of something else would have to
 * carry a listener and a time-out.
 */
export const setUpRules: ReadonlySet<string> = new Set(['require-pool-error-handler', 'require-acquire-timeout']);
