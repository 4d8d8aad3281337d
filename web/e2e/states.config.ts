import { defineConfig } from 'vitest/config';

// `npm run states`: pictures to look at, of every state at every size.
export default defineConfig({
  test: {
    include: ['e2e/states.ts'],
    environment: 'node',
    testTimeout: 400_000,
    hookTimeout: 120_000,
    globalSetup: ['e2e/build-page.ts'],
  },
});
