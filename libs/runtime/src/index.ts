export * from './system-clock.js';
export * from './log.js';
