import { defineConfig } from 'vitest/config';

/** Live suites talk to real systems: one file at a time, with time to wait. */
export default defineConfig({
  test: { include: ['test/live/**/*.spec.ts'], pool: 'forks', fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 60_000 } } },
});
