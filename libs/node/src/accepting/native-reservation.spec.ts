import { describe, expect, test } from 'vitest';
import type { Plan, PlatformName, Session } from '#model';
import { BrokerError, offerSetOf, reason } from '#model';
import type { Ledger, StoredOfferSet } from '#booking';
import type { Handle, Platform } from '#plugin-sdk';
import { aDraft, aPlan } from '#plugin-sdk/testing';
import type { ReservingParts } from './native-reservation.js';
import { giveBackNatively, reserveNatively } from './native-reservation.js';

const plan: Plan = aPlan(aDraft({ kind: 'urn:example:payload' }), { platform: 'cluster', start: 0 });
const handle: Handle = { session: plan.session, version: 1, native: { reservation: 'r' } };
const offer = { id: plan.session, phase: 'OFFERED' } as Session;
const set = { id: offerSetOf(plan.session) } as StoredOfferSet;

interface Told { readonly rejected: unknown[]; readonly released: Handle[] }

function partsWith(reserve: (() => Promise<Handle>) | undefined): { parts: ReservingParts; told: Told } {
  const told: Told = { rejected: [], released: [] };
  const platform: Partial<Platform> = { ...(reserve ? { reserve } : {}), release: (given) => { told.released.push(given); return Promise.resolve(); } };
  const ledger: Pick<Ledger, 'reject'> = { reject: (id, index) => { told.rejected.push([id, index]); return Promise.resolve({ kind: 'rejected' } as Awaited<ReturnType<Ledger['reject']>>); } };
  return { told, parts: { ledger: ledger as Ledger, platforms: new Map([['cluster' as PlatformName, platform as Platform]]), now: () => 0 } };
}

const failing = (word: 'conflict' | 'unavailable') => () => Promise.reject(new BrokerError(word, 'time', [reason('busy', 'all hosts are busy', {})]));

describe('an offer that is accepted on a platform which others share', () => {
  test('is held natively first, and the handle is kept', async () => {
    const { parts } = partsWith(() => Promise.resolve(handle));
    expect(await reserveNatively(parts, set, offer, plan)).toEqual(handle);
  });
  test('is accepted as it is where the platform holds nothing natively', async () => {
    expect(await reserveNatively(partsWith(undefined).parts, set, offer, plan)).toBeUndefined();
  });
  test('is a conflict with the reasons, and its booking is given back, when the place is taken', async () => {
    const { parts, told } = partsWith(failing('conflict'));
    const fault = reserveNatively(parts, set, offer, plan);
    await expect(fault).rejects.toMatchObject({ word: 'conflict', fixer: 'caller', reasons: [{ template: 'all hosts are busy' }, { kind: 'urn:execution-broker:reason:ask-again' }] });
    expect(told.rejected).toEqual([[set.id, 0]]);
  });
  test('stays an offer while the platform does not answer', async () => {
    const { parts, told } = partsWith(failing('unavailable'));
    await expect(reserveNatively(parts, set, offer, plan)).rejects.toMatchObject({ word: 'unavailable' });
    expect(told.rejected).toEqual([]);
  });
});

describe('what was held natively for an acceptance that failed', () => {
  test('is given back', async () => {
    const { parts, told } = partsWith(undefined);
    await giveBackNatively(parts, plan, handle, 'expired');
    expect(told.released).toEqual([handle]);
  });
  test('is kept when another call has accepted the same offer', async () => {
    const { parts, told } = partsWith(undefined);
    await giveBackNatively(parts, plan, handle, 'accepted');
    expect(told.released).toEqual([]);
  });
});
