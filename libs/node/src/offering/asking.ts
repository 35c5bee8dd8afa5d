/** From a request to an offer set that is held: the first half of the node's port. */
import type { ComponentId, Delegations, Draft, ExecutionRequest, Instant, Message, OfferSetId, Passage, PlatformName, Reason, Requester, Resources } from '#model';
import { largestResources, mergeAccelerators, offerSetIdFrom, reason, saysTheSame } from '#model';
import type { DataResolver, Platform, Policy } from '#plugin-sdk';
import type { Ledger, StoredOfferSet } from '#booking';
import { unknownBounds } from './affordable.js';
import { draftOf, lookUpData, sizeStorage } from '../request/data-lookup.js';
import { Faults } from '../faults.js';
import type { Hints, Trial } from './hints.js';
import { findHints, hintReasons } from './hints.js';
import { beyondLimits, judge, unbound } from '../judging/judgement.js';
import type { BoundPolicy, Judgement } from '../judging/judgement.js';
import type { KeptStorageBook } from '../kept/kept-storage.js';
import type { LinkedRequest } from '../request/linked-request.js';
import { noSlot } from './no-slot.js';
import type { OfferSetDocument, Terms } from './offer-document.js';
import { at } from './offer-terms.js';
import type { OpenHolds } from './open-holds.js';
import { limitsBesides, limitsOfPlatforms } from './other-limits.js';
import type { OthersUse } from '../others/others-use.js';
import { findPlacements } from './placements.js';
import type { Placement } from './placements.js';
import type { DividedPool } from '../pools/pledges.js';
import type { Meaning, Offerings, Unread } from '../request/read-request.js';
import { readRequest } from '../request/read-request.js';
import type { RequestedTimes } from '../request/requested-schedule.js';
import type { NodeSettings } from '../settings.js';
import { openShares, prepareAccounts } from '../pools/shares.js';
import { searchSlots } from './slot-choice.js';
import type { Choice, Wanted } from './slot-choice.js';
import { storedForm } from './stored-document.js';
import { tellData, tellHints, tellOutcome, tellPassage, tellPlacements, tellPools, tellRefusals, tellRequest, Trail, watched } from './trail.js';

export interface AskingParts {
  readonly settings: NodeSettings;
  readonly ledger: Ledger;
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly resolvers: ReadonlyMap<string, DataResolver>;
  readonly policies: readonly BoundPolicy[];
  /** Hash of the policies in force; kept with what they decided. */
  readonly policyVersion?: string;
  readonly openHolds: OpenHolds;
  /** Adds the placements that the requester has besides, and narrows the others: blocks of the calendar. */
  readonly extendPlacements?: (placements: readonly Placement[], requester: Requester) => readonly Placement[];
  /** Pools with owners. */
  readonly dividedPools?: readonly DividedPool[];
  /** What others use of shared platforms; undefined where there are none. */
  readonly others?: OthersUse | undefined;
  /** Tokens of requesters for services that data comes from; undefined where none are configured. */
  readonly delegations?: Delegations | undefined;
  /** Storage that outlives sessions; undefined where no platform keeps any. */
  readonly kept?: KeptStorageBook | undefined;
  /** False for a copy of a request that came here before by another way; left out: every one is answered. */
  readonly isFirst?: (passage: Passage) => Promise<boolean>;
  now(): Instant;
  /** A random UUID (version 4). */
  newUuid(): string;
}

/** Answers one request; what it offers is held when the promise resolves. */
export async function ask(parts: AskingParts, request: ExecutionRequest, requester: Requester, passage?: Passage): Promise<StoredOfferSet> {
  const now = parts.now();
  const trail = new Trail();
  const set = { id: offerSetIdFrom(parts.newUuid()), owner: requester.id, created: now };
  if (passage) tellPassage(trail, passage);
  if (passage && await parts.isFirst?.(passage) === false) return refuse(parts, set, { trail: trail.stored() }, [alreadyAsked]);
  const newId = (): ComponentId => offerSetIdFrom(parts.newUuid()) as string as ComponentId;
  const offerings = await offeringsOf(parts.platforms);
  const read = readRequest(request, { now, settings: parts.settings, offerings, newId });
  if ('reasons' in read) return refuseReading(parts, set, { request, requester, trail }, read);
  const faults = new Faults();
  const { linked, need, times } = read.meaning;
  tellRequest(trail, need, times);
  const { delegations } = parts;
  const tokenFor = delegations ? { tokenFor: (service: string) => delegations.tokenFor(service, requester) } : {};
  const found = await lookUpData(linked, { resolvers: parts.resolvers, brought: offerings.brought, ...tokenFor }, faults);
  const sized = sizeStorage(linked, found.data, faults);
  const storage = await parts.kept?.resolve(requester, linked, sized, faults) ?? sized;
  tellData(trail, linked, found.data);
  if (faults.any) return refuse(parts, set, tellFaults(trail, request, faults.reasons), faults.reasons);
  const draft = draftOf(requester.id, read.meaning, { storage, data: found.data });
  return place(parts, set, { request, requester, linked, draft, times, remarks: [...times.remarks, ...found.remarks], trail });
}

