/** What a release asks of a server, and what it believes. */
import { describe, expect, test } from 'vitest';
import { testHost } from '#plugin-sdk/testing';
import { HandClock, passing } from '#runtime/testing';
import { KubernetesClient } from '../kubernetes.client.js';
import { aloneNote, jobName, labelsOf } from '../names.js';
import { releaseSession } from './releasing.js';
import { Snapshots } from '../watching/snapshot.js';
import type { NativeRequest } from '../api/transport.js';

const session = '52fe607a-a7a3-4dd7-b608-78c76ba0f801' as never;
const labels = labelsOf({ session, maker: { instance: 'bed' }, role: 'payload' });

/** A Job with its pod; who deletes the Job in the foreground has the pod gone at the second look. */
async function cluster(isAlone: boolean) {
  const job = { metadata: { name: jobName(session), labels, resourceVersion: '3', annotations: { [aloneNote]: isAlone ? 'yes' : 'no' } } };
  const pod = { metadata: { name: 'pod', labels, resourceVersion: '4' }, status: { phase: 'Succeeded' } };
  const asked: string[] = [];
  const there = { jobs: [job] as object[], pods: [pod] as object[], version: 4, looks: Infinity, deleted: (_plural: 'jobs' | 'pods'): void => undefined };
  const answer = ({ method, path, body }: NativeRequest): object => {
    const plural = path.includes('/jobs') ? 'jobs' as const : 'pods' as const;
    if (method === 'DELETE') {
      const { propagationPolicy } = body as { readonly propagationPolicy: string };
      asked.push(`${plural} ${propagationPolicy}`);
      there.version += 1;
      if (propagationPolicy === 'Foreground') there.looks = 2;
      else there[plural] = [];
      there.deleted(plural);
      return {};
    }
    asked.push(`list ${plural}${path.includes('session') ? ' of the session' : ''}`);
    if (plural === 'pods' && (there.looks -= 1) <= 0) Object.assign(there, { jobs: [], pods: [] });
    return { metadata: { resourceVersion: String(there.version) }, items: there[plural] };
  };
  async function* said(text: string): AsyncIterable<Uint8Array> { yield await Promise.resolve(Buffer.from(text)); }
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  const client = new KubernetesClient((request) => Promise.resolve({ status: 200, body: said(JSON.stringify(answer(request))) }), 'eb', clock);
  const snapshots = new Snapshots(client, 'bed', clock);
  const host = await testHost({ clock, instance: 'bed' });
  return { asked, there, snapshots, release: async () => { await passing(clock, releaseSession({ client, snapshots, host }, session)); await host.close(); } };
}

describe('a release', () => {
  test('of a Job that owns nothing but its pods removes both, and does not wait for the collector of the cluster', async () => {
    const { asked, there, release } = await cluster(true);
    await release();
    expect(asked.filter((one) => !one.startsWith('list'))).toEqual(['jobs Background', 'pods Background']);
    expect([there.jobs, there.pods]).toEqual([[], []]);
  });

  test('of a Job that owns more waits until all of that is gone', async () => {
    const { asked, there, release } = await cluster(false);
    await release();
    expect(asked.filter((one) => !one.startsWith('list'))).toEqual(['jobs Foreground']);
    expect([there.jobs, there.pods]).toEqual([[], []]);
  });

  test('goes by what watches tell, and believes only a list that nothing is left', async () => {
    const { asked, there, snapshots, release } = await cluster(true);
    for (const kind of ['Job', 'Pod'] as const) snapshots.mirror.opened(kind);
    await snapshots.take();
    asked.length = 0;
    snapshots.mirror.toldDeleted('Job', { metadata: { name: jobName(session), labels, resourceVersion: '5' } });
    snapshots.mirror.toldDeleted('Pod', { metadata: { name: 'pod', labels, resourceVersion: '6' } });
    there.jobs = [];
    await release();
    expect(asked.slice(0, 3)).toEqual(['jobs Foreground', 'list jobs of the session', 'list pods of the session']);
    expect(there.pods).toEqual([]);
  });

  test('of one whose pod has ended needs no list once watches have told that both are gone: no pod can follow', async () => {
    const { asked, there, snapshots, release } = await cluster(true);
    for (const kind of ['Job', 'Pod'] as const) snapshots.mirror.opened(kind);
    await snapshots.take();
    asked.length = 0;
    there.deleted = (plural) => {
      const [kind, name] = plural === 'jobs' ? ['Job', jobName(session)] as const : ['Pod', 'pod'] as const;
      snapshots.mirror.toldDeleted(kind, { metadata: { name, labels, resourceVersion: String(there.version) } });
    };
    await release();
    expect(asked).toEqual(['jobs Background', 'pods Background']);
  });

  const of = (kind: 'job' | 'pod', more: object, state: object = {}) => ({ metadata: { name: kind === 'job' ? jobName(session) : 'pod', labels, resourceVersion: '4', annotations: { [aloneNote]: 'yes' }, deletionTimestamp: '2030-06-03T07:00:00Z', ...more }, ...state });

  /** A server on which deleting changes nothing. */
  async function stubborn(jobs: readonly object[], pods: readonly object[]) {
    const forced: number[] = [];
    const clock = HandClock.at('2030-06-03T08:00:00Z');
    const begun = clock.now();
    async function* said(text: string): AsyncIterable<Uint8Array> { yield await Promise.resolve(Buffer.from(text)); }
    const client = new KubernetesClient(({ method, path, body }) => {
      if (method === 'DELETE' && path.includes('/pods') && (body as { readonly gracePeriodSeconds?: number }).gracePeriodSeconds === 0) forced.push(clock.now() - begun);
      return Promise.resolve({ status: 200, body: said(JSON.stringify({ metadata: { resourceVersion: '9' }, items: path.includes('/jobs') ? jobs : pods })) });
    }, 'eb', clock);
    const host = await testHost({ clock, instance: 'bed' });
    const failed = await passing(clock, releaseSession({ client, snapshots: new Snapshots(client, 'bed', clock), host }, session).catch((fault: unknown) => fault));
    await host.close();
    return { failed, forced, took: clock.now() - begun, warnings: host.logged.filter(({ level }) => level === 'warn').length };
  }

  test('leaves to others what has ended and only their finalizers keep', async () => {
    const kept = of('pod', { finalizers: ['example.org/archive'] }, { spec: { nodeName: 'n' }, status: { phase: 'Succeeded' } });
    expect(await stubborn([of('job', { finalizers: ['example.org/archive'] })], [kept])).toMatchObject({ failed: undefined, took: 0, warnings: 2 });
    expect((await stubborn([of('job', { finalizers: ['foregroundDeletion'] })], [])).took).toBeGreaterThan(60_000);
  });

  test('waits for what still runs, whoever keeps it, and forces it after its grace by our own clock', async () => {
    const running = (finalizers: readonly string[]) => of('pod', { finalizers, deletionGracePeriodSeconds: 10 }, { spec: { nodeName: 'n' }, status: { phase: 'Running' } });
    const { failed, forced } = await stubborn([], [running(['batch.kubernetes.io/job-tracking'])]);
    expect(failed).toMatchObject({ word: 'busy' });
    expect(forced).toHaveLength(1);
    expect(forced[0]).toBeGreaterThan(40_000);
    expect(await stubborn([], [running(['example.org/archive'])])).toMatchObject({ failed: undefined, warnings: 1 });
  });
});
