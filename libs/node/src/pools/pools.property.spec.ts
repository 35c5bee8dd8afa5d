/** Pledges, caps of users and quotas under concurrency: two replicas on one store, many askers at the same time. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { kinds, sessionIdOf } from '#model';
import { accountPool } from '#booking';
import { ask } from '../offering/asking.js';
import { pledgePool } from './pledges.js';
import { begin, divided, hour, mostUsed, PoolsWorld, stage, totals, users } from '../testing/pools-world.js';
import { quotaOf } from '../testing/quota-of.js';

const sessionsAtOnce = 3;
const wish = fc.record({
  user: fc.integer({ min: 0, max: 2 }), side: fc.integer({ min: 0, max: 1 }), cores: fc.integer({ min: 1, max: 14 }), more: fc.integer({ min: 0, max: 10 }),
  memory: fc.integer({ min: 1, max: 30 }), hours: fc.integer({ min: 1, max: 4 }), from: fc.integer({ min: 0, max: 8 }), width: fc.integer({ min: 0, max: 4 }), then: fc.constantFrom('accept', 'reject', 'keep', 'end'),
});
const counted = { asks: 0, offered: 0, split: 0 };
afterAll(() => { expect(counted.split).toBeGreaterThan(0); });

describe('pools with owners', () => {
  it('never give more than each pledge, each cap and the whole pool have, though two replicas answer many at once', async () => {
    await fc.assert(fc.asyncProperty(fc.array(wish, { minLength: 4, maxLength: 12 }), async (wishes) => {
      const world = new PoolsWorld([quotaOf(sessionsAtOnce)]);
      const sides = [await world.replica(), await world.replica()];
      await Promise.all(wishes.map(async ({ user, side, cores, more, memory, hours, from, width, then }) => {
        const { parts } = sides[side]!;
        const set = await ask(parts, {
          executable: { kind: kinds.scripted }, schedule: { requested: { duration: `PT${hours}H`, start: `${new Date(begin + from * hour).toISOString()}/PT${width}H` } },
          compute: { kind: kinds.simpleCompute, cores: { min: cores, max: cores + more }, memory: { min: memory, max: memory } },
        }, users[user]!);
        counted.asks += 1;
        if (set.state !== 'OFFERED') return;
        counted.offered += 1;
        if (set.holds.some(({ claims }) => claims.filter(({ pool }) => pool.startsWith('pledge:')).length > 1)) counted.split += 1;
        const session = sessionIdOf(set.id, 0);
        if (then === 'reject') await parts.ledger.reject(set.id, 0);
        if (then === 'accept' || then === 'end') await parts.ledger.accept(set.id, 0, { id: session, owner: users[user]!.id, phase: 'ACCEPTED', due: begin, document: {} });
        if (then === 'end') await parts.ledger.release(session, begin + 2 * hour);
      }));
      const snapshot = await world.store.snapshot(begin - hour);
      expect(mostUsed(snapshot, stage, 'cores')).toBeLessThanOrEqual(totals.cores);
      for (const pledge of divided.pledges) for (const [name, amount] of Object.entries(pledge.amounts)) expect(mostUsed(snapshot, pledgePool(divided, pledge), name)).toBeLessThanOrEqual(amount);
      const [srcnet, local] = divided.pledges.map((pledge) => pledgePool(divided, pledge));
      for (const { id } of users) {
        expect(mostUsed(snapshot, accountPool(`${srcnet!}/user/${id}`), 'cores')).toBeLessThanOrEqual(7);
        expect(mostUsed(snapshot, accountPool(`quota/${id}`), 'sessions')).toBeLessThanOrEqual(sessionsAtOnce);
      }
      expect(mostUsed(snapshot, accountPool(`${local!}/group/site`), 'cores')).toBeLessThanOrEqual(9);
      for (const { parts, close } of sides) {
        await parts.ledger.expireDue();
        await close();
      }
    }), { numRuns: 60 });
  });
});
