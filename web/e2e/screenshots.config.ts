import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['e2e/screenshots.ts'],
    environment: 'node',
    testTimeout: 400_000,
    hookTimeout: 120_000,
    globalSetup: ['e2e/build-page.ts'],
  },
});
