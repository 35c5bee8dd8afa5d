/**
 * Exit codes of `eb`. `eb run` ends with the payload's own code where it has one.
 *   0 done · 1 the broker answered NO · 2 wrong usage · 3 broker, network or session failed · 130 cancelled
 */
import { ClientError, messageText } from '#client';
import type { WireProblem } from '#client';
import { shown } from './render/shown.js';
import type { Terminal } from './terminal.js';

export const exits = { done: 0, refused: 1, usage: 2, failed: 3, cancelled: 130 } as const;

/** A fault of the user's: what is wrong, and what to write instead. */
export class UsageError extends Error {
  constructor(message: string, readonly hint?: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Tells an error on stderr with its hint; answers the exit code. Errors that nobody expected pass through. */
export function reportError(error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError) {
    tell(terminal, error.message, error.hint);
    return exits.usage;
  }
  if (!(error instanceof ClientError)) throw error;
  tell(terminal, error.message, error.hint);
  terminal.err(problemLines(error.problem, error.message).map((line) => `  ${shown(line)}\n`).join(''));
  return exits.failed;
}

/** Every fault and reason of a problem document that was not told yet. */
function problemLines(problem: WireProblem | undefined, told: string): readonly string[] {
  const faults = (problem?.faults ?? []).filter(({ fault = '' }) => !told.includes(fault));
  const reasons = (problem?.reasons ?? []).map(messageText).filter((line) => !told.includes(line));
  return [...faults.map(({ path = '', fault = '', fix }) => `${path}: ${fault}${fix === undefined ? '' : ` (${fix})`}`), ...reasons];
}

function tell(terminal: Terminal, message: string, hint: string | undefined): void {
  terminal.err(`eb: ${shown(message)}\n`);
  if (hint !== undefined && !message.includes(hint)) terminal.err(`hint: ${shown(hint)}\n`);
}
