import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Job, V1LimitRange, V1LimitRangeItem, V1Node, V1Pod, V1ResourceQuota } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { likelyEnd, roomsOf, takenBy } from './capacity.js';
import type { Executable, Resources } from '#model';
import { kinds } from '#model';
import { aDraft, someStorage } from '#plugin-sdk/testing';
import type { KubernetesConfig, PoolConfig } from '../config.js';
import { parseQuantity } from './quantity.js';
import { judgeSize, raised, sizeLimitsOf, withinLimits } from './limit-range.js';
import { countingSessions, isCountedBy, quotaOf } from './quota.js';
import { countQuotaOf, countsOf, judgeCounts, usedByOthers } from './object-counts.js';

const node = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'node.json'), 'utf8')) as V1Node;
const pool: PoolConfig = { name: 'cpu', selector: {}, tolerations: [], hosts: undefined, elastic: undefined, keep: { cores: 0, memory: 0 }, architecture: 'amd64' };
const extended = new Map([['nvidia.com/gpu', 'gpu']]);
const config = { connectors: { gate: undefined } as KubernetesConfig['connectors'] };
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

describe('a quota that counts objects', () => {
  const quota = (name: string, hard: Record<string, string>, used: Record<string, string> = {}): V1ResourceQuota => ({ metadata: { name }, spec: { hard }, status: { used } });
  const draft = (more: Parameters<typeof aDraft>[1] = {}, executable: Executable = { kind: kinds.dockerContainer, environment: { API_TOKEN: 'hush' } }) => aDraft(executable, more);

  test('is told apart by what a session takes of it: its Job, its pod, and what it is furnished with', () => {
    expect(countsOf(draft(), config)).toEqual({ pods: 1, jobs: 1, secrets: 1, services: 0, claims: 0, claimed: 0 });
    const storage = [someStorage(kinds.simpleStorage, 3), { ...someStorage(kinds.persistentStorage, 5), kept: true as never }];
    const serving = { kind: kinds.dockerContainer, network: { ports: [{ access: true, internal: { port: 80 }, protocol: 'HTTP' as const }] } };
    expect(countsOf(draft({ storage }, serving), config)).toEqual({ pods: 1, jobs: 1, secrets: 0, services: 1, claims: 1, claimed: 3 });
  });

  test('is the narrowest of all, with a pod to spare where a placeholder is displaced', () => {
    const all = [quota('a', { 'count/jobs.batch': '5', pods: '4', 'requests.storage': '10Gi' }), quota('b', { 'count/pods': '3', 'count/configmaps': '0' })];
    expect(countQuotaOf(all, { hold: { displacing: 'preempt' } as never })).toEqual({ 'quota-jobs': 5, 'quota-pods': 2, 'quota-claimed': 10 });
    expect(countQuotaOf(all, { hold: undefined })).toMatchObject({ 'quota-pods': 3 });
  });

  test("is used by others as far as the sessions' own Jobs do not tell of it", () => {
    const all = [quota('a', { 'count/jobs.batch': '9', 'count/secrets': '9', pods: '9' }, { 'count/jobs.batch': '5', 'count/secrets': '3', pods: '7' })];
    const job = (takes?: Resources): V1Job => ({ metadata: { annotations: takes ? { 'execution-broker/takes': JSON.stringify(takes) } : {} } });
    expect(usedByOthers(all, [job({ jobs: 1, secrets: 1 }), job()])).toEqual({ 'quota-jobs': 3, 'quota-secrets': 2 });
  });

  test('that leaves too little is named, with what is used of it', () => {
    const all = [quota('few', { 'count/secrets': '0', pods: '9' }, { 'count/secrets': '2' })];
    const [why, ...others] = judgeCounts(countsOf(draft(), config), countQuotaOf(all, { hold: undefined }), all);
    expect([why?.values, others]).toEqual([{ quota: 'few', key: 'count/secrets', hard: '0', used: '2', asked: '1', left: '0' }, []]);
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
