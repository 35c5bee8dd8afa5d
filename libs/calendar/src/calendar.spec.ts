import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CalendarEntry, CalendarStore, Log, PoolId, Reason, RequesterId, SessionId } from '#model';
import { BrokerError, offerSetIdFrom, sessionIdOf } from '#model';
import { Ledger } from '#booking';
import type { Claim } from '#booking';
import { MemoryLedgerStore } from '#booking/testing';
import { HandClock } from '#runtime/testing';
import { Calendar } from './calendar.js';
import { CalendarKeeper } from './calendar-keeper.js';

const grain = 300_000;
const hour = 3_600_000;
const start = Date.parse('2030-06-03T08:00:00Z');
const pool = 'stage/main' as PoolId;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Entries in memory, shared by the replicas of a site. */
function memoryCalendar(): CalendarStore {
  const entries = new Map<string, CalendarEntry>();
  return {
    list: () => Promise.resolve([...entries.values()]), put: (entry) => { entries.set(entry.id, entry); return Promise.resolve(); },
    remove: (id) => Promise.resolve(entries.delete(id)),
  };
}

class Site {
  readonly clock = new HandClock(start);
  readonly told: [SessionId, readonly Reason[]][] = [];
  private readonly ledgerStore = new MemoryLedgerStore(grain);
  private readonly store = memoryCalendar();

  /** One replica; all of them have the same pool. */
  async replica(cores = 16): Promise<{ ledger: Ledger; calendar: Calendar }> {
    const { clock } = this;
    const alarm = (one: unknown): void => { throw new Error(`overbooked: ${JSON.stringify(one)}`); };
    const ledger = await Ledger.open({ store: this.ledgerStore, clock, log: silent, grain, horizon: 60 * 24 * hour, alarm });
    const calendar = await Calendar.open({
      ledger, store: this.store, clock, log: silent, horizon: 60 * 24 * hour, newUuid: randomUUID,
      sessionFacts: () => Promise.resolve({ owner: 'local:a' as RequesterId, run: { start, end: start + hour } }),
      tellSession: (id, reasons) => { this.told.push([id, reasons]); return Promise.resolve(); },
    });
    await ledger.definePools([{ pool, total: calendar.totalFor(pool, { cores }) }]);
    await calendar.refresh();
    return { ledger, calendar };
  }
}

function newId(): SessionId {
  return sessionIdOf(offerSetIdFrom(randomUUID()), 0);
}

function hours(from: number, length: number): string {
  return `${new Date(start + from * hour).toISOString()}/PT${length}H`;
}

function freeByHour(ledger: Ledger, of: PoolId = pool): readonly number[] {
  return (ledger.report({ start, end: start + 24 * hour }, hour).find((one) => one.pool === of)?.free ?? []).map((one) => one['cores'] ?? 0);
}

const session = fc.record({ from: fc.integer({ min: 0, max: 20 }), length: fc.integer({ min: 1, max: 4 }), cores: fc.integer({ min: 1, max: 6 }) });

async function bookAll(ledger: Ledger, wishes: readonly { from: number; length: number; cores: number }[]): Promise<readonly { id: SessionId; claims: readonly Claim[] }[]> {
  const all = wishes.map((wish) => ({ id: newId(), claims: [{ pool, interval: { start: start + wish.from * hour, end: start + (wish.from + wish.length) * hour }, amount: { cores: wish.cores } }] }));
  const results = await Promise.all(all.map(({ id, claims }) => ledger.rebook(id, claims)));
  return all.filter((_, index) => results[index]?.kind === 'rebooked');
}

