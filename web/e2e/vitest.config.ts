import { defineConfig } from 'vitest/config';

// One browser and one service at a time: the machine may have two cores.
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 400_000,
    hookTimeout: 120_000,
    globalSetup: ['e2e/build-page.ts'],
  },
});
