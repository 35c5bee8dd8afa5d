/** Sessions that become longer, bigger, shorter and smaller while others ask: what is charged is what is had, and no limit is exceeded. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Requester, SessionId } from '#model';
import { BrokerError, kinds, reason } from '#model';
import type { Charge } from '#plugin-sdk';
import { accountPool } from '#booking';
import type { Claim, LedgerSnapshot } from '#booking';
import { changeSession, RecordChange } from '#sessions';
import type { SessionRecord } from '#sessions';
import { acceptOffer } from '../accepting/accepting.js';
import type { AskingParts } from '../offering/asking.js';
import { ask } from '../offering/asking.js';
import { changeLive } from './changing.js';
import type { ChangingParts } from './changing.js';
import { moveExpiry } from './expiry.js';
import type { BoundPolicy } from '../judging/judgement.js';
import { offerSession } from '../offering/offer-views.js';
import { isDrawnFrom, pledgePool } from '../pools/pledges.js';
import { begin, divided, grain, grains, hour, minute, mostSpent, mostUsed, PoolsWorld, stage, takenAt, totals, users } from '../testing/pools-world.js';

const day = 24 * hour;
const limits = { sessions: 3, cores: 9, hours: 30, money: 60 };
const accounts: BoundPolicy = {
  name: 'accounts',
  judge: ({ requester: { id } }) => {
    const charge = (account: string, counts: Charge['counts'], limit: Charge['limits'][number]): Charge => ({ account: `${account}/${id}`, counts, limits: [limit], reason: reason('quota', 'no more') });
    return Promise.resolve({
      kind: 'allow',
      charges: [
        charge('sessions', 'sessions', { kind: 'at-once', most: { sessions: limits.sessions } }), charge('cores', 'granted', { kind: 'at-once', most: { cores: limits.cores } }),
        charge('hours', 'granted', { kind: 'sliding', length: 8 * hour, most: { cores: limits.hours } }),
        { ...charge('money', 'money', { kind: 'during', interval: { start: begin - day, end: begin + 2 * day }, most: { money: limits.money } }), account: 'money/all' },
      ],
    });
  },
};

const step = fc.record({
  do: fc.constantFrom('ask', 'ask', 'ask', 'accept', 'accept', 'accept', 'accept', 'keep longer', 'longer', 'longer', 'shorter', 'bigger', 'bigger', 'smaller', 'smaller', 'end'),
  user: fc.integer({ min: 0, max: 2 }), side: fc.integer({ min: 0, max: 1 }), which: fc.nat({ max: 5 }), cores: fc.integer({ min: 1, max: 8 }),
  minutes: fc.integer({ min: 1, max: 240 }), from: fc.integer({ min: 0, max: 5 }),
});
type Step = Parameters<Parameters<typeof step.map>[0]>[0];
type Parts = AskingParts & ChangingParts;
const done = new Map<string, number>();
afterAll(() => { for (const what of ['longer', 'shorter', 'bigger', 'smaller', 'keep longer']) expect(done.get(what) ?? 0, what).toBeGreaterThan(0); });

/** Sets and sessions by the order in which they came. */
class Play {
  readonly sets: { readonly id: Parameters<PoolsWorld['store']['offerSet']>[0]; readonly user: Requester }[] = [];
  readonly live: { readonly id: SessionId; readonly user: Requester }[] = [];

  constructor(readonly world: PoolsWorld) {}

