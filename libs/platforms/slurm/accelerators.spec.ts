/** Generic resources by the site's words, against recorded outputs; on a real Slurm: test/live/slurm/accelerators.spec.ts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Draft, PoolId } from '#model';
import { kinds } from '#model';
import type { Platform } from '#plugin-sdk';
import { aDraft, aPlan, quietWork, testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { poolsOf } from './capacity.js';
import { slurmPlugin } from './index.js';
import { parseHost, parseJob } from './slurm.client.js';
import { parseTres } from './texts.js';

const recorded = readFileSync(join(import.meta.dirname, 'fixtures', 'sinfo.txt'), 'utf8');
const gpu = 'https://example.org/accelerators/fake';
const accelerators = [{ type: 'fake-gpu', aliases: [gpu], memory: 40, gres: 'gpu:fake' }, { type: 'slice', gres: 'shard' }];

describe('accelerators of a cluster', () => {
  let host: TestHost;
  let folder: string;
  let asked: string[][];
  let settings: string;

  const platformOf = (more: Readonly<Record<string, unknown>> = {}): Platform => slurmPlugin.create(slurmPlugin.parseConfig({
    folder, partitions: [{ name: 'main', hosts: 2 }], prefix: ['ssh', 'login1'], commands: { sh: { path: '/bin/sh', args: ['-c'] } }, accelerators, ...more,
  }), host);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slurm-'));
    asked = [];
    settings = 'AccountingStorageTRES = cpu,mem,gres/gpu,gres/gpu:fake,gres/shard\nJobRequeue = 0\n';
    host = await testHost({ clock: HandClock.at('2030-06-03T08:00:00Z'), instance: 'bed', run: (argv) => {
      const words = argv.slice(argv.findIndex((word) => word.startsWith('SLURM_TIME_FORMAT')) + 1);
      asked.push([...words]);
      const stdout = words[0] === 'sinfo' ? (words[1] === '--version' ? 'slurm-wlm 22.05.8\n' : recorded) : words.join(' ') === 'scontrol show config' ? settings : '';
      return Promise.resolve({ code: 0, stdout, stderr: '' });
    } });
  });
  afterEach(async () => {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  });

  const wish = (size: Readonly<Record<string, number>>): Draft => aDraft({ kind: kinds.localProcess, command: ['sh', 'true'] }, { need: { min: size, max: size } });

  test('are told by the words of the configuration, counted by them, and asked of Slurm by its own', async () => {
    const platform = platformOf();
    expect(await platform.capabilities()).toMatchObject({ accelerators: [{ type: 'fake-gpu', aliases: [gpu], memory: 40 }, { type: 'slice', aliases: [] }], mostHosts: 2 });
    const [main] = await platform.capacity({ start: 0, end: 1 });
    expect(main?.total).toMatchObject({ 'fake-gpu': 6, slice: 8 });
    const plan = aPlan(wish({ cores: 2, memory: 2, 'fake-gpu': 4 }), { platform: 'bed', start: host.clock.now() + 600_000 });
    await platform.prepare({ ...plan, granted: { cores: 2, memory: 2, 'fake-gpu': 4 }, hosts: 2, pools: ['bed/main' as PoolId] }, quietWork());
    expect(asked.find(([command]) => command === 'sbatch')).toEqual(expect.arrayContaining(['--nodes=2-2', '--gres=gpu:fake:2', '--cpus-per-task=1']));
  });

  test('that no host has enough of are refused by their word', async () => {
    const answer = await platformOf().assess(wish({ cores: 1, memory: 1, 'fake-gpu': 5 }));
    expect(answer.fits ? [] : answer.reasons).toMatchObject([{ path: 'compute.accelerators', values: { what: 'fake-gpu', asked: '5', most: '4' } }]);
  });

  test('are found in the cluster by eb check, with what is not tracked', async () => {
    settings = 'AccountingStorageTRES = cpu,mem\nJobRequeue = 0\n';
    const findings = await platformOf({ accelerators: [...accelerators, { type: 'fpga', gres: 'fpga:u280' }] }).check?.() ?? [];
    expect(findings.filter(({ about }) => about.startsWith('accelerator')).map(({ about, verdict, seen }) => [about, verdict, seen])).toEqual([
      ['accelerator fake-gpu', 'good', expect.stringMatching(/^\d+ on \d+ hosts, as gpu:fake$/)], ['accelerator slice', 'good', '8 on 1 hosts, as shard'],
      ['accelerator fpga', 'bad', "no host of these partitions has gres 'fpga:u280'; there is gpu:fake, shard"],
    ]);
    expect(findings.find(({ about }) => about === 'AccountingStorageTRES')).toMatchObject({ verdict: 'bad', fix: expect.stringContaining('gres/gpu:fake,gres/shard,gres/fpga:u280') as string });
  });

  test.for([
    ['accelerators.1.type', [...accelerators.slice(0, 1), { type: 'fake-gpu', gres: 'gpu:b' }], {}], ['accelerators.1.aliases.0', [accelerators[0], { type: 'x', aliases: [gpu], gres: 'gpu:b' }], {}],
    ['accelerators.0.type', [{ type: 'cores', gres: 'gpu:b' }], {}], ['accelerators.1.gres', [accelerators[0], { type: 'x', gres: 'gpu:fake' }], {}], ['accelerators', accelerators, { reservations: { style: 'cores' } }],
  ] as const)('that are configured wrongly are named: %s', ([path, own, more]) => {
    expect(() => platformOf({ accelerators: own, ...more })).toThrow(expect.objectContaining({ path }) as Error);
  });
});

describe('a cluster that tracks no types', () => {
  test('tells the sum, which may be of any type that the job has on its hosts', () => {
    expect(parseTres('cpu=1,gres/gpu=2')).toMatchObject({ gpu: 2 });
    const hosts = ['n1|main|mixed|8|16384|gpu:a100:4,gpu:t4:2|infinite|up', 'n2|main|idle|8|16384|gpu:h100:4|infinite|up'].map(parseHost);
    const job = parseJob('7|bob|RUNNING|None|0|100|200|cpu=1,mem=1G,gres/gpu=2|n1|(null)|wrap|');
    const [main] = poolsOf({ hosts, jobs: [job], reservations: [] }, { partitions: [{ name: 'main', atMost: {}, gpus: undefined, mostHosts: 1 }], window: { start: 0, end: 1_000_000 }, wholeHosts: false, overrun: 0 });
    expect(main?.taken.map(({ resources }) => resources)).toEqual([{ cores: 1, memory: 1, 'gpu:a100': 2, 'gpu:t4': 2 }]);
  });
});
