import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '#model';
import { HandClock } from '#runtime/testing';
import { BrokerClient, ClientError } from './index.js';
import type { WireEvent } from './index.js';
import { aSessionUuid, aSetUuid, aWireOfferSet, aWireSession, broken, FakeBroker, hangUp, json, problem, sse, text } from './testing/index.js';

let broker: FakeBroker;
const session = `/sessions/${aSessionUuid}`;

beforeEach(async () => { broker = await new FakeBroker().start(); });
afterEach(async () => { await broker.stop(); });

/** Sleeps take no time, and are counted. */
function hurried(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  return { slept, now: () => Date.parse('2030-06-03T09:00:00Z'), sleep: (length) => { slept.push(length); return Promise.resolve(); } };
}

function client(clock: Clock = HandClock.at('2030-06-03T09:00:00Z')): BrokerClient {
  return new BrokerClient({ url: broker.url, clock, credentials: { user: 'alice', password: 'pässword' } });
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function failure(work: Promise<unknown>): Promise<ClientError> {
  const error = await work.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(ClientError);
  return error as ClientError;
}

describe('asking', () => {
  it('takes the offer set out of the body of a redirect, and says what it accepts and who it is', async () => {
    broker.on('POST /requests', json(303, aWireOfferSet(), { location: `https://elsewhere/offersets/${aSetUuid}` }));
    const set = await client().ask({ executable: { kind: 'k' } });
    expect(set.offers[0]?.meta.uuid).toBe(aSessionUuid);
    const [call] = broker.seen;
    expect(call?.headers.accept).toBe('application/json');
    expect(call?.headers.authorization).toBe(`Basic ${Buffer.from('alice:pässword').toString('base64')}`);
    expect(broker.seen).toHaveLength(1);
  });

  it('takes the identifier out of Location, and asks its own host, when a redirect has no body', async () => {
    broker.on('POST /requests', json(303, undefined, { location: `https://elsewhere/prefix/offersets/${aSetUuid}/` }));
    broker.on(`GET /offersets/${aSetUuid}`, json(200, aWireOfferSet()));
    expect((await client().ask({})).result).toBe('YES');
  });

  it('reads a NO that a server wrote as an unquoted YAML word', async () => {
    broker.on('POST /requests', text(`meta: { uuid: ${aSetUuid} }\nresult: NO\n`, 'application/yaml'));
    expect(await client().ask({})).toMatchObject({ result: 'NO', offers: [] });
  });

  it('is never sent twice, for each request holds capacity', async () => {
    broker.on('POST /requests', hangUp, json(200, aWireOfferSet()));
    expect((await failure(client().ask({}))).fault).toBe('unreachable');
    expect(broker.calls('POST /requests')).toHaveLength(1);
  });

  it('gives a direct refusal as the failed session that v1.0 says', async () => {
    broker.on('POST /direct', json(400, aWireSession('FAILED')));
    expect(await client().direct({})).toMatchObject({ phase: 'FAILED' });
  });
});

describe('sessions', () => {
  it('accepts, rejects and cancels by an update of the phase', async () => {
    broker.on(`POST ${session}`, json(200, aWireSession('ACCEPTED')));
    await client().accept(aSessionUuid);
    await client().reject(aSessionUuid);
    await client().cancel(aSessionUuid);
    expect(broker.seen.map((call) => call.body)).toEqual(['ACCEPTED', 'REJECTED', 'CANCELLED'].map((value) => ({ kind: 'uri:enum-value-update', path: 'phase', value })));
  });

  it('tells a refused update with the session as it is and a hint', async () => {
    broker.on(`POST ${session}`, problem(409, 'the offer has expired', { session: aWireSession('EXPIRED'), faults: [{ path: 'phase', fix: 'ask again' }] }));
    const error = await failure(client().accept(aSessionUuid));
    expect(error).toMatchObject({ status: 409, hint: 'ask again', problem: { session: { phase: 'EXPIRED' } } });
  });

  it('repeats a read whose connection breaks', async () => {
    broker.on(`GET ${session}`, hangUp, json(200, aWireSession('RUNNING')));
    expect((await client().session(aSessionUuid)).phase).toBe('RUNNING');
  });

  it('lists by phase, limit and the last one seen', async () => {
    broker.on('GET /sessions', json(200, { sessions: [aWireSession('RUNNING')] }));
    expect(await client().sessions({ phases: ['RUNNING', 'AVAILABLE'], limit: 5, before: aSessionUuid })).toHaveLength(1);
    expect(broker.seen[0]?.path).toBe(`/sessions?phase=RUNNING%2CAVAILABLE&limit=5&before=${aSessionUuid}`);
  });

  it('says what is wrong with an answer that is no session', async () => {
    broker.on(`GET ${session}`, json(200, { meta: { uuid: aSessionUuid }, phase: 'DREAMING' }), text('<html>'));
    expect((await failure(client().session(aSessionUuid))).message).toContain("phase is 'DREAMING'");
    expect((await failure(client().session(aSessionUuid))).hint).toContain('execution broker');
  });
});

describe('events', () => {
  it('go on after a broken connection with the number of the last one, none lost and none twice', async () => {
    broker.on(`GET ${session}/events`,
      broken(`: hello\n\n${sse(1, { kind: 'phase', phase: 'PREPARING' })}${sse(2, { kind: 'phase', phase: 'RUNNING' })}id: 3\ndata: {"numb`, 'text/event-stream'),
      text(sse(2, { kind: 'phase', phase: 'RUNNING' }) + sse(3, { kind: 'phase', phase: 'COMPLETED' }), 'text/event-stream'));
    const events = await collect(client(hurried()).events(aSessionUuid));
    expect(events.map((event) => `${event.number} ${event.phase}`)).toEqual(['1 PREPARING', '2 RUNNING', '3 COMPLETED']);
    expect(broker.calls(`GET ${session}/events`)[1]?.headers['last-event-id']).toBe('2');
  });

  it('end where the session is final already and has nothing more to tell', async () => {
    broker.on(`GET ${session}/events`, text('', 'text/event-stream')).on(`GET ${session}`, json(200, aWireSession('FAILED')));
    expect(await collect(client().events(aSessionUuid, { after: 9 }))).toEqual([]);
  });

  it('come from polls every two seconds on a plain v1.0 server', async () => {
    const message = { kind: 'urn:x', message: 'bringing data' };
    broker.on(`GET ${session}`, json(200, aWireSession('ACCEPTED')), json(200, aWireSession('PREPARING', { messages: [message] })), json(200, aWireSession('COMPLETED', { messages: [message] })));
    const clock = hurried();
    const events: WireEvent[] = await collect(client(clock).events(aSessionUuid));
    expect(events.map((event) => event.message?.message ?? event.phase)).toEqual(['ACCEPTED', 'bringing data', 'PREPARING', 'COMPLETED']);
    expect(clock.slept).toEqual([2_000, 2_000]);
  });

  it('stop without an error when the caller has had enough', async () => {
    broker.on(`GET ${session}/events`, (_seen, response) => { response.writeHead(200, { 'content-type': 'text/event-stream' }).write(sse(1, { kind: 'phase', phase: 'RUNNING' })); });
    const enough = new AbortController();
    const seen: number[] = [];
    for await (const event of client().events(aSessionUuid, { signal: enough.signal })) {
      seen.push(event.number);
      enough.abort();
    }
    expect(seen).toEqual([1]);
  });
});

describe('logs', () => {
  it('skip what was delivered before the connection broke, also inside a character', async () => {
    const whole = Buffer.from('temperature 7 °C\nrain\n');
    const cut = whole.indexOf('°') + 1;
    broker.on(`GET ${session}/logs`,
      (_seen, response) => { response.writeHead(200); response.write(whole.subarray(0, cut), () => { response.destroy(); }); },
      text(whole.toString()));
    expect((await collect(client(hurried()).logs(aSessionUuid, { follow: true }))).join('')).toBe(whole.toString());
  });
});

describe('administration and health', () => {
  it('lists, adds and removes accounts and sets passwords', async () => {
    broker.on('GET /admin/accounts', json(200, { accounts: [{ name: 'bob' }] })).on('POST /admin/accounts', json(201, { name: 'bob' }))
      .on('PUT /admin/accounts/bob/password', json(204, undefined)).on('DELETE /admin/accounts/b%2Fb', json(204, undefined));
    const admin = client();
    expect(await admin.accounts()).toEqual([{ name: 'bob' }]);
    await admin.addAccount({ name: 'bob', password: 'secret', roles: ['user'] });
    await admin.setPassword('bob', 'other');
    await admin.removeAccount('b/b');
    expect(broker.seen.map((call) => call.body)).toEqual([undefined, { name: 'bob', password: 'secret', roles: ['user'] }, { password: 'other' }, undefined]);
  });

  it('tells a broker that is not ready from one that is', async () => {
    broker.on('GET /readyz', problem(503, 'no database'), json(200, { ready: true }));
    expect((await client().health()).ready).toBe(false);
    expect((await client().health()).ready).toBe(true);
  });

  it('gives a hint when nobody answers, and when credentials are wanted', async () => {
    const url = broker.url;
    await broker.stop();
    const clock = HandClock.at('2030-06-03T09:00:00Z');
    expect((await failure(new BrokerClient({ url, clock }).session(aSessionUuid))).hint).toContain('--url');
    broker = await new FakeBroker().start();
    broker.on('GET /sessions', problem(401, 'who are you?'));
    expect((await failure(client().sessions())).hint).toContain('log in');
  });
});
