export * from './config-schema.js';
export * from './platform.js';
export * from './policy.js';
export * from './who.js';
export * from './data-resolver.js';
export * from './guard.js';
export * from './catalogue.js';
export * from './ask-json.js';