describe('maintenance', () => {
  it('by force takes at every hour what is free up to what it wants, and the rest when sessions go', async () => {
    await fc.assert(fc.asyncProperty(fc.array(session, { maxLength: 6 }), session, async (wishes, cut) => {
      const site = new Site();
      const { ledger, calendar } = await site.replica();
      const booked = await bookAll(ledger, wishes);
      const before = freeByHour(ledger);
      const wanted = (at: number): number => (cut.from <= at && at < cut.from + cut.length ? 10 : 0);
      await calendar.add({ kind: 'maintenance', pool: 'stage/main', amounts: { cores: 10 }, when: hours(cut.from, cut.length), force: true }, false);
      expect(freeByHour(ledger)).toEqual(before.map((free, at) => free - Math.min(free, wanted(at))));
      for (const { id } of booked) await ledger.rebook(id, []);
      await calendar.refresh();
      expect(freeByHour(ledger)).toEqual(before.map((_, at) => 16 - wanted(at)));
      expect((await calendar.list())[0]?.isWhole).toBe(true);
    }), { numRuns: 60 });
  });

  it('is refused for just the sessions that the ledger itself would name', async () => {
    await fc.assert(fc.asyncProperty(fc.array(session, { maxLength: 6 }), session, async (wishes, cut) => {
      const { ledger, calendar } = await new Site().replica();
      await bookAll(ledger, wishes);
      const entry = { kind: 'maintenance', pool: 'stage/main', amounts: { cores: 12 }, when: hours(cut.from, cut.length) };
      const named = await calendar.add(entry, true).then(() => [], (error: unknown) => {
        if (!(error instanceof BrokerError)) throw error;
        return error.reasons.flatMap((one) => one.values['session'] ?? []);
      });
      const claims = [{ pool, interval: { start: start + cut.from * hour, end: start + (cut.from + cut.length) * hour }, amount: { cores: 12 } }];
      const result = await ledger.rebook(newId(), claims);
      expect([...named].sort()).toEqual(result.kind === 'refused' ? [...result.sessions].sort() : []);
    }), { numRuns: 60 });
  });

  it('by force tells each session once that it is at risk', async () => {
    const site = new Site();
    const { ledger, calendar } = await site.replica();
    const [first] = await bookAll(ledger, [{ from: 2, length: 2, cores: 6 }, { from: 8, length: 2, cores: 6 }]);
    await calendar.add({ kind: 'maintenance', pool: 'stage/main', when: hours(1, 4), force: true, note: 'cooling' }, false);
    await calendar.refresh();
    expect(site.told).toEqual([[first?.id, [expect.objectContaining({ kind: 'urn:execution-broker:reason:at-risk', level: 'WARN' })]]]);
  });
});

describe('several replicas', () => {
  it('follow what one of them entered, and want the same', async () => {
    const site = new Site();
    const [one, other] = [await site.replica(), await site.replica()];
    await one.calendar.add({ name: 'rack', kind: 'growth', pool: 'stage/main', amounts: { cores: 16 }, when: hours(10, 4) }, false);
    await Promise.all([one.calendar.refresh(), other.calendar.refresh(), other.calendar.refresh()]);
    await other.ledger.expireDue();
    for (const { ledger } of [one, other, await site.replica()]) {
      expect(freeByHour(ledger)).toEqual(Array.from({ length: 24 }, (_, at) => (at >= 10 && at < 14 ? 32 : 16)));
    }
    await expect(other.calendar.add({ name: 'rack', kind: 'growth', pool: 'stage/main', amounts: { cores: 1 }, when: hours(1, 1) }, false)).rejects.toThrow('an entry rack already');
  });

  it('forget an entry when it is over', async () => {
    const site = new Site();
    const { ledger, calendar } = await site.replica();
    await calendar.add({ name: 'ws', kind: 'block', pool: 'stage/main', amounts: { cores: 4 }, group: 'ws', when: hours(1, 2) }, false);
    expect(freeByHour(ledger, 'stage/block-ws' as PoolId).slice(0, 4)).toEqual([0, 4, 4, 0]);
    await site.clock.moveTo(start + 4 * hour);
    expect(await calendar.list()).toEqual([]);
    expect(freeByHour(ledger)).toEqual(Array.from({ length: 24 }, () => 16));
  });
});

describe('the keeper of a calendar', () => {
  it('gives back the unused part of a block at the end of its grace, by itself', async () => {
    const site = new Site();
    const { ledger, calendar } = await site.replica();
    const { entry } = await calendar.add({ name: 'ws', kind: 'block', pool: 'stage/main', amounts: { cores: 10 }, group: 'ws', when: hours(2, 4), grace: 'PT1H' }, false);
    const seat = newId();
    await ledger.rebook(seat, [{ pool: 'stage/block-ws' as PoolId, interval: { start: start + 2 * hour, end: start + 4 * hour }, amount: { cores: 3 } }]);
    const keeper = new CalendarKeeper({ calendar, clock: site.clock, log: silent });
    keeper.start();
    expect(keeper.nextLook()).toBe(start + 3 * hour);
    await site.clock.moveTo(start + 3 * hour);
    await calendar.refresh();
    expect(freeByHour(ledger).slice(1, 7)).toEqual([16, 6, 13, 16, 16, 16]);
    expect(freeByHour(ledger, 'stage/block-ws' as PoolId).slice(3, 6)).toEqual([0, 0, 0]);
    expect(ledger.bookingOf(entry.id as string as SessionId)).toBeDefined();
    await keeper.stop();
  });
});
