import { ClientError, messageText } from '#client';
import type { NewCalendarEntry, WireCalendarEntry } from '#client';
import { exits, UsageError } from '../exit.js';
import { shown } from '../render/shown.js';
import { drawTable } from '../render/table.js';
import { showInstant } from '../render/times.js';
import { readLength, readWindow } from '../request-words.js';
import type { Session } from '../settings.js';

export interface EntryFlags {
  readonly name?: string; readonly amount?: readonly string[]; readonly when?: readonly string[]; readonly count?: string; readonly every?: string;
  readonly zone?: string; readonly group?: string; readonly grace?: string; readonly whenFull?: string; readonly note?: string;
  readonly force?: boolean; readonly dry?: boolean;
}

export async function listCalendar(session: Session): Promise<number> {
  const client = await session.client();
  const entries = await client.calendar();
  session.answer(entries, () => drawCalendar(entries, session.look.zone));
  return exits.done;
}

/** Exit 1 when promises are in the way; each is named on a line. */
export async function addToCalendar(session: Session, kind: string, pool: string, flags: EntryFlags): Promise<number> {
  const entry = entryOf(session, kind, pool, flags);
  const client = await session.client();
  return unlessPromised(session, async () => {
    const made = await client.addCalendarEntry(entry, { dry: flags.dry === true });
    session.answer(made, () => drawCalendar([made], session.look.zone));
    if (flags.dry === true) session.terminal.err('nothing was changed\n');
    else if (made.isWhole === false) session.terminal.err('promises are in the way: it takes what is free, and the rest when it becomes free; the sessions are told\n');
  });
}

export async function removeFromCalendar(session: Session, id: string, flags: { readonly force?: boolean; readonly dry?: boolean }): Promise<number> {
  const client = await session.client();
  return unlessPromised(session, async () => {
    await client.removeCalendarEntry(id, { dry: flags.dry === true, force: flags.force === true });
    session.terminal.err(flags.dry === true ? `${id} could be removed\n` : `removed ${id}\n`);
  });
}

async function unlessPromised(session: Session, work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return exits.done;
  } catch (error) {
    const reasons = error instanceof ClientError && error.status === 409 ? error.problem?.reasons : undefined;
    if (reasons === undefined || reasons.length === 0) throw error;
    session.terminal.err(reasons.map((one, index) => `${index === 0 ? '' : '  '}${shown(messageText(one))}\n`).join(''));
    return exits.refused;
  }
}

function entryOf(session: Session, kind: string, pool: string, flags: EntryFlags): NewCalendarEntry {
  const now = session.terminal.clock.now();
  if (flags.when === undefined) throw new UsageError('no time', 'give --when 2030-06-03T09:00/4h, or a bare start for good');
  if ((flags.count === undefined) !== (flags.every === undefined)) throw new UsageError('--count and --every go together', 'write --count 6 --every 7d');
  const when = flags.when.map((text) => (text.includes('/') ? readWindow(text, now, session.look.zone) : readWindow(text, now, session.look.zone).split('/')[0] ?? text));
  const { name, group, whenFull, note, grace, zone } = flags;
  const texts = { name, group, whenFull, note, ...(grace === undefined ? {} : { grace: readLength(grace) }) };
  return {
    kind, pool, when, ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)),
    ...(flags.amount ? { amounts: Object.fromEntries(flags.amount.map(readAmount)) } : {}),
    ...(flags.count === undefined ? {} : { repeat: { count: Number(flags.count), every: readLength(flags.every ?? ''), zone: zone ?? session.look.zone } }),
    ...(flags.force === true ? { force: true } : {}),
  };
}

function readAmount(text: string): readonly [string, number] {
  const [, name, amount] = /^([^=]+)=(\d+)$/.exec(text) ?? [];
  if (name === undefined || amount === undefined) throw new UsageError(`--amount '${text}' is not an amount`, 'write --amount cores=8');
  return [name, Number(amount)];
}

const longestList = 3;

export function drawCalendar(entries: readonly WireCalendarEntry[], zone: string): string {
  if (entries.length === 0) return 'the calendar has no entries\n';
  const amounts = (of: Readonly<Record<string, number>> | undefined): string => (of ? Object.entries(of).map(([name, amount]) => `${amount} ${name}`).join(', ') : 'all');
  const times = ({ times: all }: WireCalendarEntry): string => {
    const shown = all.slice(0, longestList).map((one) => `${showInstant(one.start, zone)} – ${one.end === undefined ? 'for good' : showInstant(one.end, zone)}`);
    return shown.join('\n') + (all.length > longestList ? `\nand ${all.length - longestList} more` : '');
  };
  const state = (one: WireCalendarEntry): string => (one.ended === undefined ? (one.isWhole ? 'whole' : 'in part') : 'given up') + (one.block ? `, ${amounts(one.block.free)} free` : '');
  return drawTable(['id', 'kind', 'pool', 'amounts', 'times', 'for', 'state', 'note'], entries.map((one) => [
    one.id, one.kind, one.pool, amounts(one.amounts), times(one), one.group ?? '-', state(one), [one.name, one.note].filter((text) => text !== undefined).join(': ') || '-',
  ]));
}
