import type { Milliseconds } from '#model';
import type { AskLimit } from './ask-limit.js';

/** `steady` never goes back; `later` calls once, after about so long. */
export interface LineGauges { steady(): Milliseconds; later(wait: Milliseconds, call: () => void): void }

interface Waiting { readonly until: Milliseconds; settle(mayGoOn: boolean): void }

/** How much one answer changes the idea of how long answers take. */
const weight = 1 / 8;

/**
 * Asks wait here, where they cost nothing, and not inside the node, where everything else would wait behind them. Whoever can't be
 * let in in time is told at once, as far as that can be known.
 */
export class AskLine {
  private readonly waiting: Waiting[] = [];
  /** What an ask under way typically takes. */
  private typical: Milliseconds = 0;
  private isWatched = false;

  /** `most`: under way and waiting together. `within`: longest wait. */
  constructor(private readonly limit: AskLimit, private readonly bounds: { readonly most: number; readonly within: Milliseconds }, private readonly gauges: LineGauges) {}

  /** True where {@link enter} would not let anybody in, nor wait. */
  get isFull(): boolean {
    const { most, within } = this.bounds;
    return this.limit.underWay + this.waiting.length >= most || (this.limit.underWay >= this.limit.current && this.expectedWait() > within);
  }

  /** True: go on, and call {@link leave} in the end. False: not in time. */
  enter(): boolean | Promise<boolean> {
    if (this.waiting.length === 0 && this.limit.enter()) return true;
    if (this.isFull) return false;
    const { within } = this.bounds;
    return new Promise((settle) => {
      this.waiting.push({ until: this.gauges.steady() + within, settle });
      this.watch();
    });
  }

  /** `began`: when it was let in. */
  leave(began: Milliseconds): void {
    const now = this.gauges.steady();
    this.typical += (now - began - this.typical) * weight;
    this.limit.leave(began, now);
    this.moveUp(now);
  }

  private expectedWait(): Milliseconds {
    return ((this.waiting.length + 1) / this.limit.current) * this.typical;
  }

  private moveUp(now: Milliseconds): void {
    for (let [next] = this.waiting; next; [next] = this.waiting) {
      const isLate = next.until < now;
      if (!isLate && !this.limit.enter()) return;
      this.waiting.shift();
      next.settle(!isLate);
    }
  }

  /** Nobody waits longer than allowed, even when no ask under way ends. */
  private watch(): void {
    const [first] = this.waiting;
    if (this.isWatched || !first) return;
    this.isWatched = true;
    this.gauges.later(first.until - this.gauges.steady() + 1, () => {
      this.isWatched = false;
      this.moveUp(this.gauges.steady());
      this.watch();
    });
  }
}