const alreadyAsked = reason('already-asked', 'this request has come here before by another way, and is answered there', {}, { level: 'INFO' });

interface NewSet { readonly id: OfferSetId; readonly owner: Requester['id']; readonly created: Instant }
/** What is asked of one node, read and with its data found. */
interface Question {
  readonly request: ExecutionRequest; readonly requester: Requester; readonly linked: LinkedRequest; readonly draft: Draft;
  readonly times: RequestedTimes; readonly remarks: readonly Reason[]; readonly trail: Trail;
}

async function refuseReading(parts: AskingParts, set: NewSet, { request, requester, trail }: Pick<Question, 'request' | 'requester' | 'trail'>, { reasons, tooLong }: Unread): Promise<StoredOfferSet> {
  const all = [...reasons, ...(tooLong ? await besidesLength(parts, set, { request, requester, ...tooLong }) : [])];
  return refuse(parts, set, tellFaults(trail, request, all), all);
}

/** Without its data and storage: where they are is not looked up for a request that is refused anyhow. */
function besidesLength(parts: AskingParts, { created }: NewSet, asked: Meaning & Pick<Question, 'request' | 'requester'>): Promise<readonly Reason[]> {
  const { request, requester, times } = asked;
  const draft = draftOf(requester.id, asked, { storage: [], data: [] });
  return limitsBesides({ platforms: parts.platforms, policies: unbound(parts.policies), request, requester, draft: { ...draft, volumes: [] }, times, now: created });
}

async function place(parts: AskingParts, set: NewSet, question: Question): Promise<StoredOfferSet> {
  const { trail } = question;
  if (parts.policyVersion !== undefined && parts.policies.length > 0) trail.add('policy', 'all policies', 'note', { facts: { version: parts.policyVersion } });
  const search = await searchFor({ ...parts, policies: watched(parts.policies, trail) }, set, question);
  if ('reasons' in search) {
    const reasons = search.isOfRules ? [...search.reasons, ...await limitsOfPlatforms(question.draft, parts.platforms)] : search.reasons;
    tellRefusals(trail, reasons);
    const hints = search.isHopeless ? {} : await hintsFor(parts, set, question);
    tellHints(trail, hints);
    return refuse(parts, set, { ...named(question.request), trail: trail.stored() }, [...reasons, ...hintReasons(hints)]);
  }
  tellPlacements(trail, { placements: search.wanted.placements, refusals: search.refusals });
  tellPools(trail, parts, search.wanted);
  try {
    return await hold(parts, set, question, search);
  } catch (error) {
    if (!(error instanceof NothingFits)) throw error;
  }
  await parts.ledger.expireDue();
  const hints = await hintsFor(parts, set, question);
  tellHints(trail, hints);
  return hold(parts, set, question, { ...search, hints });
}

interface Search { readonly wanted: Wanted; readonly refusals: readonly Reason[]; readonly unknown: readonly Reason[]; readonly told: readonly Reason[]; readonly hints?: Hints }

interface NoSearch { readonly reasons: readonly Reason[]; readonly isHopeless?: boolean; /** Platforms were not asked. */ readonly isOfRules?: boolean }

