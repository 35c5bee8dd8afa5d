import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Log, PoolId } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import type { CommitResult, Turn } from '../index.js';
import { Ledger } from '../index.js';
import { MemoryLedgerStore } from '../testing/index.js';

const grain = 300_000;
const hour = 12 * grain;
const day = 24 * hour;
const start = Date.parse('2030-06-03T08:00:00Z');
const pool = 'n1/all' as PoolId;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const newId = (): ReturnType<typeof sessionIdOf> => sessionIdOf(offerSetIdFrom(randomUUID()), 0);

interface Watch { at: number }

async function open(store: MemoryLedgerStore, watch: Watch): Promise<Ledger> {
  const ledger = await Ledger.open({
    store, clock: { now: () => watch.at, sleep: () => Promise.resolve() }, log: silent, grain, horizon: 10 * day,
    alarm: (one) => { throw new Error(JSON.stringify(one)); },
  });
  await ledger.definePools([{ pool, total: { cores: 8 } }]);
  return ledger;
}

describe('Ledger under a clock that jumps', () => {
  const jump = fc.oneof(fc.integer({ min: -12, max: 12 }).map((days) => days * day), fc.integer({ min: -3, max: 3 }).map((hours) => hours * hour));
  const act = fc.record({ jump, cores: fc.integer({ min: 1, max: 8 }), from: fc.integer({ min: -20, max: 200 }), length: fc.integer({ min: 1, max: 60 }) });

  it('knows what a ledger that starts then knows, whatever the clock did before', async () => {
    await fc.assert(fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
      const store = new MemoryLedgerStore(grain);
      const watch = { at: start };
      const ledger = await open(store, watch);
      for (const { jump: by, cores, from, length } of acts) {
        watch.at += by;
        const begin = watch.at + from * hour;
        const result = await ledger.rebook(newId(), [{ pool, interval: { start: begin, end: begin + length * hour }, amount: { cores } }]);
        expect(['rebooked', 'refused']).toContain(result.kind);
        const window = { start: watch.at, end: watch.at + 10 * day };
        expect(ledger.report(window, hour)).toEqual((await open(store, watch)).report(window, hour));
      }
    }), { numRuns: 60 });
  });
});

class AwayStore extends MemoryLedgerStore {
  isAway = false;

  override commit(...given: Parameters<MemoryLedgerStore['commit']>): Promise<CommitResult> {
    return this.isAway ? Promise.reject(away()) : super.commit(...given);
  }

  override takeTurn(...given: Parameters<MemoryLedgerStore['takeTurn']>): Promise<Turn> {
    return this.isAway ? Promise.reject(away()) : super.takeTurn(...given);
  }
}

function away(): Error {
  return Object.assign(new Error('connection lost'), { name: 'CommitUnknown' });
}

describe('Ledger that closes', () => {
  it('does not wait for a store that stays away, and refuses what was queued', async () => {
    const store = new AwayStore(grain);
    const ledger = await open(store, { at: start });
    store.isAway = true;
    const asked = Array.from({ length: 200 }, () => ledger.rebook(newId(), [{ pool, interval: { start, end: start + hour }, amount: { cores: 1 } }]));
    const settled = Promise.allSettled(asked);
    await ledger.close();
    expect(new Set((await settled).map((one) => one.status))).toEqual(new Set(['rejected']));
    await expect(ledger.expireDue()).rejects.toMatchObject({ word: 'unavailable' });
  });
});
