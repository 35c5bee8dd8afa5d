/** What a drawing on shares stands on, and what it yields. */
import type { Instant, Requester, Resources } from '#model';
import type { Charge } from '#plugin-sdk';
import type { Candidate, Claim, Profile } from '#booking';
import type { Counted } from './charging.js';
import type { OpenShare, Shares } from './shares.js';

export interface Drawn { readonly share: OpenShare; readonly amount: Resources }

export interface DrawingGround {
  readonly profile: Profile;
  readonly requester: Requester;
  readonly shares: Shares;
  /** Of policies that are bound to no share. */
  readonly charges: readonly Charge[];
  readonly now: Instant;
  /** What a candidate costs altogether. */
  priceOf(candidate: Candidate): number;
  /** Of a session that grows: what it has already, so that the limits of a share on one session count it too. */
  readonly own?: readonly Claim[];
  /** What a charge counts for; undefined: nothing. Left out: as for an offer. */
  readonly claimOf?: (charge: Charge, candidate: Candidate, counted: Counted) => Claim | undefined;
}
