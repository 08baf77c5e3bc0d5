import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    // Servers are ended by the kernel with the process that started them, so that must be a process and not a thread.
    pool: 'forks',
    // The machine's processors are for the servers.
    fileParallelism: false,
  },
});
