import { describe, expect, it } from 'vitest';
import type { Instant, PlatformName, PoolId, Resources } from '#model';
import type { Candidate, Profile } from '#booking';
import { Ledger } from '#booking';
import { MemoryLedgerStore } from '#booking/testing';
import type { Platform, PoolCapacity } from '#plugin-sdk';
import { rememberingLog } from '#plugin-sdk/testing';
import type { LogEntry } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { OthersUse } from './others-use.js';
import { bothAdmit, RefusedPlaces } from './refused-places.js';

const name = 'cluster' as PlatformName;
const pool = 'cluster/main' as PoolId;
const total: Resources = { cores: 8 };
const grain = 1_000;
const horizon = 3_600_000;

class FakeCluster {
  asked = 0;
  answer: () => Promise<readonly PoolCapacity[]> = () => Promise.resolve([{ pool, total, taken: [] }]);
  readonly platform = { capacity: () => { this.asked += 1; return this.answer(); } } as Partial<Platform> as Platform;

  takes(cores: number, from: Instant): void {
    this.answer = () => Promise.resolve([{ pool, total, taken: [{ interval: { start: from, end: from + 60_000 }, resources: { cores } }] }]);
  }
}

async function world(): Promise<{ cluster: FakeCluster; clock: HandClock; use: OthersUse; ledger: Ledger; logged: LogEntry[] }> {
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  const logged: LogEntry[] = [];
  const log = rememberingLog(logged);
  const ledger = await Ledger.open({ store: new MemoryLedgerStore(grain), clock, log, grain, horizon, alarm: () => undefined });
  const cluster = new FakeCluster();
  const define = async (pools: readonly { pool: PoolId; total: Resources }[]): Promise<ReadonlyMap<PoolId, Resources>> => {
    await ledger.definePools(pools);
    return new Map(pools.map((one) => [one.pool, one.total]));
  };
  const preview = <Result>(look: (profile: Profile) => Result): Result => ledger.preview(look);
  return { cluster, clock, ledger, logged, use: await OthersUse.open({ preview, define, clock, log, grain, horizon }, new Map([[name, cluster.platform]])) };
}

const usedNow = ({ use, clock }: { use: OthersUse; clock: HandClock }): Resources => use.mostDuring(pool, total, { start: clock.now(), end: clock.now() + 1 });

describe('what others use', () => {
  it('is asked once for many that ask for offers at the same time, and not again while it is fresh', async () => {
    const { cluster, clock, use } = await world();
    await clock.advance(10_000);
    await Promise.all([use.refresh(), use.refresh(), use.refresh()]);
    await use.refresh();
    expect(cluster.asked).toBe(2);
  });

  it('is believed for a while when a platform is slow, and taken over as soon as it answers', async () => {
    const all = await world();
    const { cluster, clock, use } = all;
    await clock.advance(10_000);
    let answered: (pools: readonly PoolCapacity[]) => void = () => undefined;
    cluster.answer = () => new Promise((resolve) => { answered = resolve; });
    const waiting = use.refresh();
    await clock.advance(2_000);
    await waiting;
    expect([use.refusalOf(name), usedNow(all)]).toEqual([undefined, {}]);
    answered([{ pool, total, taken: [{ interval: { start: clock.now(), end: Infinity }, resources: { cores: 3 } }] }]);
    await use.refresh();
    expect(usedNow(all)).toEqual({ cores: 3 });
  });

  it('that was not readable for minutes means no offers, and says why; one that is readable again is logged', async () => {
    const { cluster, clock, use, logged } = await world();
    cluster.answer = () => Promise.reject(new Error('no route to host'));
    await clock.advance(121_000);
    await use.refresh();
    expect(use.refusalOf(name)).toMatchObject({ values: { since: '2030-06-03T08:00:00Z', fault: 'no route to host' } });
    await use.readAll();
    expect(logged.filter(({ level }) => level === 'warn')).toHaveLength(1);
    cluster.takes(1, clock.now());
    await use.refresh();
    expect(use.refusalOf(name)).toBeUndefined();
  });

  it('leaves no sleeper behind', async () => {
    const { clock, use } = await world();
    await clock.advance(10_000);
    await use.refresh();
    expect(clock.asleep).toBe(0);
  });

  it('that grew over what is booked takes the place of a claim', async () => {
    const { cluster, clock, use } = await world();
    const claims = [{ pool, interval: { start: clock.now(), end: clock.now() + 1_000 }, amount: { cores: 4 } }];
    expect(use.isTaken(claims)).toBe(false);
    cluster.takes(9, clock.now());
    await use.readAll();
    expect(use.isTaken(claims)).toBe(true);
  });
});

describe('a place that the platform refused', () => {
  const place = { pool, interval: { start: 100_000, end: 200_000 }, amount: { cores: 4 } };
  const candidate = (start: Instant, cores: number): Candidate => (
    { start, duration: 50_000, granted: { cores }, claims: [{ pool, interval: { start, end: start + 50_000 }, amount: { cores } }], query: 0 }
  );

  it('is not offered again for a minute, nor to who needs more; others may have what is smaller or later', () => {
    const places = new RefusedPlaces();
    places.note([place], 0);
    const admission = places.admission(59_999);
    expect([candidate(120_000, 4), candidate(60_000, 6), candidate(120_000, 3), candidate(200_000, 4)].map((one) => admission?.admits(one))).toEqual([false, false, true, true]);
    expect(admission?.retry(candidate(120_000, 4))).toBe(200_000);
    expect(places.admission(60_000)).toBeUndefined();
  });

  it('is kept beside other bounds', () => {
    const places = new RefusedPlaces();
    places.note([place], 0);
    const both = bothAdmit(places.admission(1), { admits: ({ start }) => start >= 300_000, retry: () => 300_000 });
    expect([both?.retry(candidate(120_000, 4)), both?.admits(candidate(250_000, 4)), both?.retry(candidate(250_000, 4)), both?.admits(candidate(300_000, 4))]).toEqual([200_000, false, 300_000, true]);
    expect(bothAdmit(undefined, undefined)).toBeUndefined();
  });
});
