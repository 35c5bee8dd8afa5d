/** Command → arguments of Node. TypeScript is run from source by tsx. */
const tsx = ['--import', 'tsx'];

export const commands = {
  demo: [...tsx, 'tools/demo/demo.ts'],
  start: [...tsx, 'apps/broker/src/main.ts'],
  'start:aggregator': [...tsx, 'apps/aggregator/src/main.ts'],
  'demo:federation': [...tsx, 'tools/demo/federation.ts'],
  test: ['tools/test.mjs'],
  'test:live': ['tools/live.mjs'],
  check: ['tools/check.mjs'],
  chaos: [...tsx, 'tools/chaos/chaos.ts'],
  bench: [...tsx, 'bench/main.ts'],
  fuzz: ['--expose-gc', ...tsx, 'test/fuzz/fuzz.ts'],
  schemathesis: [...tsx, 'test/fuzz/schemathesis.ts'],
  soak: [...tsx, 'bench/soak/soak.ts'],
  eb: ['apps/cli/bin/eb.mjs'],
  generate: ['tools/generate.mjs'],
  build: ['tools/build.mjs'],
};
