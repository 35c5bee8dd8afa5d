import { exits } from '../exit.js';
import { drawTable } from '../render/table.js';
import { showInstant } from '../render/times.js';
import type { Session } from '../settings.js';

/** `all`: everybody's, with owners and identifiers. */
export async function listStorage(session: Session, all = false): Promise<number> {
  const kept = await (await session.client()).access.keptStorage(all);
  const { zone } = session.look;
  session.answer(kept, () => drawTable([...(all ? ['id', 'owner'] : []), 'name', 'GiB', 'platform', 'state', 'kept until'], kept.map((one) => [
    ...(all ? [one.id, one.owner] : []), one.name, String(one.size), one.platform, one.state, showInstant(one.until, zone),
  ])));
  return exits.done;
}

export async function removeStorage(session: Session, name: string): Promise<number> {
  await (await session.client()).access.removeKeptStorage(name);
  session.terminal.err(`removed ${name}\n`);
  return exits.done;
}

export async function removeSiteStorage(session: Session, id: string): Promise<number> {
  await (await session.client()).access.removeSiteStorage(id);
  session.terminal.err(`removed ${id}\n`);
  return exits.done;
}
