/** What the configuration says of prices, energy and speed. */
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { CostSettings, Rates } from '#node';

const closed = { additionalProperties: false } as const;

/** Each rate: what it is, and what holds where nothing is written. */
const rates = {
  perCoreHour: [0, 'price of one core for one hour'],
  perMemoryHour: [0, 'price of one GiB of memory for one hour'],
  perStorageHour: [0, 'price of one GiB of storage for one hour'],
  perSession: [0, 'price of a session besides its size and length'],
  wattsPerCore: [0, 'watts of one core that works; 0: energy is not quoted unless idleWatts is given'],
  idleWatts: [0, 'watts of a session besides its cores'],
  corePerformance: [100, 'benchmark figure of one core'],
} as const satisfies Readonly<Partial<Record<keyof Rates, readonly [number, string]>>>;

const byType = (description: string) => Type.Optional(Type.Record(Type.String({ minLength: 1 }), Type.Number({ minimum: 0 }), { description }));
/** By the names of the types, for the node and for pools alike. */
const acceleratorRates = {
  perAcceleratorHour: byType('price of one accelerator for one hour, by its type: { nvidia-a100: 2.5 }'), wattsPerAccelerator: byType('watts of one accelerator that works, by its type'),
};

const rate = (name: keyof typeof rates) => Type.Number({ minimum: 0, default: rates[name][0], description: rates[name][1] });
const ownRate = (name: keyof typeof rates) => Type.Optional(Type.Number({ minimum: 0, description: rates[name][1] }));
const byHour = (description: string) => Type.Optional(Type.Array(Type.Number({ minimum: 0 }), { minItems: 24, maxItems: 24, description }));

const ownRates = Type.Object({
  perCoreHour: ownRate('perCoreHour'), perMemoryHour: ownRate('perMemoryHour'), perStorageHour: ownRate('perStorageHour'), perSession: ownRate('perSession'),
  wattsPerCore: ownRate('wattsPerCore'), idleWatts: ownRate('idleWatts'), corePerformance: ownRate('corePerformance'), ...acceleratorRates,
}, closed);

export const costsSchema = Type.Object({
  perCoreHour: rate('perCoreHour'), perMemoryHour: rate('perMemoryHour'), perStorageHour: rate('perStorageHour'), perSession: rate('perSession'),
  wattsPerCore: rate('wattsPerCore'), idleWatts: rate('idleWatts'), corePerformance: rate('corePerformance'), ...acceleratorRates,
  currency: Type.String({ pattern: '^([A-Z]{3})?$', default: '', description: 'ISO 4217 code, shown in the description of the monetary cost' }),
  priceByHour: byHour('factor of the hourly prices in each hour of the day, UTC'),
  carbonByHour: byHour('grams of CO2 per kWh in each hour of the day, UTC; without it carbon is not quoted'),
  unknownTypes: Type.Union([Type.Literal('refuse'), Type.Literal('warn')], { default: 'refuse', description: 'bounds on things that are not quoted here: answer NO, or offer with a warning' }),
  pools: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}(/.+)?$' }), ownRates, { default: {}, description: 'rates of a platform (its name) or of a pool (platform/pool) of its own' }),
}, { ...closed, default: {} });

export function costsOf(config: Static<typeof costsSchema>): CostSettings {
  const { currency, priceByHour = [], carbonByHour = [], unknownTypes, pools, ...own } = config;
  return { rates: own, pools: pools as CostSettings['pools'], currency, priceByHour, carbonByHour, unknownTypes };
}
