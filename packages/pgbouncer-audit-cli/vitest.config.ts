import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real servers on a machine that is busy with something else; `npm test` names each test that needed it.
    retry: 1,
    // Servers are ended by the kernel with the process that started them, so that must be a process and not a thread.
    pool: 'forks',
  },
});
