import { defineConfig } from 'vitest/config';

/** `npx vitest run --config test/live/containers/vitest.config.ts`; starts the bed where no DOCKER_HOST is set. */
export default defineConfig({
  test: {
    include: ['test/live/containers/**/*.spec.ts'],
    globalSetup: ['test/live/containers/bed.setup.ts'],
    // One runtime, one machine: files in turn, so that what one looks for as left behind is its own.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
