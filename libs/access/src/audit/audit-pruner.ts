/** Removes what of the audit record is older than the configuration wants it kept, every hour. */
import type { AuditLog, Clock, Log, Milliseconds } from '#model';
import type { IdentityConfig } from '../access.config.js';
import { lengthOf } from '../identity/open-identity.js';

interface PrunerParts { readonly audit: Pick<AuditLog, 'prune'>; readonly keep: Pick<IdentityConfig['audit'], 'keep' | 'most'>; readonly clock: Clock; readonly log: Log }

const lookEvery: Milliseconds = 3_600_000;

export class AuditPruner {
  private readonly stopped = new AbortController();
  private readonly keep: Milliseconds | undefined;
  private readonly most: number | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly parts: PrunerParts) {
    const { keep, most } = parts.keep;
    this.keep = keep === undefined ? undefined : lengthOf(keep);
    this.most = most;
  }

  /** Does nothing where everything is kept. */
  start(): void {
    if (this.keep !== undefined || this.most !== undefined) this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** One look; safe to repeat, on several replicas at once too. */
  async prune(): Promise<void> {
    const { audit, clock, log } = this.parts;
    const now = clock.now();
    const cut = await audit.prune({ ...(this.keep === undefined ? {} : { before: now - this.keep }), ...(this.most === undefined ? {} : { most: this.most }) }, now);
    if (cut) log.info('the audit record was pruned', { through: cut.number });
  }

  private async run(): Promise<void> {
    const { clock, log } = this.parts;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.prune().catch((error: unknown) => { log.error('the audit record could not be pruned; it is tried again in an hour', { error: String(error) }); });
      await clock.sleep(lookEvery, signal).catch((error: unknown) => { if (!signal.aborted) throw error; });
    }
  }
}