/** Policies and platforms asked; what is left is a search of the calendar. Hopeless: no other time or size would help. */
async function searchFor(parts: AskingParts, set: NewSet, question: Pick<Question, 'request' | 'requester' | 'draft' | 'times'>): Promise<Search | NoSearch> {
  const { request, requester, draft, times } = question;
  const window = { start: set.created, end: Math.max(...times.windows.map((one) => one.end)) + times.duration.max };
  const asked = { requester, request, need: draft.need, duration: times.duration, window, moment: 'offer' as const };
  const judgement: Judgement = await judge(unbound(parts.policies), asked);
  if (judgement.kind === 'deny') return { reasons: judgement.reasons, isHopeless: true, isOfRules: true };
  const beyond = beyondLimits(judgement, asked);
  if (beyond.length > 0) return { reasons: beyond, isOfRules: true };
  const owed = { requester, charges: judgement.charges, shares: await openShares(parts.dividedPools ?? [], parts.policies, asked) };
  await parts.others?.refresh();
  const { placements: found, refusals } = await findPlacements(draft, parts.platforms, parts);
  const placements = parts.extendPlacements?.(found, requester) ?? found;
  if (placements.length === 0) return { reasons: refusals };
  // Whoever is given whole hosts is given what nobody asked for, too.
  await prepareAccounts(parts.ledger, owed, [draft.need.min, draft.need.max, ...largestIn(placements)]);
  const unknown = unknownBounds(request, placements, parts.settings.costs);
  if (unknown.length > 0 && parts.settings.costs.unknownTypes === 'refuse') return { reasons: unknown, isHopeless: true };
  return { wanted: { placements, times, need: draft.need, judgement, request, others: parts.others, owed, rank: (terms) => rankBy(parts.policies, terms, asked) }, refusals, unknown, told: [...judgement.warnings, ...owed.shares.warnings, ...owed.shares.closedReasons] };
}

/** Each amount once: hosts of one size are told by one object. */
function largestIn(placements: readonly Placement[]): ReadonlySet<Resources> {
  const all = new Set<Resources>();
  for (const { demands } of placements) for (const { max } of demands) all.add(max);
  return all;
}

/** Thrown inside the ledger's decision, so that nothing is committed before it is known what would have worked. */
class NothingFits extends Error {}

/** Without hints in hand it throws NothingFits instead of answering NO for lack of a slot. */
async function hold(parts: AskingParts, set: NewSet, question: Question, search: Search): Promise<StoredOfferSet> {
  const { openHolds } = parts;
  const settings = { ...parts.settings, offerExpiry: openHolds.patience(parts.settings.offerExpiry) };
  const answer = searchSlots(search.wanted, set.created, settings);
  const remarks = [...question.remarks, ...search.told, ...search.unknown, ...search.refusals.map((one) => ({ ...one, level: 'INFO' as const }))];
  const expires = set.created + settings.offerExpiry;
  let limit: Reason | undefined;
  return parts.ledger.offer({
    set: set.id, owner: set.owner, created: set.created, expires,
    choose: (profile) => {
      const chosen = answer.choose(profile);
      limit = chosen.length === 0 ? undefined : openHolds.refusal(profile, question.requester, chosen);
      return limit ? [] : chosen;
    },
    compose: (candidates) => {
      const outcome = answer.outcome();
      const terms = limit ? [] : outcome.terms;
      if (terms.length === 0 && !limit && !search.hints) throw new NothingFits();
      const reasons = terms.length > 0 ? [] : whyNothing(search, outcome, limit);
      const messages = dated(terms.length > 0 ? remarks : [...reasons, ...remarks.filter((one) => !isAmong(reasons, one))], set.created);
      const trail = tellOutcome(question.trail, { ...outcome, terms }, reasons);
      const document: OfferSetDocument = { ...named(question.request), linked: question.linked, draft: question.draft, terms, messages, trail, ...repeatable(parts, question.request, terms) };
      if (terms.length > 0) openHolds.opened({ set: set.id, owner: set.owner, expires }, candidates);
      return { document: storedForm(document), state: terms.length > 0 ? 'OFFERED' : 'REFUSED' };
    },
  });
}

/** What closes a share is a reason where nothing else was left, and is not told again as a remark. */
function isAmong(reasons: readonly Reason[], remark: Reason): boolean {
  return reasons.some((one) => saysTheSame(one, remark));
}

/** Kept where an offer may still be lost to others: whoever loses it gets fresh ones without asking. */
function repeatable({ others }: AskingParts, request: ExecutionRequest, terms: readonly Terms[]): Pick<OfferSetDocument, 'request'> {
  return terms.some(({ platform }) => others?.watches(platform)) ? { request } : {};
}

