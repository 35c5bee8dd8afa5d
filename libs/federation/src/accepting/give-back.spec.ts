import { MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import { silentLog } from '#runtime';
import { HandClock } from '#runtime/testing';
import type { FederationStore } from '../sets/federation-store.js';
import { giveBackAll } from './give-back.js';
import { Ground } from '../ground.js';
import { nobody } from '../identity/identities.js';
import type { Member } from '../members/member.js';
import { MemberBook } from '../members/member-book.js';

/** A hundred members; its sleeps are counted, and end when `turn` is called. */
function aHundred(): { ground: Ground; told: () => number; turn: () => void } {
  const agent = new MockAgent();
  agent.disableNetConnect();
  agent.enableCallHistory();
  const members = Array.from({ length: 100 }, (_, index): Member => ({ name: `m${index}`, url: `http://m${index}.test`, exposure: 'proxy', hiddenHosts: [], identify: nobody }));
  for (const { url } of members) agent.get(url).intercept({ path: () => true, method: 'POST' }).reply(204);
  const book = new MemberBook(['test']);
  book.set('test', members);
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  const turns: (() => void)[] = [];
  const sleep = (length: number, signal?: AbortSignal): Promise<void> => (length > 0 ? clock.sleep(length, signal) : new Promise((resolve) => { turns.push(resolve); }));
  const settings = { name: 'ag', deadline: 5_000, lateFor: 1_000, callWithin: 10_000, expiryMargin: 5_000, mostOffers: 24, keepAnswers: 60_000, pruneFrom: 24, mostAsked: 20 };
  const ground = new Ground({ settings, store: {} as FederationStore, members: book, dispatcher: agent, clock: { now: () => clock.now(), sleep }, log: silentLog, trail: () => ({ hops: [] }), newUuid: () => '' });
  return { ground, told: () => agent.getCallHistory()?.calls().length ?? 0, turn: () => { turns.shift()?.(); } };
}

const actor = { requester: { id: 'local:alice', name: 'alice', roles: [], groups: [] } } as unknown as Parameters<typeof giveBackAll>[1];

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

describe('offers that nobody wants', () => {
  it('go back after what is ready was sent, and then a handful at a time', async () => {
    const { ground, told, turn } = aHundred();
    const unwanted = Array.from({ length: 100 }, (_, index) => ({ member: `m${index}`, uuids: [`offer-${index}`] }));
    const all = giveBackAll(ground, actor, unwanted);
    const counts: number[] = [];
    for (let turns = 0; turns < 4; turns += 1) {
      await turnOfTheLoop();
      counts.push(told());
      turn();
    }
    await all;
    await ground.settled();
    expect([...counts, told()]).toEqual([0, 32, 64, 96, 100]);
    await ground.close();
  });

  it('go back to all others when a member is no longer there', async () => {
    const { ground, told, turn } = aHundred();
    const all = giveBackAll(ground, actor, ['gone', 'm1'].map((member) => ({ member, uuids: ['offer'] })));
    turn();
    await all;
    await ground.settled();
    expect(told()).toBe(1);
    await ground.close();
  });
});
