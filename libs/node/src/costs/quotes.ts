/** What an offer costs and how fast it is: every offer has one monetary cost and one compute-performance metric (wire.md 4). */
import type { Instant, Measure, Milliseconds, PlatformName, PoolId, Resources } from '#model';
import { kinds } from '#model';
import type { CostSettings } from './rates.js';
import { overHours, ratesOf, sumOfRates } from './rates.js';

/** URIs of meanings; the first two are those that v1.0 clients look for. docs/costs-and-metrics.md has them all. */
export const monetary = 'urn:ivoa:calycopis:cost:monetary';
export const computePerformance = 'urn:ivoa:calycopis:metric:compute-performance';
export const energy = 'urn:execution-broker:cost:energy';
export const carbon = 'urn:execution-broker:cost:carbon';

export interface Quotes { readonly costs: readonly Measure[]; readonly metrics: readonly Measure[] }

/** What is priced: a place, a time and a size. */
export interface Priced {
  readonly platform: PlatformName;
  readonly pools: readonly PoolId[];
  readonly start: Instant;
  readonly duration: Milliseconds;
  readonly granted: Resources;
}

export function quote(priced: Priced, settings: CostSettings): Quotes {
  const { granted } = priced;
  const rates = ratesOf(settings, priced.platform, priced.pools);
  const cores = granted['cores'] ?? 0;
  const hourly = cores * rates.perCoreHour + (granted['memory'] ?? 0) * rates.perMemoryHour + (granted['storage'] ?? 0) * rates.perStorageHour
    + sumOfRates(granted, rates.perAcceleratorHour);
  const price = rates.perSession + hourly * overHours(settings.priceByHour, priced, 1);
  const kilowatts = (cores * rates.wattsPerCore + sumOfRates(granted, rates.wattsPerAccelerator) + rates.idleWatts) / 1000;
  const isMetered = rates.wattsPerCore + rates.idleWatts > 0 || Object.values(rates.wattsPerAccelerator ?? {}).some((watts) => watts > 0);
  const unit = settings.currency === '' ? '' : `in ${settings.currency}, `;
  return {
    costs: [
      cost(monetary, `price ${unit}of what is offered for the offered duration`, price),
      ...(!isMetered ? [] : [cost(energy, 'energy in kWh that the run is expected to take', kilowatts * overHours([], priced, 1))]),
      ...(!isMetered || settings.carbonByHour.length === 0 ? [] : [cost(carbon, 'grams of CO2 for that energy at the offered time', kilowatts * overHours(settings.carbonByHour, priced, 0))]),
    ],
    metrics: [metric(computePerformance, 'benchmark figure of one core times the offered cores', cores * rates.corePerformance)],
  };
}

function cost(type: string, description: string, amount: number): Measure {
  return { kind: kinds.floatCost, type, description, min: rounded(amount), max: rounded(amount) };
}

function metric(type: string, description: string, figure: number): Measure {
  return { kind: kinds.floatMetric, type, description, min: rounded(figure), max: rounded(figure) };
}

/** Four decimals: enough for cents of small runs, and stable to compare. */
function rounded(amount: number): number {
  return Math.round(amount * 10_000) / 10_000;
}
