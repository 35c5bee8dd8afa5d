/** Entities as TypeORM sees them: for migrations and plain reads. Instants are bigint milliseconds; see the migrations for why. */
import { EntitySchema } from 'typeorm';
import type { Instant, Role } from '#model';
import type { OfferSetState } from '#booking';
import type { StoredHolds } from './packed-holds.js';

export interface AccountRow { name: string; hash: string; roles: Role[]; groups: string[]; created: Instant; disabled: boolean }

export interface OfferSetEntity {
  id: string; owner: string; state: OfferSetState; created: Instant; expires: Instant; modified: Instant; accepted: number | null; rejected: number[]; holds: StoredHolds; document: unknown;
}

const instant = { type: 'bigint', transformer: { from: Number, to: (at: Instant) => at } } as const;

export const accountSchema = new EntitySchema<AccountRow>({
  name: 'account',
  columns: {
    name: { type: 'text', primary: true }, hash: { type: 'text' }, roles: { type: 'text', array: true }, groups: { type: 'text', array: true },
    created: instant, disabled: { type: 'boolean' },
  },
});

export const offerSetSchema = new EntitySchema<OfferSetEntity>({
  name: 'offer_set',
  columns: {
    id: { type: 'uuid', primary: true }, owner: { type: 'text' }, state: { type: 'text' }, created: instant, expires: instant, modified: instant,
    accepted: { type: 'int', nullable: true }, rejected: { type: 'int', array: true }, holds: { type: 'json' }, document: { type: 'json' },
  },
});

export const schemas = [accountSchema, offerSetSchema];
