import type { Instant, Message, OfferSetId, Passage, Requester, RequesterId, SessionPhase } from '#model';
import type { LeafOffer } from '../ranking/rank-offers.js';

/** What was asked, offered and accepted where. Offer `i` is session `sessionIdOf(id, i)`. */
export interface FederatedSet {
  readonly id: OfferSetId;
  readonly owner: RequesterId;
  /** Who asked, as members are told of them. */
  readonly asker?: Requester;
  readonly name?: string;
  /** How it came here through other aggregators. */
  readonly passage?: Passage;
  /** The operator's ranking that was asked; `failed`: the offers stand in the usual order. */
  readonly rankedBy?: RankedBy;
  readonly created: Instant;
  readonly modified: Instant;
  readonly messages: readonly Message[];
  /** Each as it was seen last. */
  readonly offers: readonly LeafOffer[];
  /** Texts of the request, to tell which host names its client knows. */
  readonly said: string;
  /** Written before a member is told to accept, so that nothing accepted can be forgotten. */
  readonly intent?: { readonly index: number; readonly at: Instant } | undefined;
  readonly accepted?: number;
  /** Offers that their members have still to be told to take back. */
  readonly releases: readonly number[];
  /** When the reconciler looks at it; absent: nothing is half done. */
  readonly due?: Instant | undefined;
  /** Grows with each save. */
  readonly revision: number;
}

export interface RankedBy { readonly name: string; readonly failed: boolean }

export interface AcceptedQuery {
  readonly owner?: RequesterId;
  readonly phases?: readonly SessionPhase[];
  readonly limit: number;
  readonly before?: OfferSetId;
}

/** Port of the database; shared by all replicas of an aggregator. */
export interface FederationStore {
  add(set: FederatedSet): Promise<void>;
  find(id: OfferSetId): Promise<FederatedSet | undefined>;
  /** Saves if nobody saved since `set.revision` was read; false otherwise. */
  save(set: FederatedSet): Promise<boolean>;
  /** Sets with an accepted offer, newest first; phases are those seen last. */
  accepted(query: AcceptedQuery): Promise<readonly FederatedSet[]>;
  due(now: Instant, limit: number): Promise<readonly FederatedSet[]>;
  /** Forgets sets older than this of which nothing was accepted and nothing is half done; at most `limit`, and tells how many. */
  prune(before: Instant, limit: number): Promise<number>;
  /** True for the first caller with this identifier. */
  claimRequest(requestId: string, now: Instant): Promise<boolean>;
}

/** Reads, changes, and saves, again when somebody else was faster. `change` may throw, or give back what it was given to leave it. */
export async function changeSet(store: FederationStore, found: FederatedSet, change: (set: FederatedSet) => FederatedSet): Promise<FederatedSet> {
  for (let set: FederatedSet | undefined = found; ; set = await store.find(found.id)) {
    if (!set) throw new RangeError(`federated set ${found.id} is gone`);
    const changed = change(set);
    if (changed === set) return set;
    if (await store.save(changed)) return { ...changed, revision: changed.revision + 1 };
  }
}
