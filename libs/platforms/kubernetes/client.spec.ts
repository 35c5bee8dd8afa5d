import { describe, expect, test } from 'vitest';
import { silentLog } from '#runtime';
import { HandClock, passing } from '#runtime/testing';
import { literal } from './payload/environment.js';
import { hintsOf } from './watching/hints.js';
import { imageFault } from './steps/holding.js';
import { KubernetesClient } from './kubernetes.client.js';
import { outputOf } from './steps/logs.js';
import { asBrokerError, NativeFault, Unreachable } from './api/native-fault.js';
import { payloadContainer } from './kubernetes.states.js';
import type { NativeAnswer, NativeRequest } from './api/transport.js';
import { testHost } from '#plugin-sdk/testing';

const said = (status: number, body: unknown, retryAfter?: string): NativeAnswer => ({ status, body: pieces([typeof body === 'string' ? body : JSON.stringify(body)]), ...(retryAfter === undefined ? {} : { retryAfter }) });
async function* pieces(texts: readonly string[], then?: Error): AsyncIterable<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
  if (then) throw then;
}

/** Answers in turn; the last one goes on answering. */
function clientOf(...answers: readonly (NativeAnswer | Error)[]) {
  const asked: NativeRequest[] = [];
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  const client = new KubernetesClient((request) => {
    asked.push(request);
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    return answer instanceof Error || answer === undefined ? Promise.reject(answer ?? new Error('nothing')) : Promise.resolve(answer);
  }, 'eb', clock);
  return { client, asked, clock };
}

const status = (message: string, reason = ''): unknown => ({ kind: 'Status', message, reason });

