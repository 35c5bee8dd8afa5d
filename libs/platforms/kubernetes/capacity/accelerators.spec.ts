import type { V1Node, V1ResourceQuota } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { PoolId } from '#model';
import { aDraft } from '#plugin-sdk/testing';
import { extendedOf, extendedOfQuota } from './accelerators.js';
import { roomsOf } from './capacity.js';
import { parseKubernetesConfig } from '../config.js';
import { resourcesOf } from './place.js';
import { choicesOf, largeEnough } from '../placing.js';
import { quotaOf } from './quota.js';

const pools = [{ name: 'big', selector: { gpu: 'a100' } }, { name: 'small', selector: { gpu: 't4' } }];
const accelerators = [
  { type: 'nvidia-a100', aliases: ['https://example.org/a100'], memory: 80, resource: 'nvidia.com/gpu', pools: ['big'] },
  { type: 'nvidia-t4', memory: 16, resource: 'nvidia.com/gpu', pools: ['small'] },
];
const configOf = (more: object = {}) => parseKubernetesConfig({ namespace: 'eb', pools, accelerators, resources: { 'example.org/fpga': 'fpga' }, ...more });
const nodeOf = (gpu: string, count: number): V1Node => ({
  metadata: { name: `node-${gpu}`, labels: { gpu, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': `node-${gpu}` } },
  status: { allocatable: { cpu: '8', memory: '64Gi', 'nvidia.com/gpu': String(count) }, conditions: [{ type: 'Ready', status: 'True' }] },
});
const draft = (size: Readonly<Record<string, number>>) => aDraft({ kind: 'any' }, { need: { min: size, max: size } });

describe('accelerators of a cluster', () => {
  test('are one native resource that is another type on each class of nodes', () => {
    const config = configOf();
    expect(config.accelerators.map(({ type }) => type)).toEqual(['fpga', 'nvidia-a100', 'nvidia-t4']);
    const rooms = config.pools.flatMap((pool) => roomsOf(pool, [nodeOf('a100', 4), nodeOf('t4', 2)], extendedOf(pool.name, config.accelerators)));
    expect(rooms.map(({ total }) => total)).toEqual([{ cores: 8, memory: 64, fpga: 0, 'nvidia-a100': 4 }, { cores: 8, memory: 64, fpga: 0, 'nvidia-t4': 2 }]);
    expect(resourcesOf({ cores: 1, memory: 2, 'nvidia-t4': 2, fpga: 0 }, config)).toEqual({ requests: { cpu: '1', memory: '2Gi', 'nvidia.com/gpu': '2' }, limits: { cpu: '1', memory: '2Gi', 'nvidia.com/gpu': '2' } });
    const large = largeEnough(draft({ cores: 1, memory: 1, 'nvidia-a100': 3 }), { rooms, quota: undefined }, config);
    expect(large.map(({ host }) => host)).toEqual(['node-a100']);
  });

  test('count together where a quota of the namespace knows the native resource alone', () => {
    const config = configOf();
    const rooms = config.pools.flatMap((pool) => roomsOf(pool, [nodeOf('a100', 4)], extendedOf(pool.name, config.accelerators)));
    const hard: V1ResourceQuota = { spec: { hard: { 'requests.nvidia.com/gpu': '3' } } };
    const quota = quotaOf([hard], extendedOfQuota(config.accelerators));
    expect(quota).toEqual({ 'quota-nvidia.com/gpu': 3 });
    expect(largeEnough(draft({ cores: 1, memory: 1, 'nvidia-a100': 4 }), { rooms, quota }, config)).toEqual([]);
    const placing = { config, instance: 'bed', idOf: () => 'bed/big.node-a100' as PoolId };
    const wish = aDraft({ kind: 'any' }, { need: { min: { cores: 1, memory: 1, 'nvidia-a100': 1 }, max: { cores: 1, memory: 1, 'nvidia-a100': 4 } } });
    expect(choicesOf(wish, rooms, { quota }, placing)).toMatchObject([[{ max: { 'nvidia-a100': 3 } }, { pool: 'bed/quota', min: { 'quota-nvidia.com/gpu': 3 } }]]);
  });

  test.for([
    ['accelerators.0.pools', [{ type: 'x', resource: 'nvidia.com/gpu', pools: ['huge'] }]], ['accelerators.1.resource', [accelerators[0], { type: 'x', resource: 'nvidia.com/gpu' }]],
    ['accelerators.0.type', [{ type: 'fpga', resource: 'example.org/other' }]], ['accelerators.0.type', [{ type: 'memory', resource: 'example.org/other' }]],
    ['accelerators.0.resource', [{ type: 'x', resource: 'gpu' }]], ['accelerators.0.resource', [{ type: 'x', resource: 'example.org/fpga' }]],
  ] as const)('that are configured wrongly are named: %s', ([path, own]) => {
    expect(() => configOf({ accelerators: own })).toThrow(expect.objectContaining({ path }) as Error);
  });
});
