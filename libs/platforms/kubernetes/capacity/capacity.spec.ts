import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1LimitRange, V1LimitRangeItem, V1Node, V1Pod, V1ResourceQuota } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { likelyEnd, roomsOf, takenBy } from './capacity.js';
import type { Resources } from '#model';
import { aDraft } from '#plugin-sdk/testing';
import type { PoolConfig } from '../config.js';
import { parseQuantity } from './quantity.js';
import { judgeSize, raised, sizeLimitsOf, withinLimits } from './limit-range.js';
import { countingSessions, isCountedBy, quotaOf } from './quota.js';

const node = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'node.json'), 'utf8')) as V1Node;
const pool: PoolConfig = { name: 'cpu', selector: {}, tolerations: [], hosts: undefined, elastic: undefined, keep: { cores: 0, memory: 0 }, architecture: 'amd64' };
const extended = new Map([['nvidia.com/gpu', 'gpu']]);
const hour = 3_600_000;
const window = { start: Date.parse('2026-11-21T08:00:00Z'), end: Date.parse('2026-11-21T20:00:00Z') };
const looking = { window, likelyRun: hour, extended };

const tainted = (effect: string): V1Node => ({ ...node, spec: { ...node.spec, taints: [{ key: 'dedicated', value: 'gpu', effect }] } });

describe('a node', () => {
  test('has what may be used of it, in whole amounts', () => {
    expect(roomsOf(pool, [node], extended)).toMatchObject([{ host: 'node1', total: { cores: 2, gpu: 2 } }]);
    expect(roomsOf({ ...pool, keep: { cores: 1, memory: 2 } }, [node], extended)[0]?.total['cores']).toBe(1);
  });
  test.for([
    ['it is not of the class', { ...pool, selector: { disk: 'fast' } }, node], ['it is of another architecture', { ...pool, architecture: 'arm64' }, node],
    ['it is closed', pool, { ...node, spec: { ...node.spec, unschedulable: true } } as V1Node], ['it has a taint', pool, tainted('NoSchedule')],
    ['it is not ready', pool, { ...node, status: { ...node.status, conditions: [] } } as V1Node],
  ] as const)('is no pool when %s', ([, of, one]) => {
    expect(roomsOf(of, [one], extended)).toEqual([]);
  });
  test.for([[{ key: 'dedicated', operator: 'Exists' }], [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }], [{ operator: 'Exists' }]] as const)('is one when its taint is tolerated', ([toleration]) => {
    expect(roomsOf({ ...pool, tolerations: [toleration] }, [tainted('NoSchedule')], extended)).toHaveLength(1);
  });
  test('is one with a taint that only prefers others', () => {
    expect(roomsOf(pool, [tainted('PreferNoSchedule')], extended)).toHaveLength(1);
  });
});

const podOf = (millis: number, more: Partial<V1Pod['spec']> = {}, started = window.start): V1Pod => ({
  spec: { nodeName: 'node1', restartPolicy: 'Never', containers: [{ name: 'c', resources: { requests: { cpu: `${millis}m`, memory: '100Mi' } } }], ...more },
  status: { phase: 'Running', startTime: new Date(started).toISOString() as unknown as Date },
});

describe('what others take', () => {
  test('is rounded up as a whole, not pod by pod', () => {
    expect(takenBy([podOf(100), podOf(100), podOf(100)], looking)).toMatchObject([{ resources: { cores: 1, memory: 1 } }]);
  });
  test('lasts to the deadline, to the likely end, or for ever', () => {
    expect(likelyEnd(podOf(1, { activeDeadlineSeconds: 600 }), window.start, hour)).toBe(window.start + 600_000);
    expect(likelyEnd(podOf(1), window.start, hour)).toBe(window.start + hour);
    expect(likelyEnd(podOf(1, {}, window.start - 10 * hour), window.start, hour)).toBe(window.start + hour / 10);
    expect(likelyEnd(podOf(1, { restartPolicy: 'Always' }), window.start, hour)).toBe(Infinity);
  });
  test('counts the greediest init container, and sidecars beside the others', () => {
    const init = (millis: number, restartPolicy?: string) => ({ name: 'i', resources: { requests: { cpu: `${millis}m` } }, ...(restartPolicy === undefined ? {} : { restartPolicy }) });
    expect(takenBy([podOf(1000, { initContainers: [init(2500)] })], looking)[0]?.resources['cores']).toBe(3);
    expect(takenBy([podOf(1000, { initContainers: [init(1500, 'Always')] })], looking)[0]?.resources['cores']).toBe(3);
  });
  test('covers every pod at every time, and no more than a core beyond their sum', () => {
    const pods = fc.array(fc.record({ millis: fc.integer({ min: 1, max: 4000 }), length: fc.integer({ min: 1, max: 40_000 }) }), { maxLength: 12 });
    fc.assert(fc.property(pods, fc.integer({ min: 0, max: 40_000 }), (all, after) => {
      const taken = takenBy(all.map(({ millis, length }) => podOf(millis, { activeDeadlineSeconds: length })), looking);
      const at = window.start + after * 1000;
      const sum = all.filter(({ length }) => window.start + Math.max(1, length) * 1000 > at).reduce((total, { millis }) => total + millis, 0) / 1000;
      const told = taken.filter(({ interval }) => interval.start <= at && at < interval.end).reduce((total, { resources }) => total + (resources['cores'] ?? 0), 0);
      expect(told).toBeGreaterThanOrEqual(sum - 1e-6);
      expect(told).toBeLessThan(sum + 1);
    }));
  });
});

