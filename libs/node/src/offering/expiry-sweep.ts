/** Makes expired offers give their capacity back without any call: the offers end by themselves (UC-20). */
import type { Clock, Log, Milliseconds } from '#model';
import type { Ledger } from '#booking';

/** Sets of other replicas may expire too: look at least this often. */
const longestWait: Milliseconds = 5_000;

export class ExpirySweep {
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly parts: { ledger: Pick<Ledger, 'expireDue' | 'nextExpiry'>; clock: Clock; log: Log }) {}

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { ledger, clock, log } = this.parts;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const next = ledger.nextExpiry() ?? Infinity;
      await clock.sleep(Math.max(1, Math.min(longestWait, next - clock.now())), signal).catch(() => undefined);
      if (signal.aborted) return;
      await ledger.expireDue().catch((error: unknown) => { log.warn('expired offers could not be swept; their capacity stays held until the next try', { error }); });
    }
  }
}
