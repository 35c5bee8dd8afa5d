export * from './system-clock.js';
export * from './log.js';
export * from './metrics.js';
export * from './measured.js';
export * from './periodic.js';
export * from './configuration/index.js';
export * from './run-until-signal.js';
