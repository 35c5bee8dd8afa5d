/** Removes what of the audit record is older than the configuration wants it kept, every hour. */
import type { AuditLog, Clock, Log, Milliseconds } from '#model';
import { Periodic } from '#runtime';
import type { IdentityConfig } from '../access.config.js';
import { lengthOf } from '../identity/open-identity.js';

interface PrunerParts { readonly audit: Pick<AuditLog, 'prune'>; readonly keep: Pick<IdentityConfig['audit'], 'keep' | 'most'>; readonly clock: Clock; readonly log: Log }

const lookEvery: Milliseconds = 3_600_000;

export class AuditPruner {
  private readonly looks: Periodic;
  private readonly keep: Milliseconds | undefined;
  private readonly most: number | undefined;

  constructor(private readonly parts: PrunerParts) {
    const { keep, most } = parts.keep;
    this.keep = keep === undefined ? undefined : lengthOf(keep);
    this.most = most;
    const { clock, log } = parts;
    this.looks = new Periodic({ pause: lookEvery, failed: 'the audit record could not be pruned; it is tried again in an hour', level: 'error', clock, log }, () => this.prune());
  }

  /** Does nothing where everything is kept. */
  start(): void {
    if (this.keep !== undefined || this.most !== undefined) this.looks.start();
  }

  stop(): Promise<void> {
    return this.looks.stop();
  }

  /** One look; safe to repeat, on several replicas at once too. */
  async prune(): Promise<void> {
    const { audit, clock, log } = this.parts;
    const now = clock.now();
    const cut = await audit.prune({ ...(this.keep === undefined ? {} : { before: now - this.keep }), ...(this.most === undefined ? {} : { most: this.most }) }, now);
    if (cut) log.info('the audit record was pruned', { through: cut.number });
  }
}
