/** What command-line schedulers have in common; each is a dialect of its own. */
export type { ClusterAccount } from './accounts.js';
export { BatchPlatform, ReservingBatchPlatform } from './batch.platform.js';
export type { BatchParts } from './batch.platform.js';
export { Commands, longLimit, shellWord } from './commands.js';
export type { Answer } from './commands.js';
export { batchKeys, checkSchema, closed, durationAt, parseBatchConfig } from './config.js';
export type { BatchConfig, BatchMore } from './config.js';
export { removeTree, unlessAbsent } from './files.js';
export { Gathering, GatheringByAccount } from './gathering.js';
export type { BatchDialect, BatchJob, NativeJob, NativePool, ReservationWish, StartOfJob } from './dialect.js';
