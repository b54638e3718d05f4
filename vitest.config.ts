import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/integration/**/*.test.ts', 'test/browser/**/*.test.ts'],
    // Limits for what hangs: a machine that is busy with much else takes minutes for what is done in seconds.
    testTimeout: 480_000,
    hookTimeout: 480_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 240_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
