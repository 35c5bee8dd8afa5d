export * from './wire.js';
export * from './client-error.js';
export * from './broker-client.js';
export * from './access-client.js';
export type { Credentials } from './transport.js';
export type { FollowOptions } from './follow-session.js';
export type { LogOptions } from './follow-log.js';
