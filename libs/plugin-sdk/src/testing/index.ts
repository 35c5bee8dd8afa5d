export * from './plans.js';
export * from './test-host.js';
export * from './recorded-run.js';
export { platformContract } from './platform-contract.js';
export { PlatformWorld, quietWork } from './platform-suite.js';
export type { Payloads, PlatformSuite, Tamper } from './platform-suite.js';
export * from './policy-contract.js';
export * from './ranking-contract.js';
export * from './asks.js';
