export { openPersistence } from './open-persistence.js';
export type { DatabaseChoice, Persistence, PersistenceOptions } from './open-persistence.js';
export { startEmbedded } from './embedded/embedded.js';
export type { EmbeddedOptions, EmbeddedServer } from './embedded/embedded.js';
export { CommitUnknown } from './faults.js';
