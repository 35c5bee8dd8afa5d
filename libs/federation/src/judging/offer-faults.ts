/** Why an offer of a member breaks the request that it answers. Pure. */
import { formatInstant, isMeasureMeant, reason } from '#model';
import type { Instant, Interval, Kind, Measure, Milliseconds, Range, Reason, SessionPhase } from '#model';
import { countsOf } from './offer-terms.js';
import type { Terms } from './offer-terms.js';
import { fieldsOf, listOf } from '../reading/read-fields.js';

/** What an offer is judged by. */
export interface OfferFacts {
  readonly phase: SessionPhase;
  /** Of what it runs. */
  readonly kind: Kind;
  readonly start: Interval;
  readonly duration: Milliseconds;
  readonly cores: Range | undefined;
  readonly memory: Range | undefined;
  readonly accelerators: unknown;
  readonly nodes: Range | undefined;
  readonly storage: unknown;
  /** Costs and metrics that it quotes. */
  readonly quotes: readonly Measure[];
  readonly expires: Instant;
}

type Check = (offer: OfferFacts, terms: Terms, now: Instant) => Reason | undefined;

/** Why the offer can't be shown; undefined for a good one. */
export const offerFault: Check = (offer, terms, now) => {
  for (const check of checks) {
    const found = check(offer, terms, now);
    if (found) return found;
  }
  return undefined;
};

const lifeFault: Check = ({ phase, expires, start }, _terms, now) => {
  if (phase !== 'OFFERED') return fault('it is {phase} already', { phase });
  if (expires <= now) return fault('it had expired when it came, at {expires}', { expires: formatInstant(expires) });
  return start.end < now ? fault('its start {start} is in the past', { start: formatInstant(start.start) }) : undefined;
};

const kindFault: Check = ({ kind }, { executable }) =>
  (executable === undefined || kind === executable ? undefined : fault('it is for something else than was asked', {}));

const timeFault: Check = ({ start, duration }, { windows, duration: least }) => {
  const isInside = windows.length === 0 || windows.some((window) => start.start >= window.start && start.end <= window.end);
  if (!isInside) return fault('its start {start} is in none of the wanted windows', { start: formatInstant(start.start) });
  return duration < least ? fault('it is shorter than was asked', {}) : undefined;
};

const sizeFault: Check = ({ cores, memory, nodes }, terms) => {
  if (![cores, memory, nodes].every(isSize)) return fault('its size cannot be read', {});
  return isBelow(cores, terms.cores) || isBelow(memory, terms.memory) ? fault('it has less cores or memory than was asked', {}) : undefined;
};

/** What is not told of storage can't be judged: foreign brokers show none of it. */
const storageFault: Check = ({ storage }, { sizes }) => {
  const offered = listOf(storage).map(fieldsOf);
  const isSmall = sizes.some(({ name, size }, index) => {
    const found = fieldsOf((name === undefined ? undefined : offered.find(({ meta }) => fieldsOf(meta)['name'] === name)) ?? offered[index])['size'] as Range | undefined;
    return found !== undefined && (!isSize(found) || isBelow(found, size));
  });
  return isSmall ? fault('it has less storage than was asked', {}) : undefined;
};

/** A broker that doesn't know the kind, and offers all the same, has none. */
const acceleratorFault: Check = ({ accelerators, nodes }, terms) => {
  const offered = new Map(countsOf(accelerators).map(({ type, count }) => [type, count]));
  const lacking = terms.accelerators.find(({ type, count }) => (offered.get(type) ?? 0) < count);
  if (lacking) return fault('it has less {type} than was asked', { type: lacking.type });
  return terms.nodes > 1 && isBelow(nodes, terms.nodes) ? fault('it is on fewer nodes than was asked', {}) : undefined;
};

/** Brokers that ignore bounds offer what breaks them; of what they don't quote nobody knows. */
const boundFault: Check = ({ quotes }, { bounds }) => {
  for (const bound of bounds) {
    const { type = '' } = bound;
    const quote = quotes.find((one) => isMeasureMeant(type, one));
    if (!quote) return fault('it does not say its {type}, which is bounded', { type });
    if (!isWithin(quote, bound)) return fault('its {type} is outside the wanted bounds', { type });
  }
  return undefined;
};

function isWithin({ min, max }: Measure, { min: least = -Infinity, max: most = Infinity }: Measure): boolean {
  return (min ?? max ?? 0) <= most && (max ?? min ?? 0) >= least;
}

const checks: readonly Check[] = [lifeFault, kindFault, timeFault, sizeFault, storageFault, acceleratorFault, boundFault];

/** Whole numbers that are not negative, the least not above the most; also where nothing is said. */
function isSize(range: Range | undefined): boolean {
  if (range === undefined) return true;
  const { min, max } = fieldsOf(range);
  return [min, max].every((one) => one === undefined || (Number.isSafeInteger(one) && (one as number) >= 0)) && !((min as number) > (max as number));
}

function isBelow(given: Range | undefined, wanted: number): boolean {
  return wanted > 0 && (given?.min ?? given?.max ?? 0) < wanted;
}

function fault(why: string, values: Readonly<Record<string, string>>): Reason {
  return reason('offer-dropped', `an offer was left out: ${why}`, values);
}
