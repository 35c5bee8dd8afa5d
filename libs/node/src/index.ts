export * from './settings.js';
export * from './node-broker.js';
export * from './expiry-sweep.js';
export type { CostSettings, Rates } from './rates.js';
