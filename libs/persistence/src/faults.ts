import { BrokerError, reason } from '#model';

/** Something about the database that its operator has to mend. */
export function operatorFault(template: string, values: Readonly<Record<string, string | number>> = {}, cause?: unknown): BrokerError {
  return new BrokerError('unavailable', 'operator', [reason('database', template, values, { level: 'ERROR' })], { cause });
}

/** The database can't be reached now; what was asked did not happen. */
export function databaseAway(cause: unknown): BrokerError {
  return new BrokerError('unavailable', 'time', [reason('database-away', 'The database cannot be reached: {why}', { why: messageOf(cause) }, { level: 'ERROR' })], { cause });
}

/**
 * The connection was lost while a commit was under way and the database did not come back in time to ask: it may have been
 * committed or not. Whoever catches it must read the ledger again before it decides anything.
 */
export class CommitUnknown extends BrokerError {
  constructor(version: number, cause: unknown) {
    const why = messageOf(cause);
    super('unavailable', 'time', [reason('commit-unknown', 'It is unknown whether version {version} of the ledger was committed: {why}', { version, why }, { level: 'ERROR' })], { cause });
    this.name = 'CommitUnknown';
  }
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The code of a Node or PostgreSQL error, if it has one. */
export function codeOf(cause: unknown): string | undefined {
  const code = cause instanceof Error ? (cause as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