describe('amounts', () => {
  test.for([['1500m', 1.5], ['2', 2], ['64Mi', 67_108_864], ['1e3', 1000], ['5G', 5e9], [undefined, 0]] as const)('%s is %s', ([text, amount]) => {
    expect(parseQuantity(text)).toBe(amount);
  });
  test('that are none are not taken for something', () => {
    expect(parseQuantity('12 parsecs')).toBeNaN();
  });
});

describe('a quota', () => {
  const quota = (hard: Record<string, string>, more: V1ResourceQuota['spec'] = {}): V1ResourceQuota => ({ spec: { hard, ...more } });
  const hold = { priorityClass: 'held', sessionPriorityClass: 'session' };
  const ofClass = (operator: string, ...values: string[]) => ({ scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] } });

  test('is the narrowest of what all of them say', () => {
    expect(quotaOf([quota({ 'requests.cpu': '10', 'limits.cpu': '8' }), quota({ cpu: '9', 'requests.nvidia.com/gpu': '1' })], extended)).toEqual({ 'quota-cores': 8, 'quota-gpu': 1 });
    expect(quotaOf([quota({ 'count/jobs.batch': '5' })], extended)).toBeUndefined();
  });

  test.for([
    [true, {}], [true, { scopes: ['Terminating'] }], [true, { scopes: ['NotBestEffort', 'Terminating'] }], [false, { scopes: ['NotTerminating'] }], [false, { scopes: ['BestEffort'] }], [false, { scopes: ['Terminating', 'BestEffort'] }],
    [true, ofClass('In', 'session', 'other')], [true, ofClass('In', 'held')], [false, ofClass('In', 'other')], [false, ofClass('DoesNotExist')], [true, ofClass('Exists')], [true, ofClass('NotIn', 'session')], [false, ofClass('NotIn', 'session', 'held')],
    [false, { scopes: ['CrossNamespacePodAffinity'] }],
  ] as const)('counts sessions or their placeholders: %s, when it is for %j', ([counts, more]) => {
    expect(countingSessions([quota({ cpu: '1' }, more as V1ResourceQuota['spec'])], hold)).toHaveLength(counts ? 1 : 0);
  });

  test('counts a pod of others by the same scopes', () => {
    const service = { containers: [{ name: 'c' }] };
    expect([['BestEffort'], ['NotTerminating'], ['Terminating'], ['NotBestEffort']].map((scopes) => isCountedBy(service, quota({}, { scopes })))).toEqual([true, true, false, false]);
    expect(isCountedBy({ ...service, priorityClassName: 'session' }, quota({}, ofClass('In', 'session')))).toBe(true);
  });
});

describe('limit ranges', () => {
  const range = (...limits: V1LimitRangeItem[]): V1LimitRange => ({ spec: { limits } });
  const limits = sizeLimitsOf([range({ type: 'Container', max: { cpu: '2500m', memory: '10Gi' }, min: { cpu: '200m' } }), range({ type: 'Pod', max: { cpu: '8', 'nvidia.com/gpu': '1' }, min: { memory: '2500Mi' } }, { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } })], extended);
  const draft = (min: Resources, max = min) => aDraft({ kind: 'any' }, { need: { min, max } });

  test('are the narrowest of all that are for containers and pods, in whole amounts', () => {
    expect(limits).toEqual({ most: { cores: 2, memory: 10, gpu: 1 }, least: { cores: 1, memory: 3 } });
    expect(sizeLimitsOf([range({ type: 'Container', _default: { cpu: '1' }, defaultRequest: { cpu: '1' } })], extended)).toBeUndefined();
  });

  test('narrow what a session can have on a node, and keep nodes of one size alike', () => {
    const total = { cores: 8, memory: 64, gpu: 0 };
    const rooms = withinLimits([{ pool, host: 'a', total, largest: total }, { pool, host: 'b', total, largest: total }], limits);
    expect(rooms[0]).toMatchObject({ total, largest: { cores: 2, memory: 10, gpu: 0 } });
    expect(rooms[0]?.largest).toBe(rooms[1]?.largest);
    expect(raised({ cores: 1, memory: 1 }, limits)).toEqual({ cores: 1, memory: 3 });
  });

  test('refuse by name what is of no size that they allow', () => {
    expect(judgeSize(draft({ cores: 1, memory: 1 }, { cores: 4, memory: 4 }), limits)).toEqual([]);
    expect(judgeSize(draft({ cores: 3, memory: 1, gpu: 2 }, { cores: 3, memory: 2, gpu: 2 }), limits).map(({ path }) => path)).toEqual(['compute.cores.min', 'compute.accelerators', 'compute.memory.max']);
    expect(judgeSize(draft({ cores: 99, memory: 1 }), undefined)).toEqual([]);
  });
});