function whyNothing({ wanted, hints = {} }: Search, { reasons }: Choice, limit: Reason | undefined): readonly Reason[] {
  if (limit) return [limit];
  return reasons.length > 0 ? [...reasons, ...hintReasons(hints)] : noSlot(wanted, hints);
}

/** Tries the same request with other times and sizes, without holding anything. */
async function hintsFor(parts: AskingParts, set: NewSet, question: Question): Promise<Hints> {
  const { draft, times } = question;
  const end = set.created + parts.settings.horizon;
  const pools = parts.ledger.preview((profile) => profile.pools());
  const [storage] = draft.storage;
  return findHints({
    need: draft.need, duration: times.duration.min, calendar: { start: set.created, end },
    largest: pools.reduce((all, { total }) => largestResources(all, total), {}),
    mayShrinkStorage: storage !== undefined && !storage.kept && draft.storage.length === 1 && storage.data.length === 0,
    tryOut: (trial) => tryOut(parts, set, question, trial),
  });
}

async function tryOut(parts: AskingParts, set: NewSet, question: Question, trial: Trial): Promise<readonly Instant[]> {
  const duration = trial.duration === undefined ? question.times.duration : { min: trial.duration, max: trial.duration };
  const need = trial.need ?? question.draft.need;
  const times = { ...question.times, duration, ...(trial.window ? { windows: [trial.window] } : {}) };
  const storage = trial.need ? question.draft.storage.map((one) => (question.draft.storage.length === 1 ? { ...one, gib: need.min['storage'] ?? one.gib } : one)) : question.draft.storage;
  const search = await searchFor(parts, set, { ...question, times, draft: { ...question.draft, need, duration, storage } });
  if ('reasons' in search) return [];
  const { openHolds, settings } = parts;
  const answer = searchSlots(search.wanted, set.created, { ...settings, mostOffers: 1, offerExpiry: openHolds.patience(settings.offerExpiry) });
  const chosen = parts.ledger.preview((profile) => {
    const candidates = answer.choose(profile);
    return candidates.length > 0 && openHolds.refusal(profile, question.requester, candidates) === undefined ? candidates : [];
  });
  return chosen.map((candidate) => candidate.start);
}

/** An answer NO is kept too: it can be read again, and it holds nothing. */
async function refuse(parts: AskingParts, set: NewSet, known: Pick<OfferSetDocument, 'name' | 'trail'>, reasons: readonly Reason[]): Promise<StoredOfferSet> {
  const document: OfferSetDocument = { ...known, terms: [], messages: dated(reasons, set.created) };
  return parts.ledger.offer({
    set: set.id, owner: set.owner, created: set.created, expires: set.created,
    choose: () => [], compose: () => ({ document: storedForm(document), state: 'REFUSED' }),
  });
}

function rankBy(policies: readonly Policy[], terms: Parameters<Wanted['rank']>[0], asked: Parameters<NonNullable<Policy['rank']>>[1]): Parameters<Wanted['rank']>[0] {
  return policies.reduce((ranked, policy) => policy.rank?.(ranked, asked) as typeof ranked | undefined ?? ranked, terms);
}

async function offeringsOf(platforms: ReadonlyMap<PlatformName, Platform>): Promise<Offerings> {
  const capabilities = await Promise.all([...platforms.values()].map((platform) => platform.capabilities()));
  return {
    executables: new Set(capabilities.flatMap((one) => one.executables)),
    storage: new Set(capabilities.flatMap((one) => one.storage)),
    brought: new Set(capabilities.flatMap((one) => one.brings ?? [])),
    accelerators: mergeAccelerators(capabilities.flatMap((one) => one.accelerators ?? [])),
  };
}

/** The name that a client gave, wherever it put it. */
function named(request: ExecutionRequest): { name?: string } {
  const name = request.name ?? request.executable?.meta?.name;
  return name === undefined ? {} : { name };
}

function tellFaults(trail: Trail, request: ExecutionRequest, reasons: readonly Reason[]): Pick<OfferSetDocument, 'name' | 'trail'> {
  trail.add('request', 'the request', 'no', { reasons });
  return { ...named(request), trail: trail.stored() };
}

function dated(reasons: readonly Reason[], now: Instant): readonly Message[] {
  return reasons.map((one) => at(one, now));
}
