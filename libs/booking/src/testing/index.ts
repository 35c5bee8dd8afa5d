export * from './memory-ledger-store.js';
export * from './ledger-store-contract.js';
export * from './draw-timeline.js';
export * from './hand-driven-store.js';
