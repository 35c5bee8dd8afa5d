import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { faultText } from '#runtime';
import { loadConfig, loadConfigText } from '../load-config.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function faultsOf(ranking: string): Promise<readonly string[]> {
  const loaded = await loadConfigText(`federation:\n  ranking: ${ranking}\n`, {});
  return loaded.ok ? [] : loaded.faults.map(faultText);
}

/** A configuration file beside which a package stands. */
async function withPackage(name: string, module: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-ranking-'));
  folders.push(folder);
  const place = join(folder, 'node_modules', name);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }));
  await writeFile(join(place, 'index.js'), module);
  const file = join(folder, 'aggregator.yaml');
  await writeFile(file, `federation: { ranking: { plugin: "${name}", favourite: n1 } }\n`);
  return file;
}

const sound = `export const rankingPlugin = {
  name: 'ours', schema: { type: 'object', properties: { favourite: { type: 'string' } }, required: ['favourite'], additionalProperties: false },
  parseConfig: (raw) => raw, create: ({ favourite }) => ({ score: async (offers) => new Map(offers.map(({ key, member }) => [key, member === favourite ? 1 : 0])) }),
};`;

describe('the ranking of an aggregator', () => {
  it.each(['earliest', 'cheapest', '{ type: weights }', '{ type: weights, cost: 2, within: PT0.1S, otherwise: cheapest }', '{ type: http, url: "http://127.0.0.1:8181/v1/data/x" }'])('%s is sound', async (ranking) => {
    expect(await faultsOf(ranking)).toEqual([]);
  });

  it.each([
    ['{ type: wieghts }', /^configuration:2:20: federation\.ranking\.type: 'wieghts' is not known; write one of weights, http as type/],
    ['{ wait: 1 }', /federation\.ranking\.type: there is neither a type nor a plugin/],
    ['{ type: weights, plugin: "@site/x" }', /there are both a type and a plugin/],
    ['{ type: weights, wiat: 1 }', /federation\.ranking\.wiat: is not known here; did you mean wait\?/],
    ['{ type: http }', /federation\.ranking\.url: is missing/],
    ['{ type: http, url: "http://a:b@x/" }', /federation\.ranking\.url: has credentials in it/],
    ['{ type: http, url: "http://x/", token: { env: NOT_THERE } }', /federation\.ranking\.token: the environment variable NOT_THERE is not set/],
    ['{ plugin: "@site/not-there" }', /federation\.ranking\.plugin: package '@site\/not-there' can't be loaded/],
    ['{ type: weights, within: PT0S }', /federation\.ranking\.within/],
    ['erliest', /federation\.ranking/],
  ])('%s is answered with place, fault and fix', async (ranking, expected) => {
    const faults = await faultsOf(ranking);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(expected);
  });

  it('comes from a package beside the configuration file, by the name of the package', async () => {
    const loaded = await loadConfig(await withPackage('@site/our-ranking', sound), {});
    expect(loaded).toMatchObject({ ok: true, value: { rankingPlugin: { name: '@site/our-ranking', config: { favourite: 'n1' } } } });
  });

  it.each([
    ['exports something else', 'export const rankingPlugin = { name: 1 };', 'exports no rankingPlugin'],
    ['does not load', 'throw new Error("no licence");', 'no licence'],
    ['does not read its keys', sound.replace('(raw) => raw', '() => { throw new Error("out of order"); }'), 'out of order'],
    ['knows other keys', sound.replaceAll('favourite', 'best'), 'favourite'],
  ])('from a package that %s is a fault', async (_how, module, why) => {
    const loaded = await loadConfig(await withPackage('@site/our-ranking', module), {});
    expect(loaded.ok ? '' : loaded.faults.map(faultText).join()).toContain(why);
  });
});
