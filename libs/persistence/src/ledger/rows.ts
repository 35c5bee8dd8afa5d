/** Rows of the ledger. Instants are bigint milliseconds; see the migrations for why. */
import { EntitySchema } from 'typeorm';
import type { Instant } from '#model';
import type { OfferSetState } from '#booking';
import { instantColumn } from '../connections/instant-column.js';
import type { StoredHolds } from './packed-holds.js';

/** There is one ledger in a database. */
export const ledgerNumber = 1;

export interface OfferSetEntity {
  id: string; owner: string; state: OfferSetState; created: Instant; expires: Instant; modified: Instant; accepted: number | null; rejected: number[]; holds: StoredHolds; document: unknown;
}

export const offerSetSchema = new EntitySchema<OfferSetEntity>({
  name: 'offer_set',
  columns: {
    id: { type: 'uuid', primary: true }, owner: { type: 'text' }, state: { type: 'text' }, created: instantColumn, expires: instantColumn, modified: instantColumn,
    accepted: { type: 'int', nullable: true }, rejected: { type: 'int', array: true }, holds: { type: 'json' }, document: { type: 'json' },
  },
});
