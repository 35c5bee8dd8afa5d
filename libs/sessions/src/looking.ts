/** Looking at platforms: by asking, for all that run there at once, and by listening to their hints. */
import type { PlatformName, SessionId } from '#model';
import type { Observation, Platform } from '#plugin-sdk';
import type { Carrier } from './carrier.js';
import type { Held } from './held-sessions.js';

/** One native call; what can't be told is left out. */
export async function observeAll(carrier: Carrier, name: PlatformName, group: readonly Held[]): Promise<ReadonlyMap<SessionId, Observation>> {
  try {
    const platform = carrier.platform(name);
    return await platform.observe(group.map(({ record }) => record.handle ?? platform.handleOf(record.plan)));
  } catch (error) {
    carrier.log.error('a platform could not be observed', { platform: name, error: String(error) });
    return new Map();
  }
}

export function groupByPlatform(group: readonly Held[]): ReadonlyMap<PlatformName, readonly Held[]> {
  const groups = new Map<PlatformName, Held[]>();
  for (const held of group) {
    const name = held.record.plan.platform;
    const same = groups.get(name);
    if (same) same.push(held);
    else groups.set(name, [held]);
  }
  return groups;
}

/** Until `ending`; a stream of hints that breaks off is opened again after a pause. */
export async function listenToHints(carrier: Carrier, platform: Platform, ending: AbortSignal, hint: (session: SessionId) => void): Promise<void> {
  const { clock, log, timing } = carrier;
  while (platform.changes && !ending.aborted) {
    try {
      for await (const session of platform.changes(ending)) hint(session);
      await clock.sleep(timing.longestPause / 10, ending);
    } catch (error) {
      if (isEnding(ending)) return;
      log.warn('the hints of a platform broke off; looking on without them', { error: String(error) });
      await clock.sleep(timing.longestPause / 10, ending).catch((late: unknown) => { if (!isEnding(ending)) throw late; });
    }
  }
}

function isEnding(ending: AbortSignal): boolean {
  return ending.aborted;
}
