export * from './settings.js';
export * from './node-broker.js';
export * from './expiry-sweep.js';
export { OpenHolds } from './open-holds.js';
export type { HoldLimits } from './open-holds.js';
export type { CostSettings, Rates } from './rates.js';
export type { BoundPolicy } from './judgement.js';
