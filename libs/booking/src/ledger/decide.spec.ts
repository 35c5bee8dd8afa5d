import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OfferSetId, PoolId, RequesterId, SessionId } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import type { Claim, Hold } from '../booking.js';
import { accept, expireDue, offer, reject, release } from './commands.js';
import { cutClaims } from '../times/cut-claims.js';
import type { Command } from './decide.js';
import { decide } from './decide.js';
import { planOffers } from '../planning/offer-planner.js';
import { Profile } from '../profile/profile.js';
import { rebook } from './rebook.js';
import { addSteps, mostUsed, stepsOfClaims, stepsOfHolds } from '../testing/brute-force.js';

const grain = 5;
const start = 1_000;
const pool = 'a/x' as PoolId;
const total = { cores: 4 };

type Step =
  | { readonly do: 'offer'; readonly cores: number; readonly length: number; readonly lead: number; readonly from: number }
  | { readonly do: 'accept' | 'reject'; readonly set: number; readonly index: number }
  | { readonly do: 'release'; readonly set: number; readonly index: number; readonly from: number }
  | { readonly do: 'rebook'; readonly set: number; readonly index: number; readonly cores: number; readonly from: number; readonly length: number }
  | { readonly do: 'expire' | 'wait' };

const small = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('offer' as const), cores: fc.integer({ min: 1, max: 4 }), length: fc.integer({ min: 1, max: 25 }), lead: small(7), from: small(40) }),
  fc.record({ do: fc.constantFrom('accept' as const, 'reject' as const), set: small(9), index: small(2) }),
  fc.record({ do: fc.constant('release' as const), set: small(9), index: small(2), from: small(60) }),
  fc.record({ do: fc.constant('rebook' as const), set: small(9), index: small(2), cores: small(4), from: small(60), length: fc.integer({ min: 1, max: 25 }) }),
  fc.record({ do: fc.constantFrom('expire' as const, 'wait' as const) }),
);

const setId = (number: number): OfferSetId => offerSetIdFrom(`00000000-0000-4000-8000-0000000${String(number).padStart(2, '0')}000`);
const empty = (): Profile => Profile.from({ version: 0, pools: [{ pool, total }], bookings: [], open: [] }, { grain, horizon: 200 }, start);

/** The same ledger in the plainest form there is. */
class Plain {
  readonly open = new Map<OfferSetId, { expires: number; holds: Hold[] }>();
  readonly booked = new Map<SessionId, readonly Claim[]>();

  follow(now: number, command: Step, held: readonly Hold[]): void {
    const set = setId('set' in command ? command.set : this.open.size + this.booked.size);
    const own = this.open.get(set);
    if (command.do === 'expire') for (const [id, { expires }] of this.open) if (expires <= now) this.open.delete(id);
    if (command.do === 'release') {
      const session = sessionIdOf(set, command.index);
      this.booked.set(session, cutClaims(this.booked.get(session) ?? [], start + command.from, grain).remaining);
    }
    if (command.do === 'rebook') this.rebook(sessionIdOf(set, command.index), claimsOf(command));
    const hold = own?.holds.find((one) => 'index' in command && one.index === command.index);
    if (!own || !hold || held.length > 0) return;
    if (command.do === 'accept' && now < own.expires) {
      this.open.delete(set);
      this.booked.set(sessionIdOf(set, hold.index), hold.claims);
    }
    if (command.do === 'reject' && now < own.expires) own.holds = own.holds.filter((one) => one !== hold);
  }

  private rebook(session: SessionId, claims: readonly Claim[]): void {
    const before = this.booked.get(session) ?? [];
    this.booked.set(session, claims);
    if (this.most() > total.cores) this.booked.set(session, before);
  }

  most(): number {
    const use = new Map<string, number>();
    for (const { holds } of this.open.values()) addSteps(use, stepsOfHolds(holds, grain));
    for (const claims of this.booked.values()) addSteps(use, stepsOfClaims(claims, grain));
    return mostUsed(use).get(pool)?.['cores'] ?? 0;
  }
}

