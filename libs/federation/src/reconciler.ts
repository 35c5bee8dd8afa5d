/** Looks for what was left half done, by this replica or by one that was killed. */
import type { Milliseconds } from '#model';
import { settleSet } from './accept-offer.js';
import { changeSet } from './federation-store.js';
import type { FederatedSet } from './federation-store.js';
import type { Ground } from './ground.js';

const every: Milliseconds = 2_000;
const mostAtOnce = 32;
const retryAfter: Milliseconds = 15_000;

export class Reconciler {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly ground: Ground) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** One pass over what is due. Replicas may do it at the same time: each step may be repeated, and one save wins. */
  async pass(): Promise<void> {
    const { store, clock } = this.ground.parts;
    const due = await store.due(clock.now(), mostAtOnce);
    await Promise.all(due.map((set) => this.settle(set)));
  }

  private async settle(set: FederatedSet): Promise<void> {
    const { log, store } = this.ground.parts;
    try {
      await settleSet(this.ground, set);
    } catch (error) {
      log.warn('half done, and not settled yet', { set: set.id, error: String(error) });
      await changeSet(store, set, (now) => (now.due === undefined ? now : { ...now, due: this.ground.now + retryAfter }));
    }
  }

  private async run(): Promise<void> {
    const { clock, log } = this.ground.parts;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.pass().catch((error: unknown) => { log.warn('the reconciler could not look; it tries again', { error: String(error) }); });
      // Rejects only when it is stopped, which the loop sees.
      await clock.sleep(every, signal).catch(() => undefined);
    }
  }
}
