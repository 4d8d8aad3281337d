import { defineConfig } from 'vitest/config';

// `npm run other-browsers` (make verify): Firefox and WebKit, where Debian has them.
export default defineConfig({
  test: {
    include: ['e2e/other-browsers.ts'],
    environment: 'node',
    testTimeout: 400_000,
    hookTimeout: 120_000,
    globalSetup: ['e2e/build-page.ts'],
  },
});