const claimsOf = ({ cores, from, length }: Step & { do: 'rebook' }): readonly Claim[] => cores === 0 ? [] : [{ pool, interval: { start: start + from, end: start + from + length }, amount: { cores } }];

function commandOf(wanted: Step, set: OfferSetId, now: number): Command<unknown> | undefined {
  switch (wanted.do) {
    case 'wait': return undefined;
    case 'expire': return expireDue();
    case 'accept': return accept(set, wanted.index, { id: sessionIdOf(set, wanted.index), owner: 'local:a' as RequesterId, phase: 'ACCEPTED', due: now, document: {} });
    case 'reject': return reject(set, wanted.index);
    case 'rebook': return rebook(sessionIdOf(set, wanted.index), claimsOf(wanted));
    case 'release': return release(sessionIdOf(set, wanted.index), start + wanted.from);
    case 'offer': return offer({
      set, owner: 'local:a' as RequesterId, created: now, expires: now + 12,
      choose: (profile) => planOffers({
        queries: [{
          demands: [{ pool, min: { cores: wanted.cores }, max: { cores: 4 }, during: 'stay' }], windows: [{ start: now, end: now + wanted.from }],
          duration: { min: wanted.length, max: wanted.length + 5 }, lead: wanted.lead, trail: 1, notBefore: now + wanted.lead,
        }],
        rules: { most: 3, spacing: 7 },
      }, profile),
      compose: (found) => ({ document: {}, state: found.length > 0 ? 'OFFERED' : 'REFUSED' }),
    });
  }
}

const peak = (profile: Profile): number => total.cores - Math.min(...(profile.report({ start: start - 20, end: start + 400 }, grain)[0]?.free ?? []).map((one) => one['cores'] ?? 0));

describe('decide', () => {
  it('never exceeds capacity and agrees with a plain count, whatever happens in whatever order', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const profile = empty();
      const plain = new Plain();
      let now = start;
      let sets = 0;
      for (const wanted of steps) {
        if (wanted.do === 'wait') now += 6;
        const set = setId('set' in wanted ? wanted.set : sets++ % 100);
        const command = commandOf(wanted, set, now);
        if (!command) continue;
        const before = peak(profile);
        const rehearsal = decide(profile, [command], now);
        rehearsal.undo();
        expect(peak(profile)).toBe(before);
        const { batch, outcomes } = decide(profile, [command], now);
        expect(outcomes[0]?.ok).toBe(true);
        for (const expired of batch?.expired ?? []) plain.open.delete(expired);
        for (const row of batch?.newSets ?? []) if (row.state === 'OFFERED') plain.open.set(row.id, { expires: row.expires, holds: [...row.holds] });
        plain.follow(now, wanted, batch?.newSets.flatMap((one) => one.holds) ?? []);
        expect(peak(profile)).toBe(plain.most());
        expect(peak(profile)).toBeLessThanOrEqual(total.cores);
      }
      for (const session of plain.booked.keys()) decide(profile, [release(session, 0)], now);
      decide(profile, [expireDue()], now + 1_000);
      profile.moveTo(now);
      expect(peak(profile)).toBe(0);
    }), { numRuns: 500 });
  });

  it('takes back only the command that fails, and lets a named set have its say before it expires', () => {
    const profile = empty();
    const ask = commandOf({ do: 'offer', cores: 2, length: 10, lead: 0, from: 0 }, setId(1), start) as Command<unknown>;
    const broken: Command<unknown> = { decide: (draft) => { draft.record({ kind: 'pool', pool, total: { cores: 1 } }); throw new RangeError('broken'); } };
    const { outcomes, batch } = decide(profile, [broken, ask], start);
    expect(outcomes.map((one) => one.ok)).toEqual([false, true]);
    expect(batch?.events.map((one) => one.kind)).toEqual(['held']);
    expect(profile.totalOf(pool)).toEqual(total);
    const late = decide(profile, [expireDue(), reject(setId(1), 0)], start + 100);
    expect(late.outcomes).toEqual([{ ok: true, value: 0 }, { ok: true, value: { kind: 'refused', why: 'expired' } }]);
  });
});
