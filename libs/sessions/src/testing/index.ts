export * from './memory-session-store.js';
export * from './builders.js';
export * from './session-store-contract.js';
export * from './pass-time.js';
