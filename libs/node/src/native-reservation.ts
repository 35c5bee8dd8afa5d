/** Where other people share a platform, a booking is only kept if it is held natively too: before the acceptance is answered. */
import type { Instant, Log, Plan, PlatformName, Session } from '#model';
import { BrokerError, offerIndexOf, reason } from '#model';
import type { Handle, Platform } from '#plugin-sdk';
import type { Ledger, StoredOfferSet } from '#booking';

export interface ReservingParts { readonly ledger: Ledger; readonly platforms: ReadonlyMap<PlatformName, Platform>; readonly log?: Log; now(): Instant }

/**
 * The handle of what is held; undefined where the platform holds nothing. What can't be held gives the offer's booking back and
 * is a conflict; a platform that does not answer leaves the offer as it is, to be accepted again.
 */
export async function reserveNatively(parts: ReservingParts, set: StoredOfferSet, offer: Session, plan: Plan): Promise<Handle | undefined> {
  const platform = parts.platforms.get(plan.platform);
  if (!platform?.reserve) return undefined;
  try {
    return await platform.reserve(plan);
  } catch (error) {
    if (!(error instanceof BrokerError) || error.word !== 'conflict') throw error;
    await parts.ledger.reject(set.id, offerIndexOf(offer.id));
    const advice = reason('ask-again', 'the place of this offer was taken on the platform by others; send the request again for fresh offers', {});
    throw new BrokerError('conflict', 'caller', [...error.reasons, advice], { cause: error, session: offer });
  }
}

/** The acceptance failed after all. `why`: an offer that is accepted already keeps what its acceptance holds under the same name. */
export async function giveBackNatively(parts: ReservingParts, plan: Plan, reserved: Handle | undefined, why: string): Promise<void> {
  if (reserved === undefined || why === 'accepted') return;
  try {
    await parts.platforms.get(plan.platform)?.release(reserved);
  } catch (error) {
    // It ends by itself at the session's end; until then the place is lost, and the caller's answer stays the same.
    parts.log?.warn('a native reservation could not be given back', { session: plan.session, error: String(error) });
  }
}
