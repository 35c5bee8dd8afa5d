export * from './session-store.js';
export * from './ports.js';
export * from './in-phase.js';
export { newRecord } from './record-change.js';
export * from './cancel-session.js';
export { SessionTasks } from './session-tasks.js';
export type { SessionTasksParts } from './session-tasks.js';
export { SessionFeed } from './session-feed.js';
export { SessionLogs } from './session-logs.js';
