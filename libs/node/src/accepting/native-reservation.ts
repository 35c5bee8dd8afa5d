/** Where other people share a platform, a booking is only kept if it is held natively too: before the acceptance is answered. */
import type { Instant, Log, Plan, PlatformName, Reason, Session } from '#model';
import { BrokerError, offerIndexOf, reason, reasonPrefix } from '#model';
import type { Handle, Platform } from '#plugin-sdk';
import type { Claim, Ledger, StoredOfferSet } from '#booking';
import type { OthersUse } from '../others/others-use.js';

export interface ReservingParts {
  readonly ledger: Ledger;
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly others?: OthersUse | undefined;
  readonly log?: Log;
  now(): Instant;
}

/**
 * The handle of what is held; undefined where the platform holds nothing. What can't be held gives the offer's booking back and
 * is a conflict; a platform that does not answer leaves the offer as it is, to be accepted again.
 */
export async function reserveNatively(parts: ReservingParts, set: StoredOfferSet, offer: Session, plan: Plan): Promise<Handle | undefined> {
  await requireFree(parts, set, offer, plan);
  const platform = parts.platforms.get(plan.platform);
  if (!platform?.reserve) return undefined;
  try {
    return await platform.reserve(plan);
  } catch (error) {
    if (!(error instanceof BrokerError) || error.word !== 'conflict') throw error;
    if (parts.others) await noteRefused(parts.others, claimsOf(set, offer));
    throw await lost(parts, { set, offer }, error.reasons, error);
  }
}

/** True for an offer that was lost to others between offer and acceptance. */
export function isLost(error: unknown): error is BrokerError {
  return error instanceof BrokerError && error.reasons.some(({ kind }) => kind === lostKind);
}

/** What others have taken since the offer was made is seen without asking the platform for it. */
async function requireFree(parts: ReservingParts, set: StoredOfferSet, offer: Session, plan: Plan): Promise<void> {
  if (!parts.others?.watches(plan.platform)) return;
  await parts.others.refresh();
  const claims = claimsOf(set, offer);
  const [pool] = plan.pools;
  if (!parts.others.isTaken(claims)) return;
  throw await lost(parts, { set, offer }, [reason('place-taken', "others have taken this place of '{pool}' since it was offered", { pool: pool ?? plan.platform })]);
}

interface Lost { readonly set: StoredOfferSet; readonly offer: Session }

/** What is known was proven wrong. Where it shows nothing after a fresh look either, the place is not offered again for a while. */
async function noteRefused(others: OthersUse, claims: readonly Claim[]): Promise<void> {
  await others.readAll();
  if (!others.isTaken(claims)) others.refused(claims);
}

/** Gives the offer's booking back. */
async function lost(parts: ReservingParts, { set, offer }: Lost, reasons: readonly Reason[], cause?: unknown): Promise<BrokerError> {
  await parts.ledger.reject(set.id, offerIndexOf(offer.id));
  const advice = reason('ask-again', 'the place of this offer was taken on the platform by others; accept a fresh offer, or send the request again', {});
  return new BrokerError('conflict', 'caller', [...reasons, advice], { cause, session: offer });
}

const lostKind = `${reasonPrefix}ask-again`;

function claimsOf(set: StoredOfferSet, offer: Session): readonly Claim[] {
  return set.holds.find((one) => one.index === offerIndexOf(offer.id))?.claims ?? [];
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
