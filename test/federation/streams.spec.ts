/** Events and output that are relayed: a reader sets the pace, and its end is the end of the call to the member. */
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Readable, pipeline } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, json, sse } from '#client/testing';
import { TestAggregator } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { credentialsOf } from '../support/node.js';
import type { Json } from '../support/node.js';
import { until } from '../support/replica.js';
import { aRequest } from '../support/requests.js';

const mebibyte = 2 ** 20;
/** What the kernel keeps for the sockets of both calls, and some pieces on their way through us. */
const mostUnderWay = 64 * mebibyte;
/** Where a member gives up, so that a fault can't take the memory of the machine. */
const mostSent = 256 * mebibyte;

type Piece = (number: number) => string;
const accepted = `/sessions/${aSessionUuid}`;

/** A member with a session that runs, and an answer at `route` that never ends: as fast as it is read. */
class TalkingMember {
  sent = 0;
  open = 0;

  constructor(readonly broker: FakeBroker) {
    broker.on('POST /requests', json(200, aWireOfferSet()));
    broker.on(`POST ${accepted}`, json(200, aWireSession('ACCEPTED')));
    broker.on(`GET ${accepted}`, json(200, aWireSession('RUNNING')));
  }

  talksAt(route: string, type: string, piece: Piece, status = 200): this {
    this.broker.on(`GET ${route}`, (_seen, response) => {
      this.open += 1;
      response.writeHead(status, { 'content-type': type });
      pipeline(Readable.from(this.pieces(piece)), response, () => { this.open -= 1; });
    });
    return this;
  }

  private* pieces(piece: Piece): Generator<string> {
    for (let number = 1; this.sent < mostSent; number += 1) {
      const text = piece(number);
      this.sent += text.length;
      yield text;
    }
  }
}

interface Reader { readonly answer: IncomingMessage; readonly leave: () => void }

/** Reads nothing by itself. */
async function openStream(url: string): Promise<Reader> {
  const call = get(url, { headers: credentialsOf('alice') });
  const [answer] = await once(call, 'response') as [IncomingMessage];
  const leave = (): void => { answer.destroy(); };
  onTestFinished(leave);
  return { answer, leave };
}

async function read(answer: IncomingMessage, bytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  for (let length = 0; length < bytes;) {
    const piece = answer.read() as Buffer | null;
    if (piece === null) await once(answer, 'readable');
    else length += pieces.push(piece) && piece.length;
  }
  return Buffer.concat(pieces).toString();
}

const line = (number: number): string => `${String(number).padStart(1023, '.')}\n`;
const event = (number: number): string => sse(number, { kind: 'message', phase: 'RUNNING', message: { level: 'INFO', template: 'x'.repeat(1_000), values: {} } });

async function readerOf(member: TalkingMember, path: string): Promise<{ readonly ag: TestAggregator; readonly offer: Json; readonly reader: Reader }> {
  const ag = await kept(TestAggregator.start({ members: [{ name: 'f1', url: member.broker.url }] }));
  const { offers: [offer] } = await ag.as('alice').ask(aRequest().from('2030-06-03T08:00:00Z/PT2H'));
  await ag.as('alice').update(offer, 'ACCEPTED');
  return { ag, offer, reader: await openStream(`${ag.url}/sessions/${offer.meta.uuid}/${path}`) };
}

const talking = async (): Promise<TalkingMember> => new TalkingMember(await kept(new FakeBroker().start()));
const isLeft = (member: TalkingMember): Promise<boolean> => until('the member is left', () => Promise.resolve(member.open === 0));

const streams = [
  { what: 'output', path: 'logs?follow=true', type: 'text/plain', piece: line, number: /\.(\d+)\n/g },
  { what: 'events', path: 'events', type: 'text/event-stream', piece: event, number: /^id: (\d+)\n/gm },
];

describe.each(streams)('relayed $what without end', ({ path, type, piece, number }) => {
  it('are pulled no further than they are read, come in order, and end at the member with their reader', async () => {
    const route = `${accepted}/${path.replace(/\?.*/, '')}`;
    const member = (await talking()).talksAt(route, type, piece);
    const { ag, offer, reader: { answer, leave } } = await readerOf(member, path);
    const first = await read(answer, mebibyte);
    // Much else is done meanwhile: the member would have had all the time to be read.
    for (let call = 0; call < 200; call += 1) expect((await ag.as('alice').session(offer)).status).toBe(200);
    expect(member.sent).toBeLessThan(mostUnderWay);
    const text = first + await read(answer, member.sent);
    const numbers = [...text.matchAll(number)].map((found) => Number(found[1]));
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_none, index) => index + 1));
    expect([numbers.length > 1_000, member.open]).toEqual([true, 1]);
    leave();
    await isLeft(member);
    expect(member.broker.calls(`GET ${route}`)).toHaveLength(1);
  });
});

describe('a member that sends without end what can not be relayed', () => {
  const flood: Piece = () => 'x'.repeat(65_536);
  const first = (start: string): Piece => (number) => (number === 1 ? start : flood(number));

  it.each<[string, string, (member: TalkingMember) => TalkingMember]>([
    ['one event', 'events', (member) => member.talksAt(`${accepted}/events`, 'text/event-stream', first('data: '))],
    ['one event of many lines', 'events', (member) => member.talksAt(`${accepted}/events`, 'text/event-stream', () => `data: ${'x'.repeat(1_000)}\n`)],
    ['the reason why it has no output', 'logs', (member) => member.talksAt(`${accepted}/logs`, 'text/html', flood, 500)],
    ['the reason why it has no events', 'events', (member) => member.talksAt(`${accepted}/events`, 'text/html', flood, 500)],
    ['the session that is polled', 'events', (member) => member.talksAt(accepted, 'application/json', first('{"x":"'))],
  ])('is left, and so is the reader: %s', async (_what, path, talks) => {
    const member = talks(await talking());
    const { reader: { answer } } = await readerOf(member, path);
    const ended = new Promise((resolve) => { answer.once('close', resolve); });
    answer.on('error', () => undefined).resume();
    await ended;
    await isLeft(member);
    expect(member.sent).toBeLessThan(mostUnderWay);
  });
});

describe('a reader of a member that has no events', () => {
  it.each([
    ['before the member answers', (member: TalkingMember) => { member.broker.on(`GET ${accepted}`, (_seen, response) => { member.open += 1; response.on('close', () => { member.open -= 1; }); }); }],
    ['in the middle of its answer', (member: TalkingMember) => { member.talksAt(accepted, 'application/json', (number) => (number === 1 ? '{"x":"' : ' '), 200); }],
  ])('that leaves %s leaves the member too', async (_when, hangs) => {
    const member = await talking();
    hangs(member);
    const { reader: { leave } } = await readerOf(member, 'events');
    await until('the session is looked at', () => Promise.resolve(member.open === 1));
    leave();
    await isLeft(member);
    expect(member.broker.calls(`GET ${accepted}`)).toHaveLength(1);
  });
});
