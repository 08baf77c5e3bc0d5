import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Servers are ended by the kernel with the process that started them, so that must be a process and not a thread.
  test: { include: ['tests/**/*.test.ts'], pool: 'forks', testTimeout: 60_000, hookTimeout: 120_000 },
});
