/** The sentences that hold for every store of sessions. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Instant, RequesterId, SessionId } from '#model';
import { RecordChange } from '../record-change.js';
import type { SessionRecord, SessionStore } from '../session-store.js';
import { aRecord } from './builders.js';

export interface StoreUnderTest {
  readonly store: SessionStore;
  /** Puts the first row of a session there, as the commit that accepts an offer does. */
  insert(record: SessionRecord): Promise<void>;
  close?(): Promise<void>;
}

const noon: Instant = Date.UTC(2030, 5, 3, 12);

export function sessionStoreContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of session stores`, () => {
    let world: StoreUnderTest;
    beforeEach(async () => { world = await makeStore(); });
    afterEach(async () => { await world.close?.(); });
    const current = (): StoreUnderTest => world;
    findSentences(current);
    saveSentences(current);
    claimSentences(current);
  });
}

async function inserted(world: StoreUnderTest, count: number, wanted: (index: number) => Parameters<typeof aRecord>[0] = () => ({ created: noon })): Promise<readonly SessionRecord[]> {
  const records = Array.from({ length: count }, (_none, index) => aRecord(wanted(index)));
  for (const record of records) await world.insert(record);
  return records;
}

const idsOf = (records: readonly SessionRecord[]): readonly SessionId[] => records.map((record) => record.session.id);

function findSentences(world: () => StoreUnderTest): void {
  test('what was put there is found again as it was, also by its offer set', async () => {
    const [record] = await inserted(world(), 2);
    if (!record) throw new Error('nothing was inserted');
    expect(await world().store.find(record.session.id)).toEqual(record);
    expect(await world().store.ofOfferSet(record.session.offerSet)).toEqual(record);
  });
  test('a stranger is not found', async () => {
    const { session } = aRecord();
    expect(await world().store.find(session.id)).toBeUndefined();
    expect(await world().store.ofOfferSet(session.offerSet)).toBeUndefined();
    expect(await world().store.events(session.id, 0, 10)).toEqual([]);
    expect(await world().store.keptLog(session.id)).toBeUndefined();
  });
  test('a list has the newest first, by owner and phase, page by page', async () => {
    const records = await inserted(world(), 5, (index) => ({ created: noon + index * 1000, owner: index === 4 ? 'local:other' : 'local:tester' }));
    const mine = [...idsOf(records.slice(0, 4))].reverse();
    const owner = 'local:tester' as RequesterId;
    expect(idsOf(await world().store.list({ limit: 10 }))).toHaveLength(5);
    expect(idsOf(await world().store.list({ owner, limit: 10 }))).toEqual(mine);
    expect(idsOf(await world().store.list({ owner, limit: 2 }))).toEqual(mine.slice(0, 2));
    expect(idsOf(await world().store.list({ owner, limit: 2, before: mine[1] as SessionId }))).toEqual(mine.slice(2));
    expect(await world().store.list({ owner, limit: 10, phases: ['RUNNING'] })).toEqual([]);
    expect(await world().store.list({ owner, limit: 10, phases: ['ACCEPTED', 'RUNNING'] })).toHaveLength(4);
  });
  test('a kept log is replaced by a longer one, and never by a part of it', async () => {
    const [record] = await inserted(world(), 1);
    const id = record?.session.id as SessionId;
    await world().store.keepLog(id, 'first');
    await world().store.keepLog(id, 'zweite Fassung\n\t☃');
    await world().store.keepLog(id, 'zweite');
    await world().store.keepLog(id, '');
    expect(await world().store.keptLog(id)).toBe('zweite Fassung\n\t☃');
  });
}

function saveSentences(world: () => StoreUnderTest): void {
  test('a save is seen by everybody, events included, numbered from one without gaps', async () => {
    const [record] = await inserted(world(), 1);
    if (!record) throw new Error('nothing was inserted');
    const waiting = new RecordChange(record, noon).to('WAITING').again(noon + 1000);
    expect(await world().store.save(waiting.record(), waiting.events)).toBe(true);
    const preparing = new RecordChange(waiting.record(), noon + 1000).to('PREPARING').again(undefined);
    expect(await world().store.save(preparing.record(), preparing.events)).toBe(true);
    expect(await world().store.find(record.session.id)).toEqual(preparing.record());
    const events = await world().store.events(record.session.id, 0, 10);
    expect(events.map((event) => [event.number, event.phase])).toEqual([[1, 'ACCEPTED'], [2, 'WAITING'], [3, 'PREPARING']]);
    expect(await world().store.events(record.session.id, 1, 1)).toEqual(events.slice(1, 2));
  });
  test('of two writers who read the same revision one wins, and the loser leaves no event', async () => {
    const [record] = await inserted(world(), 1);
    if (!record) throw new Error('nothing was inserted');
    const [one, two] = [new RecordChange(record, noon).to('WAITING'), new RecordChange(record, noon).to('CANCELLED', 'client')];
    const won = await Promise.all([world().store.save(one.record(), one.events), world().store.save(two.record(), two.events)]);
    expect(won.filter((each) => each)).toHaveLength(1);
    expect(await world().store.find(record.session.id)).toEqual((won[0] ? one : two).record());
    expect(await world().store.events(record.session.id, 0, 10)).toHaveLength(2);
  });
  test('of saves that come together each is made or refused by itself, with its own events', async () => {
    const records = await inserted(world(), 60);
    const changes = records.map((record, index) => new RecordChange(record, noon + index).to('WAITING').again(index % 2 === 0 ? noon + index : undefined));
    const [outdated] = records;
    if (!outdated) throw new Error('nothing was inserted');
    const late = new RecordChange(new RecordChange(outdated, noon).record(), noon).to('PREPARING');
    const made = await Promise.all([late, ...changes].map((change) => world().store.save(change.record(), change.events)));
    expect(made).toEqual([false, ...changes.map(() => true)]);
    for (const [index, record] of records.entries()) {
      expect(await world().store.find(record.session.id)).toEqual(changes[index]?.record());
      expect((await world().store.events(record.session.id, 0, 10)).map(({ number, phase, at }) => [number, phase, at])).toEqual([[1, 'ACCEPTED', noon], [2, 'WAITING', noon + index]]);
    }
  });
  test('a save of a session that is not there is refused', async () => {
    const change = new RecordChange(aRecord(), noon);
    expect(await world().store.save(change.record(), change.events)).toBe(false);
  });
}

function claimSentences(world: () => StoreUnderTest): void {
  test('due sessions are claimed oldest first, no more than asked for, each by one claimant', async () => {
    const records = await inserted(world(), 5, (index) => ({ created: noon + (index === 4 ? 60_000 : -index * 1000) }));
    const order = idsOf(records.slice(0, 4)).toReversed();
    expect(idsOf(await world().store.claimDue(noon, 'a', noon + 10_000, 3))).toEqual(order.slice(0, 3));
    expect(idsOf(await world().store.claimDue(noon, 'b', noon + 10_000, 3))).toEqual(order.slice(3));
    expect(await world().store.claimDue(noon, 'a', noon + 10_000, 3), 'not even its own again').toEqual([]);
  });
  test('claimants at the same time share nothing', async () => {
    await inserted(world(), 40);
    const claims = await Promise.all(['a', 'b', 'c', 'd'].map((claimant) => world().store.claimDue(noon, claimant, noon + 10_000, 40)));
    expect(new Set(claims.flatMap(idsOf)).size).toBe(40);
    expect(claims.flat()).toHaveLength(40);
  });
  test('a lease ends by itself, or with a save', async () => {
    const [record] = await inserted(world(), 1);
    if (!record) throw new Error('nothing was inserted');
    await world().store.claimDue(noon, 'a', noon + 10_000, 1);
    expect(await world().store.nextDue()).toBe(noon + 10_000);
    expect(await world().store.claimDue(noon + 10_000, 'b', noon + 20_000, 1)).toHaveLength(1);
    await world().store.save(new RecordChange(record, noon).again(noon + 500).record(), []);
    expect(await world().store.nextDue()).toBe(noon + 500);
    expect(await world().store.claimDue(noon + 499, 'c', noon + 20_000, 1)).toEqual([]);
    expect(await world().store.claimDue(noon + 500, 'c', noon + 20_000, 1)).toHaveLength(1);
  });
  test('a session with nothing left to do is never due', async () => {
    const [record] = await inserted(world(), 1);
    if (!record) throw new Error('nothing was inserted');
    await world().store.save(new RecordChange(record, noon).again(undefined).record(), []);
    expect(await world().store.nextDue()).toBeUndefined();
    expect(await world().store.claimDue(noon * 2, 'a', noon * 2 + 1, 1)).toEqual([]);
  });
}
