import { BrokerError, reason } from '#model';
import { isConnectionLoss } from './connections.js';
import { codeOf, databaseAway, messageOf } from '../faults.js';

/** Classes and codes of PostgreSQL that tell of the whole database, not of the statement: who can mend it. */
const states: readonly { readonly code: RegExp; readonly fixer: 'time' | 'operator'; readonly word: string }[] = [
  { code: /^(57014|55P03|25P03|40001|40P01)$/, fixer: 'time', word: 'database-slow' },
  { code: /^25006$/, fixer: 'operator', word: 'database-read-only' },
  { code: /^(53|58)/, fixer: 'operator', word: 'database-full' },
];

/** What a statement met, in our words: nothing was changed by it. What is not about the state of the database comes back as it is. */
export function stateFault(cause: unknown): unknown {
  if (cause instanceof BrokerError) return cause;
  if (isConnectionLoss(cause)) return databaseAway(cause);
  const state = states.find(({ code }) => code.test(codeOf(cause) ?? ''));
  if (!state) return cause;
  return new BrokerError('unavailable', state.fixer, [reason(state.word, 'The database cannot do this now: {why}', { why: messageOf(cause) }, { level: 'ERROR' })], { cause });
}

/** The answer to a write was lost and the database did not come back in time to ask: it may have been made or not. */
export function writeUnknown(cause: unknown): BrokerError {
  const why = messageOf(cause);
  return new BrokerError('unavailable', 'time', [reason('unknown', 'It is unknown whether this was done, look before you repeat it: {why}', { why }, { level: 'ERROR' })], { cause });
}
