import type { WireAuditVerdict, WireDrain } from '#client';
import { exits, UsageError } from '../exit.js';
import { drawTable } from '../render/table.js';
import { showInstant } from '../render/times.js';
import type { Session } from '../settings.js';

export interface AuditFlags {
  readonly from?: string; readonly to?: string; readonly who?: string; readonly action?: string; readonly subject?: string; readonly outcome?: string; readonly limit?: string;
  readonly export?: boolean; readonly verify?: boolean; readonly noted?: string;
}

/** Shows, exports or verifies the audit record; exit 1 when it is not as it was written, or can't be compared with what was noted. */
export async function audit(session: Session, flags: AuditFlags): Promise<number> {
  if (flags.verify === true) return verify(session, flags.noted);
  const { access } = await session.client();
  const { from, to, who, action, subject, outcome, limit } = flags;
  const query = { from, to, who, action, subject, outcome, ...(flags.export === true ? {} : { limit }) };
  if (flags.export === true) {
    for await (const piece of access.auditLines(query)) session.terminal.out(piece);
    return exits.done;
  }
  const entries = await access.audit(query);
  session.answer(entries, () => drawTable(['no', 'at', 'who', 'from', 'action', 'subject', 'outcome', 'why'], entries.map((one) => [
    String(one.number), showInstant(one.at, session.look.zone), one.who, `${one.origin.address} ${one.origin.through ?? one.origin.credential}`, one.action, one.subject ?? '-',
    one.outcome, one.reasons?.at(-1)?.slice(0, 60) ?? '-',
  ])));
  return exits.done;
}

async function verify(session: Session, noted: string | undefined): Promise<number> {
  const [number, hash, ...more] = noted?.split(':') ?? [];
  if (noted !== undefined && (hash === undefined || more.length > 0)) throw new UsageError(`'${noted}' is not a noted entry`, 'write --noted NUMBER:HASH, as eb admin audit --verify has shown it');
  const verdict = await (await session.client()).access.verifyAudit(number === undefined || hash === undefined ? {} : { number, hash });
  session.answer(verdict, () => verdictText(verdict, session.look.zone));
  return verdict.sound && verdict.noted !== 'pruned' ? exits.done : exits.refused;
}

function verdictText({ entries, head, pruned, noted, fault }: WireAuditVerdict, zone: Session['look']['zone']): string {
  if (fault) return `NOT SOUND at entry ${fault.number}: ${fault.what}\n`;
  return [
    `sound: ${entries} entries`,
    ...(pruned ? [`entries up to ${pruned.number} were pruned ${showInstant(pruned.at, zone)}, as the record says`] : []),
    ...(noted === 'pruned' ? ['NOT COMPARED: the noted entry is one of those'] : []),
    `note this elsewhere, to prove later that nothing was cut off: ${head.number}:${head.hash}`,
  ].join('\n') + '\n';
}

export async function drain(session: Session, flags: { readonly note?: string; readonly undo?: boolean; readonly show?: boolean }): Promise<number> {
  const { access } = await session.client();
  if (flags.undo === true) await access.resume();
  const state = flags.undo === true || flags.show === true ? await access.drainState() : await access.drain(flags.note);
  session.answer(state, () => drawDrain(state, session));
  return exits.done;
}

function drawDrain({ drained, since = '', by = '', note }: WireDrain, { look }: Session): string {
  if (!drained) return 'not drained: it offers\n';
  return `drained since ${showInstant(since, look.zone)} by ${by}${note === undefined ? '' : ` (${note})`}: nothing new is offered, what is promised is kept\n`;
}
