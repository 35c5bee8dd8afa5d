#!/usr/bin/env node
// The built program where there is one; in a clone, the TypeScript sources through tsx.
import { existsSync } from 'node:fs';

const built = new URL('../../../dist/apps/cli/src/main.js', import.meta.url);
const main = existsSync(built) ? built : new URL('../src/main.ts', import.meta.url);

if (main !== built) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { main: run } = await import(main.href);
process.exitCode = await run(process.argv.slice(2));
