/** What each library exports, against a reviewed list: a wider surface is a decision, not an accident. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../run/prepare.mjs';
import { families } from './layers.mjs';

const lists = 'test/architecture/surface';

/** Library name → its front door, for every library that has one. */
export function frontDoorsOf(base) {
  const folders = existsSync(join(base, 'libs')) ? readdirSync(join(base, 'libs')) : [];
  const flat = folders.filter((name) => !families.includes(name)).map((name) => [name, `libs/${name}/src/index.ts`]);
  const nested = families.filter((family) => folders.includes(family)).flatMap((family) =>
    readdirSync(join(base, 'libs', family)).map((name) => [`${family}-${name}`, `libs/${family}/${name}/index.ts`]));
  const all = [...flat, ...nested, ['openapi', 'openapi/index.ts']];
  return new Map(all.filter(([, file]) => existsSync(join(base, file))).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Exported names of each library, sorted; types are marked, because a value is the greater promise. */
export function readSurface(base) {
  const doors = frontDoorsOf(base);
  const { config } = ts.readConfigFile(join(base, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, base);
  const program = ts.createProgram([...doors.values()].map((file) => join(base, file)), { ...options, incremental: false, tsBuildInfoFile: undefined });
  const checker = program.getTypeChecker();
  return new Map([...doors].map(([name, file]) => {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(join(base, file)));
    const names = symbol === undefined ? [] : checker.getExportsOfModule(symbol).map((exported) => label(exported, checker));
    return [name, names.sort()];
  }));
}

function label(exported, checker) {
  const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  return target.flags & ts.SymbolFlags.Value ? exported.name : `type ${exported.name}`;
}

/** The differences between surface and lists as text; undefined when there are none. */
export function compareSurface(base = root) {
  const faults = [];
  const surface = readSurface(base);
  for (const [name, names] of surface) faults.push(...differences(name, names, readList(base, name)));
  for (const name of listedNames(base)) if (!surface.has(name)) faults.push(`${name}: listed, but there is no such library`);
  return faults.length === 0 ? undefined : [...faults, 'Meant so? npm run check -- --update, and commit the lists.'].join('\n');
}

function differences(name, names, listed) {
  if (listed === undefined) return [`${name}: no list yet`];
  const added = names.filter((each) => !listed.includes(each)).map((each) => `${name}: exports ${each}, which is not listed`);
  const gone = listed.filter((each) => !names.includes(each)).map((each) => `${name}: ${each} is listed, but not exported`);
  return [...added, ...gone];
}

/** Writes the lists anew and says what was written. */
export function updateSurface(base = root) {
  rmSync(join(base, lists), { recursive: true, force: true });
  mkdirSync(join(base, lists), { recursive: true });
  return [...readSurface(base)].map(([name, names]) => {
    writeFileSync(join(base, lists, `${name}.txt`), names.map((each) => `${each}\n`).join(''));
    return `${name}: ${names.length} names`;
  });
}

function readList(base, name) {
  const file = join(base, lists, `${name}.txt`);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '') : undefined;
}

function listedNames(base) {
  const folder = join(base, lists);
  return existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\.txt$/, '')) : [];
}
