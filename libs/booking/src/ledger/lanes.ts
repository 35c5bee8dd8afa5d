/** What waits for the ledger, in two lanes: a promise that somebody takes up or gives back does not wait behind a crowd that asks. */
import type { OfferSetId } from '#model';
import type { Command, Outcome } from './decide.js';

export interface Waiting {
  readonly command: Command<unknown>;
  /** True for what asks for new promises. */
  readonly isAsk: boolean;
  settle(outcome: Outcome<unknown>): void;
}

export const mostPerBatch = 64;
/** So many asks, if there are, in every batch, so that they are not kept waiting for ever either. */
const fewestAsks = 8;
/** No more in a batch: so many a command may find before it. */
const mostAsks = 32;

export class Lanes {
  private urgent: Waiting[] = [];
  private asks: Waiting[] = [];

  get size(): number {
    return this.urgent.length + this.asks.length;
  }

  put(waiting: Waiting): void {
    (waiting.isAsk ? this.asks : this.urgent).push(waiting);
  }

  /** Before everything else, in their order. */
  putBack(waiting: readonly Waiting[]): void {
    this.urgent = [...waiting.filter((one) => !one.isAsk), ...this.urgent];
    this.asks = [...waiting.filter((one) => one.isAsk), ...this.asks];
  }

  /**
   * At most `most` for a batch that has some already and names these sets. A lane stops at the first that changes a set which
   * is changed already.
   */
  take(most: number, batch: { readonly asks: number; readonly named: ReadonlySet<OfferSetId> }): readonly Waiting[] {
    const named = new Set(batch.named);
    const kept = Math.min(this.asks.length, Math.max(0, fewestAsks - batch.asks));
    const taken = takeFrom(this.urgent, most - kept, named);
    return [...taken, ...takeFrom(this.asks, Math.min(most - taken.length, mostAsks - batch.asks), named)];
  }

  takeAll(): readonly Waiting[] {
    return [...this.urgent.splice(0), ...this.asks.splice(0)];
  }
}

function takeFrom(lane: Waiting[], most: number, named: Set<OfferSetId>): readonly Waiting[] {
  let count = 0;
  for (const { command: { set } } of lane) {
    if (count >= most || (set !== undefined && named.has(set))) break;
    if (set !== undefined) named.add(set);
    count++;
  }
  return lane.splice(0, count);
}
