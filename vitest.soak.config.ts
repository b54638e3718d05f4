import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/soak/**/*.test.ts'],
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
