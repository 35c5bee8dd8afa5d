import type { NewMember, WireMember } from '#client';
import { exits } from '../exit.js';
import { drawTable } from '../render/table.js';
import type { Session } from '../settings.js';

export interface MemberFlags { readonly expose?: boolean; readonly hide?: readonly string[]; readonly gateway?: string; readonly credentials?: string }

export async function listMembers(session: Session): Promise<number> {
  const client = await session.client();
  const members = await client.members();
  session.answer(members, () => drawTable(['name', 'state', 'sessions', 'runs', 'url', 'from'], members.map((one) => [
    one.name, stateOf(one), String(one.sessions), (one.kinds ?? []).map(shortKind).join(' ') || '?', one.url, one.source,
  ])));
  return exits.done;
}

export async function addMember(session: Session, name: string, url: string, flags: MemberFlags): Promise<number> {
  const { expose, hide, gateway, credentials } = flags;
  const member: NewMember = {
    name, url, ...(expose === true ? { exposure: 'expose' } : {}), ...(hide ? { hiddenHosts: hide } : {}),
    ...(gateway === undefined ? {} : { gateway }), ...(credentials === undefined ? {} : { credentials }),
  };
  const client = await session.client();
  session.answer(await client.addMember(member), () => '');
  session.terminal.err(`added ${name}; eb admin members test ${name} calls it\n`);
  return exits.done;
}

export async function removeMember(session: Session, name: string, flags: { readonly force?: boolean }): Promise<number> {
  const client = await session.client();
  await client.removeMember(name, { force: flags.force === true });
  session.terminal.err(`removed ${name}\n`);
  return exits.done;
}

export async function drainMember(session: Session, name: string, flags: { readonly undo?: boolean }): Promise<number> {
  const client = await session.client();
  await client.drainMember(name, flags.undo !== true);
  session.terminal.err(flags.undo === true ? `${name} is asked again\n` : `${name} is asked no more; its sessions go on\n`);
  return exits.done;
}

/** Exit 1 for a member that can't be used as it is. */
export async function testMember(session: Session, name: string): Promise<number> {
  const client = await session.client();
  const test = await client.testMember(name);
  const answers = test.reachable ? `answers, ${test.speaks === 'v1.0' ? 'in plain v1.0' : 'with our additions'}` : 'does not answer';
  const words = [answers, ...(test.reachable && !test.recognised ? ['does not know us'] : []), ...(test.kinds.length > 0 ? [`runs ${test.kinds.map(shortKind).join(', ')}`] : []), ...test.reasons];
  session.answer(test, () => words.map((one) => `${name}: ${one.startsWith(`${name}: `) ? one.slice(name.length + 2) : one}\n`).join(''));
  return test.reachable && test.recognised ? exits.done : exits.refused;
}

function stateOf({ up, draining }: WireMember): string {
  return [up ? 'up' : 'away', ...(draining ? ['draining'] : [])].join(' ');
}

/** `docker-container` of `https://…/kinds/executable/docker-container.yaml`. */
function shortKind(kind: string): string {
  return kind.replace(/^.*[/:]/, '').replace(/\.yaml$/, '');
}
