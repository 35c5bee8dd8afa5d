/** Looks for what was left half done, by this replica or by one that was killed. */
import type { Milliseconds } from '#model';
import { Periodic } from '#runtime';
import { settleSet } from './accept-offer.js';
import { changeSet } from '../sets/federation-store.js';
import type { FederatedSet } from '../sets/federation-store.js';
import type { Ground } from '../ground.js';

const every: Milliseconds = 2_000;
const pruneEvery: Milliseconds = 3_600_000;
const mostAtOnce = 32;
const retryAfter: Milliseconds = 15_000;

/** How many unused sets are forgotten at a time. */
const mostPruned = 5_000;

export class Reconciler {
  private readonly passes: Periodic;
  private readonly pruning: Periodic;

  constructor(private readonly ground: Ground) {
    const { clock, log } = ground.parts;
    this.passes = new Periodic({ pause: every, failed: 'what is half done could not be settled; tried again in a moment', clock, log }, () => this.pass());
    this.pruning = new Periodic({ pause: pruneEvery, failed: 'old answers could not be forgotten; tried again in an hour', clock, log }, () => this.prune());
  }

  start(): void {
    this.passes.start();
    this.pruning.start();
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    await Promise.all([this.passes.stop(), this.pruning.stop()]);
  }

  /** Answers of which nothing came can be read for a while; then they are forgotten. */
  async prune(): Promise<void> {
    const { store, clock, settings } = this.ground.parts;
    const before = clock.now() - settings.keepAnswers;
    for (let pruned = mostPruned; pruned === mostPruned;) pruned = await store.prune(before, mostPruned);
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
}
