export { HttpApiModule } from './http-api.module.js';
export { createHttpApp } from './http-app.js';
export type { HttpAppOptions } from './http-app.js';
export { senderReader } from './forwarded.js';
export { baseUrlReader } from './reply.js';
export { defaultHttpOptions } from './settings.js';
export type { HttpApiSetup, HttpOptions, NodeFacts, Readiness } from './settings.js';
export type { MediaType } from './negotiation.js';
export { outcomeMessage, progressMessage } from './present/notes.js';
