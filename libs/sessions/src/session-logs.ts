import type { PlatformName, SessionId } from '#model';
import type { Platform } from '#plugin-sdk';
import type { SessionFeed } from './session-feed.js';
import type { SessionRecord, SessionStore } from './session-store.js';

/** A payload's output: live from the platform while it runs, kept afterwards. */
export class SessionLogs {
  constructor(private readonly store: SessionStore, private readonly platforms: ReadonlyMap<PlatformName, Platform>, private readonly feed: SessionFeed) {}

  /** With `follow`, waits for the start and goes on until the payload ends; without, what there is now. Ends when the signal aborts. */
  async *read(session: SessionId, follow: boolean, signal: AbortSignal): AsyncIterable<string> {
    for await (const record of this.feed.looks(session, signal)) {
      const kept = await this.store.keptLog(session);
      if (kept !== undefined) {
        yield kept;
        return;
      }
      const platform = record && this.platforms.get(record.plan.platform);
      if (!record || !platform || isOver(record)) return;
      if (isAtPlatform(record)) {
        yield* this.live(platform, record, follow, signal);
        return;
      }
      if (!follow) return;
    }
  }

  private async *live(platform: Platform, record: SessionRecord, follow: boolean, signal: AbortSignal): AsyncIterable<string> {
    if (!record.handle || !platform.logs) return;
    let isEmpty = true;
    for await (const piece of platform.logs(record.handle, { follow, signal })) {
      isEmpty = false;
      yield piece;
    }
    // It may have been kept, and taken away there, since it was looked for.
    if (isEmpty) yield await this.store.keptLog(record.session.id) ?? '';
  }
}

/** Until it is kept, which is just before its release. */
function isAtPlatform(record: SessionRecord): boolean {
  const { started, stage } = record.work;
  return started !== undefined && (stage === 'running' || stage === 'stopping' || stage === 'releasing');
}

/** True when nothing was kept and nothing will be. */
function isOver(record: SessionRecord): boolean {
  const { started, stage, stop } = record.work;
  return stage === 'settled' || (started === undefined && (stop !== undefined || record.session.phase === 'CANCELLED'));
}
