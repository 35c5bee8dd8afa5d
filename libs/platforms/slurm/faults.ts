/** What Slurm complains about, by command or by REST, and who can mend it. */
import { BrokerError, reason } from '#model';
import type { Fixer } from '#model';

/** The first that fits. */
const complaints: readonly (readonly [RegExp, 'unavailable' | 'busy' | 'conflict', Fixer])[] = [
  [/unable to contact|connect|timed out|zero bytes|temporarily|standby|try again|resource temporarily|unspecified error|unexpected message|can not be read/i, 'unavailable', 'time'],
  [/accounting\/QOS policy|submit ?limit|MaxSubmit|too many jobs/i, 'busy', 'time'],
  [/access denied|permission|invalid (user|account|qos)|not permitted|invalid partition|authentication|munge/i, 'unavailable', 'operator'],
];

export function faultOf(what: string, said: string): BrokerError {
  const text = oneLine(said);
  const [, word, fixer] = complaints.find(([pattern]) => pattern.test(text)) ?? [undefined, 'unavailable' as const, 'operator' as const];
  return new BrokerError(word, fixer, [reason('slurm', 'Slurm refused {command}: {said}', { command: what, said: text }, { level: 'ERROR' })]);
}

/** What Slurm says of a reservation that is not there (any more). */
export function isReservationGone(fault: unknown): boolean {
  return fault instanceof BrokerError && /requested reservation is invalid/i.test(fault.message);
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 500);
}
