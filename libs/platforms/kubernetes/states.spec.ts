/** Against recorded answers of Kubernetes 1.35; against a real one: test/live/kubernetes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { rememberingLog } from '#plugin-sdk/testing';
import type { LogEntry } from '#plugin-sdk/testing';
import { lacksPod, StateTable } from './kubernetes.states.js';
import type { NativeView } from './kubernetes.states.js';
import { cancelledNote, preparedNote, startsNote, waysNote } from './names.js';

const recorded = (name: string): { readonly job: V1Job; readonly pod?: V1Pod } => JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8')) as { job: V1Job; pod?: V1Pod };
const view = (name: string): NativeView => ({ pod: undefined, ...recorded(name) });
const soon = { now: Date.parse('2026-11-21T08:00:00Z'), patience: 3_600_000, underway: false };
const late = { ...soon, now: Date.parse('2026-11-21T12:00:00Z') };
const table = (entries: LogEntry[] = []): StateTable => new StateTable(rememberingLog(entries));
const kindOf = (word: string): string => `urn:execution-broker:reason:${word}`;

describe('what the cluster tells of a session', () => {
  test.for([
    ['succeeded', 'succeeded', 0, undefined], ['exit-3', 'failed', 3, 'exit-code'], ['oom', 'failed', 137, 'out-of-memory'], ['oom-survived', 'failed', 0, 'out-of-memory'],
    ['deadline', 'failed', 137, 'time-limit'], ['no-command', 'failed', 128, 'command-not-found'], ['deleted', 'evicted', undefined, 'pod-deleted'],
    ['as-root', 'failed', undefined, 'not-allowed-to-start'],
  ] as const)('%s ends as %s', ([name, outcome, exitCode, word]) => {
    const seen = table().observe(view(name), soon);
    expect(seen).toMatchObject({ seen: 'ended', outcome, ...(exitCode === undefined ? {} : { exitCode }) });
    expect('reason' in seen ? seen.reason?.kind : undefined).toBe(word === undefined ? undefined : kindOf(word));
  });

  test.for([['running', 'running'], ['suspended', 'ready'], ['unschedulable', 'queued'], ['no-image', 'queued']] as const)('%s is seen as %s', ([name, word]) => {
    expect(table().observe(view(name), soon)).toMatchObject({ seen: word });
  });

  test('a pod that found no place in time ends with the words of the scheduler', () => {
    expect(table().observe(view('unschedulable'), late)).toMatchObject({ seen: 'ended', outcome: 'evicted', reason: { kind: kindOf('unschedulable'), values: { said: expect.stringContaining('Insufficient cpu') as string } } });
  });

  test('a pod that was let go ahead of its start is waited for from the start on', () => {
    const job = noted('unschedulable', startsNote, '2026-11-21T11:59:00Z');
    expect(table().observe({ ...view('unschedulable'), job }, late)).toEqual({ seen: 'queued' });
  });

  test('an image that could not be brought twice ends the session with the words of the runtime', () => {
    const { job, pod } = recorded('no-image');
    const backing = JSON.parse(JSON.stringify(pod).replace('"ErrImagePull"', '"ImagePullBackOff"')) as V1Pod;
    expect(table().observe({ job, pod: backing }, soon)).toMatchObject({ seen: 'ended', outcome: 'failed', reason: { kind: kindOf('image-not-brought'), path: 'executable.image' } });
  });

  test('a container that is over runs until its node says so of the pod, however long that takes', () => {
    const { job } = recorded('running');
    const pod = JSON.parse(JSON.stringify(recorded('succeeded').pod).replace('"Succeeded"', '"Running"')) as V1Pod;
    expect(table().observe({ job, pod }, late)).toEqual({ seen: 'running' });
  });

  test('a container that is over beside one that the cluster has added is the end of the session, whose node goes on with the other', () => {
    const { job, pod } = recorded('exit-3');
    const meshed = JSON.parse(JSON.stringify(pod).replace('"phase":"Failed"', '"phase":"Running"')) as V1Pod;
    expect(table().observe({ job, pod: meshed }, soon)).toEqual({ seen: 'running' });
    meshed.spec?.containers.push({ name: 'mesh' });
    expect(table().observe({ job, pod: meshed }, soon)).toMatchObject({ seen: 'ended', outcome: 'failed', exitCode: 3, reason: { kind: kindOf('exit-code') } });
    meshed.metadata = { ...meshed.metadata, deletionTimestamp: '2026-11-21T08:00:00Z' as unknown as Date };
    meshed.status?.conditions?.push({ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' });
    expect(table().observe({ job, pod: meshed }, soon)).toMatchObject({ seen: 'ended', outcome: 'evicted', reason: { kind: kindOf('preempted') } });
  });

  test('a Job that was let go and gets no pod is waited for, and then ends with the words of the cluster', () => {
    const { job } = recorded('suspended');
    const letGo = { ...job, spec: { ...job.spec, suspend: false }, status: { startTime: '2026-11-21T08:00:00Z' } } as unknown as V1Job;
    const said = 'Error creating: pods "eb-1" is forbidden: maximum cpu usage per Container is 1, but limit is 2';
    expect(table().observe({ job: letGo, pod: undefined }, soon)).toEqual({ seen: 'queued' });
    expect(lacksPod({ job: letGo, pod: undefined }, late)).toBe(true);
    expect(table().observe({ job: letGo, pod: undefined }, { ...late, refused: said })).toMatchObject({ seen: 'ended', outcome: 'evicted', reason: { kind: kindOf('no-pod'), values: { said } } });
    expect(lacksPod({ job: noted('suspended', preparedNote, 'yes'), pod: undefined }, late)).toBe(false);
  });

  test('nothing at all is gone, unless it is being prepared', () => {
    expect(table().observe({ job: undefined, pod: undefined }, soon)).toEqual({ seen: 'gone' });
    expect(table().observe({ job: undefined, pod: undefined }, { ...soon, underway: true })).toEqual({ seen: 'preparing' });
  });

  test('a Job that lacks what belongs to it is not ready', () => {
    expect(table().observe({ job: noted('suspended', preparedNote, 'no'), pod: undefined }, soon)).toEqual({ seen: 'preparing' });
  });

  test('what we have stopped is cancelled, whatever its exit code', () => {
    expect(table().observe({ ...view('exit-3'), job: noted('exit-3', cancelledNote, '2026-11-21T08:00:00Z') }, soon)).toEqual({ seen: 'ended', outcome: 'cancelled', exitCode: 3 });
  });

  test('a way in can be used when the node has seen that the payload answers, and the service has had a moment to lead there', () => {
    const job = noted('running', waysNote, JSON.stringify([{ kind: 'k', protocol: 'HTTP', location: 'http://10.96.0.7:80' }]));
    const { pod } = recorded('running');
    expect(table().observe({ job, pod }, soon)).toMatchObject({ connectors: [{ status: 'AVAILABLE' }] });
    const now = Date.parse('2026-11-21T08:09:39.500Z');
    expect(table().observe({ job, pod }, { ...soon, now })).toMatchObject({ connectors: [{ status: 'PREPARING' }] });
    const deaf = structuredClone(pod) as V1Pod;
    for (const condition of deaf.status?.conditions ?? []) if (condition.type === 'Ready') condition.status = 'False';
    expect(table().observe({ job, pod: deaf }, soon)).toMatchObject({ connectors: [{ status: 'PREPARING' }] });
  });

  test.for([['PreemptionByScheduler', 'preempted'], ['DeletionByTaintManager', 'node-lost'], ['EvictionByEvictionAPI', 'drained'], ['SomethingNew', 'evicted']] as const)('put out by %s it is evicted', ([why, word]) => {
    const { job, pod } = recorded('running');
    const leaving = structuredClone(pod) as V1Pod;
    leaving.metadata = { ...leaving.metadata, deletionTimestamp: '2026-11-21T08:00:00Z' as unknown as Date };
    leaving.status?.conditions?.push({ type: 'DisruptionTarget', status: 'True', reason: why, message: 'so it was' });
    expect(table().observe({ job, pod: leaving }, soon)).toMatchObject({ seen: 'ended', outcome: 'evicted', reason: { kind: kindOf(word) } });
  });

  test('a phase that is not listed reads unknown and is told once', () => {
    const entries: LogEntry[] = [];
    const states = table(entries);
    const { job, pod } = recorded('running');
    const odd = structuredClone(pod) as V1Pod;
    if (odd.status) odd.status.phase = 'Unknown';
    expect([states.observe({ job, pod: odd }, soon), states.observe({ job, pod: odd }, soon)]).toEqual([{ seen: 'unknown' }, { seen: 'unknown' }]);
    expect(entries).toHaveLength(1);
  });
});

function noted(name: string, note: string, text: string): V1Job {
  const { job } = recorded(name);
  return { ...job, metadata: { ...job.metadata, annotations: { ...job.metadata?.annotations, [note]: text } } };
}
