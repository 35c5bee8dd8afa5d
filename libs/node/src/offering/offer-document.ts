/**
 * What is known of an offer set: shared parts once, each offer's own terms beside. Offers and sessions are built from it
 * by pure functions; stored-document.ts tells how it is kept.
 */
import type {
  Accelerator, ComponentId, ComputeResource, Connector, Draft, ExecutionRequest, ExplanationStep, Instant, Measure, Message, Milliseconds, OfferSetId, PlatformName, PoolId, RequesterId, Resources, Schedule,
  Session, SessionPhase,
} from '#model';
import { kinds, largestResources, sessionIdOf } from '#model';
import type { Linked, LinkedRequest } from '../request/linked-request.js';

/** Where an offer runs, how big and for how much: what alternatives at different times mostly share. */
export interface Shape {
  readonly platform: PlatformName;
  readonly pools: readonly PoolId[];
  readonly preparing: Milliseconds;
  readonly releasing: Milliseconds;
  readonly granted: Resources;
  /** What it may grow to while it runs, where the platform can change sizes. */
  readonly growsTo?: Resources;
  /** Hosts that it is spread over; absent: one, or as the platform likes. */
  readonly hosts?: number;
  /** GiB of each accelerator, by type, where that is known. */
  readonly memories?: Resources;
  readonly costs: readonly Measure[];
  readonly metrics: readonly Measure[];
  readonly messages: readonly Message[];
}

/** One offer: a shape at a time. */
export interface Terms extends Shape {
  /** The offered start; acceptance in time makes it start here, or up to `latest`. */
  readonly start: Instant;
  readonly latest: Instant;
  readonly duration: Milliseconds;
  /** Acceptance is possible before this. */
  readonly expires: Instant;
  /** The end of the window of starts, where `latest` would become later if the expiry did. */
  readonly closes?: Instant;
}

/** The steps of an explanation, and how many more there were. */
export interface StoredTrail { readonly steps: readonly ExplanationStep[]; readonly left: number }

export interface OfferSetDocument {
  readonly name?: string;
  /** Absent in an answer NO that was given before the request made sense. */
  readonly linked?: LinkedRequest;
  readonly draft?: Draft;
  readonly terms: readonly Terms[];
  readonly messages: readonly Message[];
  /** How it came about. */
  readonly trail?: StoredTrail;
  /** As it was asked, where an offer may be lost to others and is asked for again. */
  readonly request?: ExecutionRequest;
}

/** What identifies a set and dates it. */
export interface SetFacts { readonly id: OfferSetId; readonly owner: RequesterId; readonly created: Instant; readonly modified: Instant }

/** Derives the identifier of a component in offer `index` from its base: siblings never share identifiers. */
export function componentIdAt(base: ComponentId, index: number): ComponentId {
  return (base.slice(0, -2) + (index + 1).toString(16).padStart(2, '0')) as ComponentId;
}

/** When offer `terms` prepares, is available and releases, if it starts at `start`. */
export function scheduleOf(terms: Terms, start: Instant, latest: Instant): Schedule {
  return {
    preparing: { start: start - terms.preparing, duration: terms.preparing },
    available: { start: { start, end: latest }, duration: terms.duration },
    releasing: { start: start + terms.duration, duration: terms.releasing },
  };
}

/** Offer `index` of a set as a session in `phase`; options and connectors are the caller's to add. */
export function offerView(set: SetFacts, document: OfferSetDocument, index: number, phase: SessionPhase): Session {
  const terms = document.terms[index];
  const { linked } = document;
  if (!terms || !linked) throw new RangeError(`offer set ${set.id} has no offer ${index}`);
  const schedule = scheduleOf(terms, terms.start, terms.latest);
  const id = (base: ComponentId): ComponentId => componentIdAt(base, index);
  const place = <Spec>(part: Linked<Spec>, spec: Spec): { id: ComponentId; spec: Spec; phase: 'INITIALIZING'; schedule: Schedule; messages: readonly Message[] } =>
    ({ id: id(part.id), spec, phase: 'INITIALIZING', schedule, messages: [] });
  const connectors: readonly Connector[] = [];
  return {
    id: sessionIdOf(set.id, index), offerSet: set.id, owner: set.owner, ...(document.name === undefined ? {} : { name: document.name }),
    phase, created: set.created, modified: set.modified, expires: terms.expires, schedule,
    executable: place(linked.executable, linked.executable.spec),
    compute: { ...place(linked.compute, offeredCompute(document, linked, terms)), volumes: linked.volumes.map((volume) => ({ id: id(volume.id), spec: { ...volume.spec, resource: id(volume.data ?? volume.storage) } })) },
    storage: linked.storage.map((part) => place(part, { ...part.spec, ...offeredSize(document, part.id), data: (part.spec.data ?? []).map((data) => id(data as ComponentId)) })),
    data: linked.data.map((part) => place(part, { ...part.spec, storage: id(part.in) })),
    costs: terms.costs, metrics: terms.metrics, connectors, messages: terms.messages, options: [],
  };
}

/** What the session starts with, and what it may grow to; fixed-size platforms offer min = max (WD, O13). */
function offeredCompute({ draft }: OfferSetDocument, linked: LinkedRequest, terms: Terms): LinkedRequest['compute']['spec'] {
  const range = (name: string): { min: number; max: number } => ({ min: terms.granted[name] ?? 0, max: Math.max(terms.granted[name] ?? 0, terms.growsTo?.[name] ?? 0) });
  return { ...linked.compute.spec, cores: range('cores'), memory: range('memory'), ...offeredAccelerators(draft, linked, terms), costs: terms.costs, metrics: terms.metrics };
}

/** By the words of the request, beside what the site calls them. Who asked for simple compute sees none of it. Numbers never grow while a session lives. */
function offeredAccelerators(draft: Draft | undefined, { compute: { spec } }: LinkedRequest, { granted, hosts = 1, memories = {} }: Terms): Pick<ComputeResource, 'accelerators' | 'nodes'> {
  if (spec.kind !== kinds.acceleratedCompute) return {};
  const fixed = (amount: number): { min: number; max: number } => ({ min: amount, max: amount });
  const accelerators = (draft?.accelerators ?? []).map(({ asked, type }, index): Accelerator => {
    const memory = memories[type];
    return { ...spec.accelerators?.[index], type: asked, model: type, count: fixed(granted[type] ?? 0), ...(memory === undefined ? {} : { memory: fixed(memory) }) };
  });
  return { ...(accelerators.length > 0 ? { accelerators } : {}), nodes: fixed(hosts) };
}

function offeredSize(document: OfferSetDocument, id: ComponentId): { size: { min: number; max: number } } {
  const gib = document.draft?.storage.find((part) => part.id === id)?.gib ?? 0;
  return { size: { min: gib, max: gib } };
}

/** The draft with the identifiers of offer `index`. */
export function draftAt(draft: Draft, index: number): Draft {
  const id = (base: ComponentId): ComponentId => componentIdAt(base, index);
  return {
    ...draft,
    storage: draft.storage.map((part) => ({ ...part, id: id(part.id), data: part.data.map(id) })),
    data: draft.data.map((part) => ({ ...part, id: id(part.id) })),
    volumes: draft.volumes.map((part) => ({ ...part, id: id(part.id), storage: id(part.storage), ...(part.data ? { data: id(part.data) } : {}) })),
  };
}

/** Everything a session's claims need at one time, over all pools. */
export function grantedOf(parts: readonly Resources[]): Resources {
  return parts.reduce<Resources>(largestResources, {});
}
