/** What time and size cost at this node: money, energy, carbon, and how fast a core is. From the configuration. */
import type { Instant, Milliseconds, PlatformName, PoolId, Resources } from '#model';

/** Amounts per unit; a pool or a platform may have its own. */
export interface Rates {
  readonly perCoreHour: number;
  readonly perMemoryHour: number;
  readonly perStorageHour: number;
  readonly perSession: number;
  /** Watts of one core that works, and of a session besides its cores. */
  readonly wattsPerCore: number;
  readonly idleWatts: number;
  /** Benchmark figure of one core. */
  readonly corePerformance: number;
  /** By type of accelerator, as are their watts. */
  readonly perAcceleratorHour?: Readonly<Record<string, number>>;
  readonly wattsPerAccelerator?: Readonly<Record<string, number>>;
}

export interface CostSettings {
  readonly rates: Rates;
  /** By platform name or pool identifier; what is left out is as for the node. */
  readonly pools: Readonly<Record<string, Partial<Rates>>>;
  readonly currency: string;
  /** Factor of every hourly price in each hour of the day (UTC): 24 numbers, or none for a price that never changes. */
  readonly priceByHour: readonly number[];
  /** Grams of CO2 per kilowatt-hour in each hour of the day (UTC): 24 numbers, or none: carbon is not quoted. */
  readonly carbonByHour: readonly number[];
  /** What happens to a bound on something that is not quoted here. */
  readonly unknownTypes: 'refuse' | 'warn';
}

const hour: Milliseconds = 3_600_000;
const hoursOfDay = 24;
const day = hoursOfDay * hour;

/** A pool's own rates go before its platform's, these before the node's; those of accelerators type by type. */
export function ratesOf(settings: CostSettings, platform: PlatformName, pools: readonly PoolId[]): Rates {
  const all: readonly Partial<Rates>[] = [settings.rates, settings.pools[platform] ?? {}, ...pools.map((pool) => settings.pools[pool] ?? {})];
  const together = Object.assign({}, ...all) as Rates;
  const byType = (name: 'perAcceleratorHour' | 'wattsPerAccelerator') => (together[name] ? { [name]: Object.assign({}, ...all.map((one) => one[name])) as Rates[typeof name] } : {});
  return { ...together, ...byType('perAcceleratorHour'), ...byType('wattsPerAccelerator') };
}

/** Amounts times rates, of the names that have one. */
export function sumOfRates(amounts: Resources, rates: Readonly<Record<string, number>> = {}): number {
  return Object.entries(rates).reduce((sum, [name, rate]) => sum + rate * (amounts[name] ?? 0), 0);
}

/** Integral of an hourly curve over a run, in (value · hours); a curve of no numbers counts as `flat` always. */
export function overHours(curve: readonly number[], run: { readonly start: Instant; readonly duration: Milliseconds }, flat: number): number {
  if (curve.length === 0) return flat * (run.duration / hour);
  const days = Math.floor(run.duration / day);
  let sum = days * curve.reduce((total, value) => total + value, 0);
  const end = run.start + run.duration - days * day;
  for (let at = run.start; at < end;) {
    const next = Math.min(end, (Math.floor(at / hour) + 1) * hour);
    sum += (curve[Math.floor(at / hour) % hoursOfDay] ?? flat) * ((next - at) / hour);
    at = next;
  }
  return sum;
}

/** True when what an offer costs depends on when it starts. */
export function variesByTime(settings: CostSettings): boolean {
  return new Set(settings.priceByHour).size > 1 || new Set(settings.carbonByHour).size > 1;
}

/**
 * The next start after `start` at which the cost of a run may begin to move another way: its start or its end passes a full
 * hour. Between two of them costs change evenly, so that the cheapest start is one of them.
 */
export function nextTurn(start: Instant, duration: Milliseconds): Instant {
  const byStart = (Math.floor(start / hour) + 1) * hour;
  const byEnd = (Math.floor((start + duration) / hour) + 1) * hour - duration;
  return Math.min(byStart, byEnd);
}
