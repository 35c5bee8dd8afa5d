export * from './hand-clock.js';
export { passing } from './passing.js';
