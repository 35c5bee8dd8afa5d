/** The import rules catch what they should: on a tree made here, every illegal pair is reported and no legal one. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { cruise } from 'dependency-cruiser';
import type { ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cruiseOptions, importRules } from '../../tools/check/import-rules.mjs';
import { layers } from '../../tools/check/layers.mjs';

interface Place { readonly layer: string; readonly folder: string; readonly door: string; readonly name: string | undefined }

/** One member for each layer, two for each family; doors as package.json has them. */
const members: Readonly<Record<string, readonly string[]>> = { 'platforms/*': ['platforms/local', 'platforms/scripted'], 'policies/*': ['policies/hours', 'policies/quota'], 'rankings/*': ['rankings/weights', 'rankings/http'], 'facades/*': ['facades/tes', 'facades/hpc'] };
const places: readonly Place[] = Object.entries(layers).flatMap(([layer, { at }]) => (members[layer] ?? [layer]).map((name) => {
  const folder = at ?? `libs/${name}`;
  const isNested = name.includes('/') && at === undefined;
  const door = isNested || at === 'openapi' ? `${folder}/index.ts` : `${folder}/src/index.ts`;
  return { layer, folder, door, name: folder.startsWith('apps/') ? undefined : `#${name}` };
}));

const folder = mkdtempSync(join(tmpdir(), 'eb-layers-'));
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function specifier(from: string, to: Place): string {
  return to.name ?? relative(dirname(from), to.door).replace(/\.ts$/, '.js');
}

/** Violations as `rule: from → to`. */
async function violations(): Promise<readonly string[]> {
  const result = await cruise(['apps', 'libs', 'openapi', 'test'], { ...cruiseOptions, baseDir: folder, validate: true, ruleSet: { forbidden: [...importRules] } });
  return (result.output as ICruiseResult).summary.violations.map((each) => `${each.rule.name}: ${each.from} → ${each.to}`);
}

function isLegal(from: Place, to: Place): boolean {
  return from === to || layers[from.layer]?.may.some((may) => may === to.layer || `libs/${may}` === to.folder) === true;
}

function writeTree(): void {
  const imports = Object.fromEntries(places.flatMap((place) => (place.name === undefined ? [] : [[place.name, `./${place.door}`]])));
  write('package.json', JSON.stringify({ name: 'mock', type: 'module', imports: { ...imports, '#model/testing': './libs/model/src/testing/index.ts' } }));
  write('libs/model/src/testing/index.ts', 'export const fake = 1;\n');
  for (const place of places) {
    write(place.door, 'export interface Word { readonly x: number }\nexport const word = 1;\n');
    write(place.door.replace('index.ts', 'inside.ts'), 'export const inner = 1;\n');
  }
}

describe('the import rules', () => {
  let found: readonly string[] = [];
  const pairs = places.flatMap((from) => places.filter((to) => to !== from).map((to) => ({ from, to, file: join(dirname(from.door), `uses-${to.folder.replaceAll('/', '-')}.ts`) })));

  beforeAll(async () => {
    writeTree();
    for (const { to, file } of pairs) write(file, `import type { Word } from '${specifier(file, to)}';\nexport type Mine = Word;\n`);
    write('libs/booking/src/reaches-past.ts', "import { inner } from '../../model/src/inside.js';\nexport const x = inner;\n");
    write('libs/booking/src/by-path.ts', "import { word } from '../../model/src/index.js';\nexport const x = word;\n");
    write('libs/booking/src/uses-fake.ts', "import { fake } from '#model/testing';\nexport const x = fake;\n");
    write('libs/booking/src/uses-fake.spec.ts', "import { fake } from '#model/testing';\nexport const x = fake;\n");
    write('libs/booking/src/round.ts', "import type { Trip } from './trip.js';\nexport type Round = Trip;\n");
    write('libs/booking/src/trip.ts', "import type { Round } from './round.js';\nexport type Trip = Round;\n");
    write('libs/booking/src/nest.ts', "import '@nestjs/common';\n");
    write('libs/http-api/src/nest.ts', "import '@nestjs/common';\n");
    write('libs/http-api/src/sql.ts', "import 'pg';\n");
    write('libs/persistence/src/sql.ts', "import 'pg';\n");
    write('libs/sessions/src/waits.ts', "import { setTimeout } from 'node:timers/promises';\nexport const x = setTimeout;\n");
    write('test/journeys/reaches-past.spec.ts', "import { inner } from '../../libs/model/src/inside.js';\nexport const x = inner;\n");
    found = await violations();
  });

  it('report every illegal pair of layers, types included', () => {
    const missed = pairs.filter(({ from, to }) => !isLegal(from, to)).filter(({ file, to }) => !found.some((each) => each.includes(`-may-import: ${file} → ${to.door}`)));
    expect(missed.map(({ from, to }) => `${from.folder} → ${to.folder}`)).toEqual([]);
  });

  it('report no legal pair', () => {
    const wrong = pairs.filter(({ from, to }) => isLegal(from, to)).flatMap(({ file }) => found.filter((each) => each.includes(`: ${file} →`)));
    expect(wrong).toEqual([]);
  });

  it('keep apart the members of a family', () => {
    expect(found.some((each) => each.startsWith('platforms-may-import: libs/platforms/local/') && each.endsWith('→ libs/platforms/scripted/index.ts'))).toBe(true);
  });

  it.each([
    ['a file behind a front door', 'front-door-only: libs/booking/src/reaches-past.ts → libs/model/src/inside.ts'],
    ['a file behind a front door, from a journey', 'front-door-only-from-outside: test/journeys/reaches-past.spec.ts → libs/model/src/inside.ts'],
    ['a relative path to another library', 'by-name-not-by-path: libs/booking/src/by-path.ts → libs/model/src/index.ts'],
    ['test support in the product', 'test-door-in-product: libs/booking/src/uses-fake.ts → libs/model/src/testing/index.ts'],
    ['a cycle of types', 'no-cycles: libs/booking/src/round.ts → libs/booking/src/trip.ts'],
    ['Nest in the domain', 'nest-at-the-edges: libs/booking/src/nest.ts → @nestjs/common'],
    ['SQL outside persistence', 'sql-in-persistence: libs/http-api/src/sql.ts → pg'],
    ['timers in a pure layer', 'no-timers-in-pure-layers: libs/sessions/src/waits.ts → timers/promises'],
  ])('report %s', (_, expected) => {
    expect(found).toContain(expected);
  });

  it.each(['libs/booking/src/uses-fake.spec.ts', 'libs/http-api/src/nest.ts', 'libs/persistence/src/sql.ts'])('leave %s alone, apart from the package that is not installed there', (file) => {
    expect(found.filter((each) => each.includes(`: ${file} →`) && !each.startsWith('must-resolve'))).toEqual([]);
  });
});
