import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['e2e/slow-line.ts'],
    environment: 'node',
    testTimeout: 1_200_000,
    hookTimeout: 120_000,
    globalSetup: ['e2e/build-page.ts'],
  },
});
