/** From a request to an offer set that is held: the first half of the node's port. */
import type { ComponentId, Draft, ExecutionRequest, Instant, Message, OfferSetId, PlatformName, Reason, Requester } from '#model';
import { offerSetIdFrom } from '#model';
import type { DataResolver, Platform, Policy } from '#plugin-sdk';
import type { Ledger, StoredOfferSet } from '#booking';
import { unknownBounds } from './affordable.js';
import { draftOf, lookUpData, sizeStorage } from './data-lookup.js';
import { Faults } from './faults.js';
import { beyondLimits, judge } from './judgement.js';
import type { Judgement } from './judgement.js';
import type { LinkedRequest } from './linked-request.js';
import type { OfferSetDocument } from './offer-document.js';
import { at } from './offer-terms.js';
import type { OpenHolds } from './open-holds.js';
import { findPlacements } from './placements.js';
import type { Placement } from './placements.js';
import type { Offerings } from './read-request.js';
import { readRequest } from './read-request.js';
import type { RequestedTimes } from './requested-schedule.js';
import type { NodeSettings } from './settings.js';
import { searchSlots } from './slot-choice.js';
import type { Wanted } from './slot-choice.js';

export interface AskingParts {
  readonly settings: NodeSettings;
  readonly ledger: Ledger;
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly resolvers: ReadonlyMap<string, DataResolver>;
  readonly policies: readonly Policy[];
  readonly openHolds: OpenHolds;
  /** Adds the placements that the requester has besides, and narrows the others: blocks of the calendar. */
  readonly extendPlacements?: (placements: readonly Placement[], requester: Requester) => readonly Placement[];
  now(): Instant;
  /** A random UUID (version 4). */
  newUuid(): string;
}

/** Answers one request; what it offers is held when the promise resolves. */
export async function ask(parts: AskingParts, request: ExecutionRequest, requester: Requester): Promise<StoredOfferSet> {
  const now = parts.now();
  const set = { id: offerSetIdFrom(parts.newUuid()), owner: requester.id, created: now };
  const newId = (): ComponentId => offerSetIdFrom(parts.newUuid()) as string as ComponentId;
  const read = readRequest(request, { now, settings: parts.settings, offerings: await offeringsOf(parts.platforms), newId });
  if ('reasons' in read) return refuse(parts, set, named(request), read.reasons);
  const faults = new Faults();
  const { linked, need, times } = read.meaning;
  const found = await lookUpData(linked, parts.resolvers, faults);
  const storage = sizeStorage(linked, found.data, faults);
  if (faults.any) return refuse(parts, set, named(request), faults.reasons);
  const draft = draftOf(requester.id, linked, { need, duration: times.duration, storage, data: found.data });
  return place(parts, set, { request, requester, linked, draft, times, remarks: [...times.remarks, ...found.remarks] });
}

interface NewSet { readonly id: OfferSetId; readonly owner: Requester['id']; readonly created: Instant }
interface Question {
  readonly request: ExecutionRequest; readonly requester: Requester; readonly linked: LinkedRequest; readonly draft: Draft;
  readonly times: RequestedTimes; readonly remarks: readonly Reason[];
}

async function place(parts: AskingParts, set: NewSet, question: Question): Promise<StoredOfferSet> {
  const { request, requester, draft, times } = question;
  const window = { start: set.created, end: Math.max(...times.windows.map((one) => one.end)) + times.duration.max };
  const asked = { requester, request, need: draft.need, duration: times.duration, window, moment: 'offer' as const };
  const judgement: Judgement = await judge(parts.policies, asked);
  if (judgement.kind === 'deny') return refuse(parts, set, named(request), judgement.reasons);
  const beyond = beyondLimits(judgement, asked);
  if (beyond.length > 0) return refuse(parts, set, named(request), beyond);
  const { placements: found, refusals } = await findPlacements(draft, parts.platforms);
  const placements = parts.extendPlacements?.(found, requester) ?? found;
  if (placements.length === 0) return refuse(parts, set, named(request), refusals);
  const unknown = unknownBounds(request, placements, parts.settings.costs);
  if (unknown.length > 0 && parts.settings.costs.unknownTypes === 'refuse') return refuse(parts, set, named(request), unknown);
  const wanted: Wanted = { placements, times, need: draft.need, judgement, request, rank: (terms) => rankBy(parts.policies, terms, asked) };
  return hold(parts, set, { ...question, remarks: [...question.remarks, ...unknown] }, { wanted, refusals });
}

async function hold(
  parts: AskingParts, set: NewSet, question: Question, search: { wanted: Wanted; refusals: readonly Reason[] },
): Promise<StoredOfferSet> {
  const { openHolds } = parts;
  const settings = { ...parts.settings, offerExpiry: openHolds.patience(parts.settings.offerExpiry) };
  const answer = searchSlots(search.wanted, set.created, settings);
  const remarks = [...question.remarks, ...search.refusals.map((one) => ({ ...one, level: 'INFO' as const }))];
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
      const { terms, reasons } = limit ? { terms: [], reasons: [limit] } : answer.outcome();
      const messages = dated(terms.length > 0 ? remarks : [...reasons, ...remarks], set.created);
      const document: OfferSetDocument = { ...named(question.request), linked: question.linked, draft: question.draft, terms, messages };
      if (terms.length > 0) openHolds.opened({ set: set.id, owner: set.owner, expires }, candidates);
      return { document, state: terms.length > 0 ? 'OFFERED' : 'REFUSED' };
    },
  });
}

/** An answer NO is kept too: it can be read again, and it holds nothing. */
async function refuse(parts: AskingParts, set: NewSet, name: { name?: string }, reasons: readonly Reason[]): Promise<StoredOfferSet> {
  const document: OfferSetDocument = { ...name, terms: [], messages: dated(reasons, set.created) };
  return parts.ledger.offer({
    set: set.id, owner: set.owner, created: set.created, expires: set.created,
    choose: () => [], compose: () => ({ document, state: 'REFUSED' }),
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
  };
}

/** The name that a client gave, wherever it put it. */
function named(request: ExecutionRequest): { name?: string } {
  const name = request.name ?? request.executable?.meta?.name;
  return name === undefined ? {} : { name };
}

function dated(reasons: readonly Reason[], now: Instant): readonly Message[] {
  return reasons.map((one) => at(one, now));
}
