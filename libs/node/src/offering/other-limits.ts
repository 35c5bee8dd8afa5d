/** What else stands in the way of a request that is refused already: who mends one limit should not meet the next one only then. */
import type { Draft, ExecutionRequest, Instant, PlatformName, Reason, Requester } from '#model';
import type { Platform, Policy } from '#plugin-sdk';
import { beyondLimits, judge } from '../judging/judgement.js';
import { findPlacements } from './placements.js';
import type { RequestedTimes } from '../request/requested-schedule.js';

/** What platforms say to a request that rules of the node refuse; nothing where one of them could run it. */
export async function limitsOfPlatforms(draft: Draft, platforms: ReadonlyMap<PlatformName, Platform>): Promise<readonly Reason[]> {
  const { placements, refusals } = await findPlacements(draft, platforms);
  return placements.length > 0 ? [] : refusals;
}

export interface Refused {
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  readonly policies: readonly Policy[];
  readonly request: ExecutionRequest;
  readonly requester: Requester;
  readonly draft: Draft;
  readonly times: RequestedTimes;
  readonly now: Instant;
}

/** Of policies and platforms, for a request that is too long for the node as a whole. */
export async function limitsBesides({ platforms, policies, request, requester, draft, times, now }: Refused): Promise<readonly Reason[]> {
  const window = { start: now, end: Math.max(...times.windows.map((one) => one.end)) + draft.duration.min };
  const ask = { requester, request, need: draft.need, duration: draft.duration, window, moment: 'offer' as const };
  const judgement = await judge(policies, ask);
  const own = judgement.kind === 'deny' ? judgement.reasons : beyondLimits(judgement, ask);
  return [...own, ...await limitsOfPlatforms(draft, platforms)];
}
