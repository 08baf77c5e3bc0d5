import { vi } from 'vitest';

// Each test starts the program several times, which takes a while on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });
