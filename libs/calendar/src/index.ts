export { Calendar } from './calendar.js';
export { CalendarKeeper } from './calendar-keeper.js';
export type { CalendarLedger, CalendarParts, SessionFacts } from './calendar-settings.js';
export { placeOnBlocks } from './block-placements.js';
export type { Placeable } from './block-placements.js';
export { entryFaults, newEntrySchema } from './read-entry.js';
export type { NewEntry } from './read-entry.js';
