import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PolicySet } from '#node';
import { anAsk, rememberingLog } from '#plugin-sdk/testing';
import type { LogEntry } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { composePolicies } from './compose-policies.js';
import { loadConfig } from '../configuration/load-config.js';
import type { LoadedConfig } from '../configuration/load-config.js';
import { PolicyReload } from './policy-reload.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
let folder: string;
let logged: LogEntry[];
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'eb-policies-')); logged = []; });
afterEach(() => rm(folder, { recursive: true }));

const file = (): string => join(folder, 'node.yaml');
const limits = (cores: number): string => `policies:\n  - { type: limits, most: { cores: ${cores} } }\n`;

async function loaded(): Promise<LoadedConfig> {
  const read = await loadConfig(file(), {});
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.value;
}
async function watching(text: string): Promise<{ reload: PolicyReload; policySet: PolicySet; verdict(): Promise<string> }> {
  await writeFile(file(), text);
  const first = await loaded();
  const around = { clock, log: rememberingLog(logged) };
  const policySet = new PolicySet(composePolicies(first, around));
  const reload = new PolicyReload({ ...around, policySet, loaded: first, load: () => loadConfig(file(), {}) });
  await reload.look();
  return { reload, policySet, verdict: async () => (await policySet.current.policies[0]?.judge?.(anAsk({ need: { min: { cores: 4 }, max: { cores: 4 } } })))?.kind ?? 'none' };
}

describe('policies that are changed while the node runs', () => {
  it('are taken over, with another hash', async () => {
    const { reload, policySet, verdict } = await watching(limits(8));
    const before = policySet.current.version;
    expect([await verdict(), await reload.look()]).toEqual(['allow', false]);
    await writeFile(file(), limits(2));
    expect([await reload.look(), await verdict()]).toEqual([true, 'deny']);
    expect(policySet.current.version).not.toBe(before);
    await writeFile(file(), `${limits(2)}# a remark\n`);
    expect(await reload.look()).toBe(false);
  });

  it.each([
    ['a fault of one policy', `${limits(2)}  - { type: limits, most: { cores: many } }\n`], ['an unknown one', `${limits(2)}  - { type: limitz }\n`], ['broken YAML', 'policies: [\n'],
    ['a fault of the node', 'http: { port: x }\n'], ['other shares of pools', `${limits(2)}pools: [{ divide: a/b, pledges: [{ name: x, amounts: { cores: 1 } }] }]\n`],
  ])('stay as they were as a whole with %s, which the log tells', async (_, text) => {
    const { reload, policySet, verdict } = await watching(limits(8));
    const before = policySet.current.version;
    await writeFile(file(), text);
    expect([await reload.look(), await verdict(), policySet.current.version]).toEqual([false, 'allow', before]);
    expect(logged.map(({ level }) => level)).toEqual(['error']);
    await writeFile(file(), limits(1));
    expect(await reload.look()).toBe(true);
  });

  it('may stand in a file of their own', async () => {
    await writeFile(join(folder, 'rules.yaml'), 'most: { cores: 8 }\n');
    const { reload, verdict } = await watching('policies:\n  - { type: limits, from: rules.yaml }\n');
    expect(await verdict()).toBe('allow');
    await writeFile(join(folder, 'rules.yaml'), 'most: { cores: 2 }\n');
    expect([await reload.look(), await verdict()]).toEqual([true, 'deny']);
  });
});

describe('a policy from a package', () => {
  const pack = async (code: string): Promise<void> => {
    await mkdir(join(folder, 'node_modules/@site/our-policy'), { recursive: true });
    await writeFile(join(folder, 'node_modules/@site/our-policy/package.json'), JSON.stringify({ name: '@site/our-policy', version: '1.0.0', type: 'module', exports: './index.js' }));
    await writeFile(join(folder, 'node_modules/@site/our-policy/index.js'), code);
  };
  const use = 'policies:\n  - { plugin: "@site/our-policy", name: ours, most: 2 }\n';
  const plugin = `export const policyPlugin = {
    name: 'ours', schema: { type: 'object', properties: { most: { type: 'integer' } }, required: ['most'], additionalProperties: false }, parseConfig: (raw) => raw,
    create: ({ most }) => ({ judge: async (ask) => (ask.need.min.cores > most ? { kind: 'deny', reason: { kind: 'x', level: 'WARN', template: 'too much', values: {} } } : { kind: 'allow' }) }),
  };`;

  it('is loaded by its name from beside the configuration', async () => {
    await pack(plugin);
    expect(await (await watching(use)).verdict()).toBe('deny');
  });

  it.each([['is not there', ''], ['exports no policy', 'export const other = 1;'], ['breaks when it is loaded', 'throw new Error("no");']])('that %s denies instead of being left out', async (_, code) => {
    if (code !== '') await pack(code);
    const { verdict, policySet } = await watching(use);
    expect([await verdict(), policySet.current.policies[0]?.name]).toEqual(['deny', 'ours']);
    expect((await loaded()).pluginFaults[0]).toMatchObject({ path: 'policies[0].plugin', line: 2 });
  });
});