describe('a request to the API server', () => {
  test('is tried again while the server is too busy, and no sooner than it says', async () => {
    const { client, asked, clock } = clientOf(said(429, status('slow down'), '2'), said(503, status('later')), said(200, { gitVersion: 'v1.35.4' }));
    const before = clock.now();
    expect(await passing(clock, client.version())).toEqual({ gitVersion: 'v1.35.4' });
    expect([asked.length, clock.now() - before >= 2000]).toEqual([3, true]);
  });
  test('gives up after some tries, with who can mend it', async () => {
    const { client, clock } = clientOf(said(500, status('etcdserver: request timed out')));
    const fault: unknown = await passing(clock, client.version()).catch((thrown: unknown) => thrown);
    expect(asBrokerError(fault, 'look')).toMatchObject({ fixer: 'time' });
  });
  test.for([
    [401, 'Unauthorized', 'operator', 'not-authenticated'], [403, 'jobs.batch is forbidden: User "broker" cannot create resource "jobs" in API group "batch" in the namespace "eb"', 'operator', 'right-missing'],
    [403, 'services "s" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on', 'operator', 'right-missing'],
    [403, 'pods "p" is forbidden: exceeded quota: q', 'time', 'quota-exceeded'], [403, 'pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2', 'operator', 'not-admitted'],
    [403, 'admission webhook "images.example.org" denied the request: not from our registry', 'operator', 'not-admitted'],
    [403, 'pods "p" is forbidden: unable to create new content in namespace eb because it is being terminated', 'operator', 'not-admitted'],
    [403, 'pods "p" is forbidden: not yet ready to handle request', 'time', 'cluster-busy'], [422, 'Job is invalid', 'operator', 'cluster-refuses'], [409, 'conflict', 'time', 'cluster-busy'],
  ] as const)('that is answered %s %s is for %s to mend (%s)', async ([code, message, fixer, word]) => {
    const { client } = clientOf(said(code, status(message)));
    const fault: unknown = await client.create('Job', {}).catch((thrown: unknown) => thrown);
    expect(asBrokerError(fault, 'make a Job')).toMatchObject({ fixer, message: expect.stringContaining(message) as string, reasons: [{ kind: `urn:execution-broker:reason:${word}` }] });
  });
  test('that reaches nobody says so', async () => {
    const { client } = clientOf(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    const fault: unknown = await client.version().catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(Unreachable);
    expect(asBrokerError(fault, 'look')).toMatchObject({ fixer: 'time' });
  });
  test('of a proxy that answers in HTML is a fault with that text', async () => {
    const { client } = clientOf(said(404, '<html>'));
    await expect(client.create('Job', {})).rejects.toMatchObject({ status: 404, message: '<html>' });
  });
  test('always says what becomes of dependents, and takes what is not there for deleted', async () => {
    const { client, asked } = clientOf(said(404, status('not found', 'NotFound')));
    await client.delete('Job', 'eb-1', { way: 'Foreground' });
    expect(asked[0]?.body).toEqual({ propagationPolicy: 'Foreground' });
  });
  test('of server-side apply names the field manager', async () => {
    const { client, asked } = clientOf(said(200, {}));
    await client.apply('Service', { metadata: { name: 'eb-1' } });
    expect(asked[0]).toMatchObject({ method: 'PATCH', path: '/api/v1/namespaces/eb/services/eb-1?fieldManager=execution-broker&force=true', contentType: 'application/apply-patch+yaml' });
  });
});

describe('watches', () => {
  const session = '52fe607a-a7a3-4dd7-b608-78c76ba0f801';
  const event = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
  const moved = event('MODIFIED', { metadata: { resourceVersion: '7', labels: { 'execution-broker/session': session } } });

  test('go on where they were after they broke off, and from the beginning when the server does not remember that', async () => {
    const clock = HandClock.at('2030-06-03T08:00:00Z');
    const asked: string[] = [];
    const bodies = [() => pieces([moved], new Error('cut')), () => pieces([event('ERROR', { code: 410, message: 'too old' })]), () => pieces([moved])];
    const client = new KubernetesClient(({ path }) => {
      if (!path.includes('/pods')) return new Promise(() => undefined);
      asked.push(/resourceVersion=(\d+)/.exec(path)?.[1] ?? 'none');
      const body = bodies[asked.length - 1];
      return body ? Promise.resolve({ status: 200, body: body() }) : new Promise(() => undefined);
    }, 'eb', clock);
    const host = await testHost({ clock, instance: 'bed' });
    const stop = new AbortController();
    const hints = hintsOf(client, host, stop.signal)[Symbol.asyncIterator]();
    expect((await passing(clock, hints.next())).value).toBe(session);
    const next = hints.next();
    expect((await passing(clock, next)).value).toBe(session);
    expect(asked.slice(0, 3)).toEqual(['none', '7', 'none']);
    stop.abort();
    await host.close();
  });
});

describe('output', () => {
  const running = { metadata: { name: 'p' }, status: { phase: 'Running', containerStatuses: [{ name: payloadContainer, state: { running: {} } }] } } as never;
  const ended = { metadata: { name: 'p' }, status: { phase: 'Succeeded', containerStatuses: [{ name: payloadContainer, state: { terminated: { exitCode: 0 } } }] } } as never;
  const line = (second: number, nano: number, text: string): string => `2030-06-03T08:00:0${second}.${String(nano).padStart(9, '0')}Z ${text}\n`;

  test('goes on after the last line when the stream breaks off, and repeats none', async () => {
    const clock = HandClock.at('2030-06-03T08:00:00Z');
    const bodies = [() => pieces([line(1, 1, 'one'), line(1, 2, 'two')], new Error('cut')), () => pieces([line(1, 1, 'one'), line(1, 2, 'two'), line(1, 2, 'twin'), line(2, 1, 'three')])];
    const asked: string[] = [];
    const client = new KubernetesClient(({ path }) => { asked.push(path); return Promise.resolve({ status: 200, body: (bodies[asked.length - 1] ?? bodies[1])?.() ?? pieces([]) }); }, 'eb', clock);
    let looks = 0;
    const find = () => Promise.resolve((looks += 1) < 2 ? running : ended);
    let text = '';
    await passing(clock, (async () => { for await (const piece of outputOf(client, { follow: true, signal: new AbortController().signal, clock, log: silentLog, find })) text += piece; })());
    expect(text).toBe('one\ntwo\ntwin\nthree\n');
    expect(asked[1]).toContain('sinceTime=2030-06-03T08%3A00%3A01Z');
  });
});

describe('words', () => {
  test('are not changed by what pods replace', () => {
    expect(literal('$(HOME) $$ $x')).toBe('$$(HOME) $$$$ $$x');
  });
  test.for([
    ['failed to resolve reference: dial tcp: lookup r: no such host', 'time'], ['manifest unknown', 'caller'], ['r/x: not found', 'caller'], ['no match for platform in manifest: not found', 'caller'],
    ['pull access denied', 'caller'], ['something new', 'time'],
  ] as const)('a registry that says "%s" is for %s to mend', ([words, fixer]) => {
    expect(imageFault('r/x', { why: 'ErrImagePull', said: words })).toMatchObject({ fixer });
  });
  test('a fault keeps the server\'s words', () => {
    expect(new NativeFault(403, 'Forbidden', 'no').message).toBe('no');
  });
});
