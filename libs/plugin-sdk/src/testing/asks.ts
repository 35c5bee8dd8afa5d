import type { Instant } from '#model';
import { anonymous, kinds } from '#model';
import type { Ask } from '../policy.js';

const hour = 3_600_000;

/** One core for one hour within the next day, asked by nobody in particular; `over` says what is different. */
export function anAsk(over: Partial<Ask> = {}, now: Instant = Date.UTC(2030, 5, 3, 8)): Ask {
  return {
    requester: anonymous, request: { executable: { kind: kinds.scripted } }, need: { min: { cores: 1, memory: 1 }, max: { cores: 1, memory: 1 } },
    duration: { min: hour, max: hour }, window: { start: now, end: now + 24 * hour }, moment: 'offer', ...over,
  };
}