  async take(step: Step, parts: Parts): Promise<void> {
    try {
      if (await this.act(step, parts)) done.set(step.do, (done.get(step.do) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
    }
  }

  private async act(step: Step, parts: Parts): Promise<boolean> {
    if (step.do === 'ask') return this.ask(step, parts);
    if (step.do === 'accept' || step.do === 'keep longer') return this.answer(step, parts);
    const session = this.live.at(-1 - (step.which % 4));
    const record = session && await this.world.sessions.find(session.id);
    if (!record) return false;
    if (step.do === 'end') await this.end(record, parts);
    else await changeLive(parts, record, wishOf(step), session.user);
    return true;
  }

  /** As the reconcilers do it: nobody may change it any more, then it gives back. */
  private async end({ session: { id } }: SessionRecord, parts: Parts): Promise<void> {
    const now = this.world.clock.now();
    await changeSession(this.world.sessions, id, (record) => new RecordChange(record, now).work({ stage: 'releasing' }));
    await parts.ledger.release(id, now);
  }

  private async ask({ user, cores, minutes, from }: Step, parts: Parts): Promise<boolean> {
    const set = await ask(parts, {
      executable: { kind: kinds.scripted }, schedule: { requested: { duration: `PT${minutes}M`, start: `${new Date(begin + from * hour).toISOString()}/PT1H` } },
      compute: { kind: kinds.simpleCompute, cores: { min: Math.ceil(cores / 4), max: 14 }, memory: { min: 1, max: 1 } },
    }, users[user]!);
    if (set.state === 'OFFERED') this.sets.push({ id: set.id, user: users[user]! });
    return set.state === 'OFFERED';
  }

  private async answer(step: Step, parts: Parts): Promise<boolean> {
    const known = this.sets.at(-1 - (step.which % 3));
    const set = known && await this.world.store.offerSet(known.id);
    if (!set) return false;
    const offer = offerSession(set, step.which % set.holds.length, this.world.clock.now());
    if (step.do === 'keep longer') {
      await moveExpiry(parts, set, offer, { to: (offer.expires ?? 0) + 4 * minute, requester: known.user });
      return true;
    }
    const { id } = await acceptOffer(parts, set, offer, known.user);
    await this.world.sessions.insert(this.world.store.seeds.get(id)?.document as SessionRecord);
    this.live.push({ id, user: known.user });
    return true;
  }
}

function wishOf({ do: what, minutes, cores }: Step): Parameters<typeof changeLive>[2] {
  if (what === 'longer') return { what: 'length', of: (now) => now + Math.ceil(minutes / 2) * minute };
  if (what === 'shorter') return { what: 'length', of: (now) => Math.max(minute, now - Math.ceil(minutes / 4) * minute) };
  return { what: 'cores', of: (now) => now + (what === 'bigger' ? Math.ceil(cores / 3) : -1) };
}

function expectWithinLimits(snapshot: LedgerSnapshot): void {
  for (const [name, amount] of Object.entries(totals)) expect(mostUsed(snapshot, stage, name)).toBeLessThanOrEqual(amount);
  for (const pledge of divided.pledges) for (const [name, amount] of Object.entries(pledge.amounts)) expect(mostUsed(snapshot, pledgePool(divided, pledge), name)).toBeLessThanOrEqual(amount);
  for (const { id } of users) {
    expect(mostUsed(snapshot, accountPool(`pledge:srcnet@${stage}/user/${id}`), 'cores')).toBeLessThanOrEqual(7);
    expect(mostUsed(snapshot, accountPool(`sessions/${id}`), 'sessions')).toBeLessThanOrEqual(limits.sessions);
    expect(mostUsed(snapshot, accountPool(`cores/${id}`), 'cores')).toBeLessThanOrEqual(limits.cores);
    expect(mostSpent(snapshot, accountPool(`hours/${id}`), 'cores', 8 * hour)).toBeLessThanOrEqual(limits.hours + 1e-6);
  }
  expect(mostUsed(snapshot, accountPool(`pledge:local@${stage}/group/site`), 'cores')).toBeLessThanOrEqual(9);
  expect(mostSpent(snapshot, accountPool('money/all'), 'money', 3 * day)).toBeLessThanOrEqual(limits.money * 1_000_000 + 1);
}

/** Of every session, at every grain: shares and counts of size are what the platform gives. */
function expectCharged(claims: readonly Claim[], owner: string): void {
  const pledges = [...new Set(claims.map(({ pool }) => pool))].filter((pool) => isDrawnFrom(pool, stage));
  for (const time of grains) {
    const cores = takenAt(claims, stage, 'cores', time);
    expect(pledges.reduce((sum, pool) => sum + takenAt(claims, pool, 'cores', time), 0)).toBe(cores);
    expect(takenAt(claims, accountPool(`cores/${owner}`), 'cores', time)).toBe(cores);
    expect(takenAt(claims, accountPool(`sessions/${owner}`), 'sessions', time)).toBe(cores > 0 ? 1 : 0);
  }
}

describe('changes of sessions', () => {
  it('never take more than each pledge, cap, quota and budget has, and are charged for exactly what they have', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 10, maxLength: 20 }), async (rounds) => {
      const world = new PoolsWorld([accounts]);
      const sides = [await world.replica(), await world.replica()];
      const play = new Play(world);
      for (const steps of rounds) {
        await Promise.all(steps.map((one) => play.take(one, sides[one.side]!.parts)));
        const snapshot = await world.store.snapshot(begin - hour);
        expectWithinLimits(snapshot);
        for (const { session, claims } of snapshot.bookings) expectCharged(claims, (world.store.seeds.get(session)?.owner ?? ''));
        expect(world.violations).toEqual([]);
        await world.clock.moveTo(world.clock.now() + grain / 5);
      }
      for (const { close } of sides) await close();
    }), { numRuns: 60 });
  });
});
