/** Offers of members are judged against the request before they are shown: what breaks it is dropped, and said so. */
import { formatInstant, parseDuration, parseInterval, reason } from '#model';
import type { ExecutionRequest, Instant, Interval, Milliseconds, Range, Reason, RequestedSchedule, SessionPhase } from '#model';
import { fieldsOf, listOf } from './read-fields.js';

/** What every offer must keep. What can't be read of a request is left to the members: they say NO to it. */
export interface Terms {
  readonly windows: readonly Interval[];
  readonly duration: Milliseconds;
  readonly cores: number;
  readonly memory: number;
  /** By the words of the request. */
  readonly accelerators: readonly WantedCount[];
  /** Hosts. */
  readonly nodes: number;
}

export interface WantedCount { readonly type: string; readonly count: number }

export function termsOf(request: ExecutionRequest, now: Instant): Terms {
  const wish = request.schedule?.requested ?? {};
  const { cores, memory, accelerators, nodes } = request.compute ?? {};
  const windows = [wish.start ?? []].flat().map((text) => parseInterval(text));
  return {
    windows: windows.flatMap((one) => (one.ok ? [one.value] : [])), duration: shortest(wish.duration, now),
    cores: leastOf(cores), memory: leastOf(memory), accelerators: countsOf(accelerators), nodes: leastOf(nodes),
  };
}

function leastOf(range: Range | undefined): number {
  return range?.min ?? 0;
}

/** What simple compute carries besides has no types that were checked. */
function countsOf(accelerators: unknown): readonly WantedCount[] {
  return listOf(accelerators).map(fieldsOf).flatMap(({ type, count }) => {
    const { min, max } = fieldsOf(count);
    const least = typeof min === 'number' ? min : Math.min(1, typeof max === 'number' ? max : 1);
    return typeof type === 'string' ? [{ type, count: least }] : [];
  });
}

function shortest(wish: RequestedSchedule['duration'], now: Instant): Milliseconds {
  const text = typeof wish === 'string' ? wish : wish?.min;
  const parsed = text === undefined ? undefined : parseDuration(text, now);
  return parsed?.ok === true ? parsed.value : 0;
}

/** What an offer is judged by. */
export interface OfferFacts {
  readonly phase: SessionPhase;
  readonly start: Interval;
  readonly duration: Milliseconds;
  readonly cores: Range | undefined;
  readonly memory: Range | undefined;
  readonly accelerators: unknown;
  readonly nodes: Range | undefined;
  readonly expires: Instant;
}

/** Why the offer can't be shown; undefined for a good one. */
export function offerFault(offer: OfferFacts, terms: Terms, now: Instant): Reason | undefined {
  const { start } = offer;
  const isInside = terms.windows.length === 0 || terms.windows.some((window) => start.start >= window.start && start.end <= window.end);
  if (offer.phase !== 'OFFERED') return fault('it is {phase} already', { phase: offer.phase });
  if (offer.expires <= now) return fault('it had expired when it came, at {expires}', { expires: formatInstant(offer.expires) });
  if (!isInside) return fault('its start {start} is in none of the wanted windows', { start: formatInstant(start.start) });
  if (start.end < now) return fault('its start {start} is in the past', { start: formatInstant(start.start) });
  if (offer.duration < terms.duration) return fault('it is shorter than was asked', {});
  if (isBelow(offer.cores, terms.cores) || isBelow(offer.memory, terms.memory)) return fault('it has less cores or memory than was asked', {});
  return acceleratorFault(offer, terms);
}

/** A broker that doesn't know the kind, and offers all the same, has none. */
function acceleratorFault({ accelerators, nodes }: OfferFacts, terms: Terms): Reason | undefined {
  const offered = new Map(countsOf(accelerators).map(({ type, count }) => [type, count]));
  const lacking = terms.accelerators.find(({ type, count }) => (offered.get(type) ?? 0) < count);
  if (lacking) return fault('it has less {type} than was asked', { type: lacking.type });
  return terms.nodes > 1 && isBelow(nodes, terms.nodes) ? fault('it is on fewer nodes than was asked', {}) : undefined;
}

function isBelow(given: Range | undefined, wanted: number): boolean {
  return wanted > 0 && (given?.min ?? given?.max ?? 0) < wanted;
}

function fault(why: string, values: Readonly<Record<string, string>>): Reason {
  return reason('offer-dropped', `an offer was left out: ${why}`, values);
}
