import { defineConfig } from 'vitest/config';

/** Unit specs live beside the code, whole-system tests in test/. Live suites run only when named (npm run test:live). */
export default defineConfig({
  test: {
    include: ['libs/**/*.spec.ts', 'openapi/**/*.spec.ts', 'apps/**/*.spec.ts', 'test/**/*.spec.ts', 'tools/**/*.spec.ts', 'bench/**/*.spec.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'test/live/**'],
    globalSetup: ['libs/persistence/src/testing/global-setup.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    // What a test waits for comes late on a busy machine; a second, as by default, is nothing there.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    hookTimeout: 120_000,
  },
});
