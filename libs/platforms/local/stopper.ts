/** Asks a payload to stop, and forces it after its grace. The request is a file, so a restart of the broker loses nothing. */
import type { SessionId } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import type { Engine } from './engine.js';
import type { Hints } from './hints.js';
import { SessionFolder } from './session-folder.js';

export class Stopper {
  private readonly scheduled = new Set<SessionId>();

  constructor(private readonly host: PlatformHost, private readonly hints: Hints, private readonly closing: AbortSignal) {}

  /** Repeated after the grace, also by another instance, it forces at once. */
  async stop(engine: Engine, session: SessionId): Promise<void> {
    const folder = new SessionFolder(this.host.folder, session);
    const seen = (await engine.observe([session])).get(session)?.seen;
    if (seen === 'gone' || seen === 'ended') return;
    const asked = await folder.read('cancel');
    const since = asked === undefined ? this.host.clock.now() : Number(asked);
    if (asked === undefined) {
      await folder.make();
      await folder.write('cancel', String(since));
      await engine.signal(session, 'ask');
    }
    const left = since + engine.stopGrace - this.host.clock.now();
    if (left <= 0) await this.force(engine, session);
    else if (!this.scheduled.has(session)) void this.forceLater(engine, session, left);
  }

  private async forceLater(engine: Engine, session: SessionId, wait: number): Promise<void> {
    this.scheduled.add(session);
    try {
      await this.host.clock.sleep(wait, this.closing);
      await this.force(engine, session);
    } catch (fault) {
      if (!this.closing.aborted) this.host.log.warn('a payload could not be forced to stop; it is tried again', { session, fault: String(fault) });
    } finally {
      this.scheduled.delete(session);
    }
  }

  private async force(engine: Engine, session: SessionId): Promise<void> {
    if ((await engine.observe([session])).get(session)?.seen !== 'running') return;
    await engine.signal(session, 'force');
    this.hints.ring(session);
  }
}
