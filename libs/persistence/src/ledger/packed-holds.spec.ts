import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hold, LedgerEvent } from '#booking';
import type { OfferSetId, PoolId } from '#model';
import { packEvent, packHolds, unpackEvent, unpackHolds } from './packed-holds.js';

const amount = fc.dictionary(fc.constantFrom('cores', 'memory', 'gpu:a100', '__proto__'), fc.nat(9), { maxKeys: 3, noNullPrototype: true });
const claim = fc.record({ pool: fc.constantFrom('a/x', 'b/y').map((pool) => pool as PoolId), interval: fc.record({ start: fc.nat(), end: fc.nat() }, { noNullPrototype: true }), amount }, { noNullPrototype: true });
const holds: fc.Arbitrary<readonly Hold[]> = fc.array(fc.record({ index: fc.nat(254), claims: fc.array(claim, { maxLength: 4 }) }, { noNullPrototype: true }), { maxLength: 6 });

describe('packed holds', () => {
  it('come back as they were, through JSON', () => {
    fc.assert(fc.property(holds, (given) => {
      const event: LedgerEvent = { kind: 'held', set: 'x' as OfferSetId, expires: 1, holds: given };
      expect(unpackHolds(JSON.parse(JSON.stringify(packHolds(given))) as ReturnType<typeof packHolds>)).toEqual(given);
      expect(unpackEvent(JSON.parse(JSON.stringify(packEvent(event))) as ReturnType<typeof packEvent>)).toEqual(event);
    }));
  });

  it('that an older version stored are read as they are', () => {
    fc.assert(fc.property(holds, (given) => { expect(unpackHolds(given)).toEqual(given); }));
  });
});
