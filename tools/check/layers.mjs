/**
 * Who may import whom: the one table. `.dependency-cruiser.cjs` makes its rules from it, eslint its list of pure layers, and
 * test/architecture proves both. `may` names layers; a family (`platforms/*`) stands for each of its members.
 */
export const layers = {
  model: { may: [], pure: true },
  runtime: { may: ['model', 'plugin-sdk'] },
  'plugin-sdk': { may: ['model'], pure: true },
  client: { may: ['model', 'openapi'] },
  booking: { may: ['model', 'plugin-sdk'], pure: true },
  calendar: { may: ['model', 'plugin-sdk', 'booking', 'runtime'], pure: true },
  sessions: { may: ['model', 'plugin-sdk', 'booking', 'runtime'], pure: true },
  node: { may: ['model', 'plugin-sdk', 'booking', 'sessions', 'runtime'], pure: true },
  federation: { may: ['model', 'plugin-sdk', 'client', 'runtime'], pure: true },
  data: { may: ['model', 'plugin-sdk'], pure: true },
  'platforms/*': { may: ['model', 'plugin-sdk', 'platforms/batch'], pure: true },
  'policies/*': { may: ['model', 'plugin-sdk'], pure: true },
  'rankings/*': { may: ['model', 'plugin-sdk'], pure: true },
  persistence: { may: ['model', 'booking', 'sessions', 'federation'], sql: true },
  'http-api': { may: ['model', 'openapi'], nest: true },
  access: { may: ['model', 'runtime', 'openapi'], nest: true },
  'facades/*': { may: ['model'], nest: true },
  openapi: { at: 'openapi', may: [] },
  'apps/broker': {
    at: 'apps/broker', nest: true,
    may: [
      'model', 'runtime', 'plugin-sdk', 'client', 'booking', 'calendar', 'sessions', 'node', 'data', 'platforms/*', 'policies/*', 'persistence',
      'http-api', 'access', 'facades/*', 'openapi',
    ],
  },
  'apps/aggregator': {
    at: 'apps/aggregator', nest: true,
    may: ['model', 'runtime', 'plugin-sdk', 'client', 'federation', 'rankings/*', 'http-api', 'access', 'facades/*', 'persistence', 'openapi'],
  },
  // `eb check` judges a configuration with the code of the node or the aggregator, reached by its one file for that.
  'apps/cli': { at: 'apps/cli', may: ['model', 'runtime', 'client', 'openapi', 'apps/broker', 'apps/aggregator'] },
};

/** Families: folders of folders. Named one by one, because a loose pattern for nested folders would match `libs/x/src` too. */
export const families = ['platforms', 'policies', 'rankings', 'facades'];

/** What specs and testing folders of any layer may import besides the layer's own row: the fakes. */
export const forTests = ['runtime', 'platforms/scripted'];

/** Folders that may import every front door, and Nest, TypeORM and pg: they stand outside the product. */
export const free = ['test', 'bench', 'tools'];

/** Front doors of libraries; everything else of a library is its own affair. Apps have none and are reached by file. */
export const frontDoors = [
  '^libs/(?!(?:platforms|policies|rankings|facades)/)[^/]+/src/index\\.ts$',
  '^libs/(?:platforms|policies|rankings|facades)/[^/]+/index\\.ts$',
  '^openapi/index\\.ts$',
];

/** Front doors for tests. */
export const testDoors = [
  '^libs/(?!(?:platforms|policies|rankings|facades)/)[^/]+/src/testing/index\\.ts$',
  '^libs/(?:platforms|policies|rankings|facades)/[^/]+/testing/index\\.ts$',
];

/** Files that are tests or help them. */
export const testFiles = '(?:\\.(?:spec|fixture)\\.ts$|/testing/|/fixtures/)';

/** Folder of a layer as a pattern; a family's `*` becomes one folder name. */
export function folderPattern(name) {
  const folder = layers[name]?.at ?? `libs/${name}`;
  return `^${folder.replaceAll('*', '[^/]+')}/`;
}

/** Folders of the pure layers as globs, for eslint. */
export const pureGlobs = Object.entries(layers).filter(([, layer]) => layer.pure).map(([name]) => `libs/${name}/**/*.ts`);
