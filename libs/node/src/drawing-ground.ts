/** What a drawing on shares stands on, and what it yields. */
import type { Instant, Requester, Resources } from '#model';
import type { Charge } from '#plugin-sdk';
import type { Candidate, Profile } from '#booking';
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
}
