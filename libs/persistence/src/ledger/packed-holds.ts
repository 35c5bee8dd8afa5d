/**
 * Holds as they are stored: alternatives mostly differ only in their times, so that pools and amounts are written once and
 * pointed at. A third of the text, which each offer writes twice, to its row and to the log.
 */
import type { Hold, LedgerEvent } from '#booking';
import type { PoolId, Resources } from '#model';

interface PackedHolds {
  readonly pools: readonly PoolId[];
  readonly amounts: readonly Resources[];
  /** Each: index, then pool, amount, start and end of each claim. */
  readonly holds: readonly (readonly number[])[];
}

/** As it was stored before it was packed, or packed. */
export type StoredHolds = readonly Hold[] | PackedHolds;
type Holding = Extract<LedgerEvent, { holds?: unknown }>;
export type StoredEvent = Exclude<LedgerEvent, Holding> | (Omit<Holding, 'holds'> & { readonly holds?: StoredHolds });

export function packHolds(holds: readonly Hold[]): PackedHolds {
  const pools = new Numbered<PoolId>((pool) => pool);
  const amounts = new Numbered<Resources>((amount) => JSON.stringify(amount));
  const rows = holds.map(({ index, claims }) => {
    const row = [index];
    for (const { pool, amount, interval } of claims) row.push(pools.numberOf(pool), amounts.numberOf(amount), interval.start, interval.end);
    return row;
  });
  return { pools: pools.all, amounts: amounts.all, holds: rows };
}

export function unpackHolds(stored: StoredHolds): readonly Hold[] {
  if ('length' in stored) return stored;
  return stored.holds.map(([index = 0, ...claims]) => ({
    index,
    claims: Array.from({ length: claims.length / 4 }, (_, place) => {
      const [pool = 0, amount = 0, start = 0, end = 0] = claims.slice(4 * place, 4 * place + 4);
      return { pool: stored.pools[pool] as PoolId, interval: { start, end }, amount: stored.amounts[amount] as Resources };
    }),
  }));
}

export function packEvent(event: LedgerEvent): StoredEvent {
  return 'holds' in event && event.holds ? { ...event, holds: packHolds(event.holds) } : event as StoredEvent;
}

export function unpackEvent(event: StoredEvent): LedgerEvent {
  return ('holds' in event && event.holds ? { ...event, holds: unpackHolds(event.holds) } : event) as LedgerEvent;
}

/** Different values in the order in which they come up. Alternatives often share the very same object, which is found first. */
class Numbered<Value> {
  readonly all: Value[] = [];
  private readonly numbers = new Map<string, number>();

  constructor(private readonly keyOf: (value: Value) => string) {}

  numberOf(value: Value): number {
    const same = this.all.indexOf(value);
    if (same >= 0) return same;
    const key = this.keyOf(value);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.all.length);
    return this.all.push(value) - 1;
  }
}
