export * from './session-store.js';
export * from './ports.js';
export * from './in-phase.js';
export { newRecord } from './record-change.js';
