import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The S3 client advises everybody to change Node.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    include: ['tests/**/*.test.ts'],
    testTimeout: 30_000,
    // Real servers on a machine that is busy with something else; `npm test` names each test that needed it.
    retry: 1,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    // Servers are ended by the kernel with the process that started them, so that must be a process and not a thread.
    pool: 'forks',
    // The machine's processors are for the servers.
    fileParallelism: false,
  },
});
