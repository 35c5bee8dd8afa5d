/**
 * A replica that slept in the middle of a native step may have its effect long after its lease is over, when another replica
 * has carried the session to its end. Saves are fenced by the revision; native effects can't be, so they are undone here.
 */
import { pauseAfter } from './ports.js';
import type { Carrier } from './carrier.js';
import type { SessionRecord } from './session-store.js';

/** Tries against a database or a platform that is away just then. */
const tries = 8;

/** True when others may have taken the session: the lease of the save that began this step is over. */
export function isLate(carrier: Carrier, record: SessionRecord): boolean {
  return record.due !== undefined && carrier.clock.now() >= record.due;
}

/** Releases what a late step has made of a session that nobody will release any more; otherwise does nothing. */
export async function clearLate(carrier: Carrier, record: SessionRecord): Promise<void> {
  const { id } = record.session;
  for (let failures = 1; ; failures += 1) {
    try {
      if (!await isReleased(carrier, record)) return;
      const platform = carrier.platform(record.plan.platform);
      await platform.release(record.handle ?? platform.handleOf(record.plan));
      carrier.log.warn('a step came too late, when another replica had released the session; its effect was cleared', { session: id });
      return;
    } catch (error) {
      if (failures === tries) throw error;
      carrier.log.warn('the effect of a late step could not be cleared; trying again', { session: id, error: String(error) });
      await carrier.clock.sleep(pauseAfter(failures, carrier.timing));
    }
  }
}

async function isReleased(carrier: Carrier, record: SessionRecord): Promise<boolean> {
  const stored = await carrier.store.find(record.session.id);
  return stored === undefined || stored.work.stage === 'releasing' || stored.work.stage === 'settled';
}
