import { aggregatorHeap, isFresh, programArguments } from './built.mjs';
import { root } from './prepare.mjs';

/** Command → arguments of Node, or what gives them. TypeScript is run from source by tsx; what is for operation, from a build where there is a fresh one. */
const tsx = ['--import', 'tsx'];

export const commands = {
  demo: [...tsx, 'tools/demo/demo.ts'],
  start: () => programArguments('apps/broker/src/main'),
  'start:aggregator': () => [...aggregatorHeap, ...programArguments('apps/aggregator/src/main')],
  'demo:federation': [...tsx, 'tools/demo/federation.ts'],
  test: ['tools/test.mjs'],
  'test:live': ['tools/live.mjs'],
  check: ['tools/check.mjs'],
  chaos: [...tsx, 'tools/chaos/chaos.ts'],
  bench: [...tsx, 'bench/main.ts'],
  fuzz: ['--expose-gc', ...tsx, 'test/fuzz/fuzz.ts'],
  schemathesis: [...tsx, 'test/fuzz/schemathesis.ts'],
  soak: [...tsx, 'bench/soak/soak.ts'],
  eb: () => [isFresh(root) ? 'dist/apps/cli/bin/eb.mjs' : 'apps/cli/bin/eb.mjs'],
  generate: ['tools/generate.mjs'],
  build: ['tools/build.mjs'],
};
