import { describe, expect, test } from 'vitest';
import { silentLog } from '#runtime';
import { HandClock, passing } from '#runtime/testing';
import { testHost } from '#plugin-sdk/testing';
import { KubernetesClient } from './kubernetes.client.js';
import { payloadContainer } from './kubernetes.states.js';
import { outputOf } from './steps/logs.js';
import { asBrokerError, NativeFault, Unreachable } from './api/native-fault.js';
import { patiently } from './api/patience.js';
import { releaseSession } from './steps/releasing.js';
import { Snapshots } from './watching/snapshot.js';
import type { NativeAnswer, NativeRequest } from './api/transport.js';

const session = '52fe607a-a7a3-4dd7-b608-78c76ba0f801' as never;
const pod = { metadata: { name: 'p', labels: { 'execution-broker/session': session, 'execution-broker/role': 'hold' } }, status: { phase: 'Running' } };

async function* pieces(text: string, then?: Error): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
  if (then) throw then;
}
const said = (status: number, body: unknown): NativeAnswer => ({ status, body: pieces(JSON.stringify(body)) });
const refused = (status: number, message: string): NativeAnswer => said(status, { kind: 'Status', message });

/** Each request is answered by what `answer` makes of it; the clock moves whenever somebody waits for it. */
function serverOf(answer: (request: NativeRequest, count: number) => NativeAnswer | Error) {
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  let count = 0;
  const client = new KubernetesClient((request) => {
    const one = answer(request, count += 1);
    return one instanceof Error ? Promise.reject(one) : Promise.resolve(one);
  }, 'eb', clock);
  return { client, clock };
}

describe('a server that is restarted', () => {
  test('and breaks off in the middle of an answer has not answered, which time mends', async () => {
    const { client } = serverOf(() => ({ status: 200, body: pieces('{"items":[', new Error('other side closed')) }));
    const fault: unknown = await client.list('Pod').catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(Unreachable);
    expect(asBrokerError(fault, 'look')).toMatchObject({ fixer: 'time' });
  });

  test.for([[401, 'Unauthorized'], [403, 'pods "p" is forbidden: not yet ready to handle request'], [403, 'jobs.batch is forbidden: User "broker" cannot create resource "jobs" in API group "batch" in the namespace "eb"'], [429, 'too many requests'], [500, 'etcdserver: leader changed'], [504, 'Timeout']] as const)('and answers %s %s meanwhile is asked again', async ([status, message]) => {
    const { clock } = serverOf(() => said(200, {}));
    let tries = 0;
    const call = () => ((tries += 1) < 4 ? Promise.reject(new NativeFault(status, '', message)) : Promise.resolve('done'));
    expect(await passing(clock, patiently({ clock, most: 10_000 }, call))).toBe('done');
  });

  test.for([[403, 'exceeded quota: q'], [403, 'admission webhook "images.example.org" denied the request: not from our registry'], [422, 'Job is invalid'], [404, 'not found']] as const)('is not asked again for what stays as it is: %s %s', async ([status, message]) => {
    const { clock } = serverOf(() => said(200, {}));
    let tries = 0;
    const call = () => { tries += 1; return Promise.reject(new NativeFault(status, '', message)); };
    await expect(patiently({ clock, most: 10_000 }, call)).rejects.toMatchObject({ status });
    expect(tries).toBe(1);
  });

  test('and stays away is given up with what it said last', async () => {
    const { clock } = serverOf(() => said(200, {}));
    const begin = clock.now();
    const call = () => Promise.reject(new Unreachable(new Error('connect ECONNREFUSED')));
    await expect(passing(clock, patiently({ clock, most: 10_000 }, call))).rejects.toThrow('ECONNREFUSED');
    expect(clock.now() - begin).toBeLessThanOrEqual(10_000);
  });

  test('is waited for by a release, also between one deletion and the next', async () => {
    let podIsThere = true;
    const { client, clock } = serverOf(({ method, path }, count) => {
      if (count % 5 < 3) return new Error('connect ECONNREFUSED');
      if (method === 'DELETE' && path.includes('/pods/')) podIsThere = false;
      return said(200, { items: path.includes('/pods') && podIsThere ? [pod] : [] });
    });
    const host = await testHost({ clock, instance: 'bed' });
    await passing(clock, releaseSession({ client, host, snapshots: new Snapshots(client, 'bed', clock) }, session));
    expect(podIsThere).toBe(false);
    await host.close();
  });
});

describe('output at the end of a session', () => {
  const ended = { ...pod, status: { phase: 'Succeeded', containerStatuses: [{ name: payloadContainer, state: { terminated: { exitCode: 0 } } }] } } as never;
  const line = '2030-06-03T08:00:01.000000001Z one\n';
  const read = async (answer: (request: NativeRequest, count: number) => NativeAnswer | Error): Promise<string> => {
    const { client, clock } = serverOf(answer);
    let text = '';
    await passing(clock, (async () => {
      for await (const piece of outputOf(client, { follow: false, signal: new AbortController().signal, clock, log: silentLog, find: () => Promise.resolve(ended) })) text += piece;
    })());
    return text;
  };

  test('is read again when it broke off, once each line', async () => {
    expect(await read((_request, count) => (count < 3 ? { status: 200, body: pieces(line, new Error('cut')) } : { status: 200, body: pieces(`${line}2030-06-03T08:00:02.0Z two\n`) }))).toBe('one\ntwo\n');
  });
  test('is read again when the server could not reach the node', async () => {
    expect(await read((_request, count) => (count < 9 ? refused(502, 'dial tcp: connection refused') : { status: 200, body: pieces(line) }))).toBe('one\n');
  });
  test('is given up when the server answers but the node can not be asked, and fails no session', async () => {
    const away = () => refused(500, 'Get "https://192.0.2.7:10250/containerLogs/eb/pod/payload?timestamps=true": dial tcp 192.0.2.7:10250: connect: no route to host');
    expect(await read((_request, count) => (count < 2 ? { status: 200, body: pieces(line, new Error('cut')) } : away()))).toBe('one\n');
    expect(await read(() => refused(500, 'no preferred addresses found; known addresses: []'))).toBe('');
  });
  test('is waited for while the server itself is not well', async () => {
    await expect(read(() => refused(500, 'etcdserver: request timed out'))).rejects.toThrow('etcdserver');
  });
  test('is empty where it may not be read, and fails no session', async () => {
    expect(await read(() => refused(403, 'pods/log is forbidden'))).toBe('');
  });
});
