import { exits } from '../exit.js';
import { drawTable } from '../render/table.js';
import { showInstant } from '../render/times.js';
import { readLength } from '../request-words.js';
import type { Session } from '../settings.js';

export interface TokenFlags { readonly for?: string; readonly scope?: readonly string[]; readonly role?: readonly string[] }

/** The token alone goes to stdout, so that it can be put where it is needed. */
export async function createToken(session: Session, name: string, flags: TokenFlags): Promise<number> {
  const { access } = await session.client();
  const made = await access.createToken({
    name, ...(flags.for === undefined ? {} : { lifetime: readLength(flags.for) }), ...(flags.scope ? { scopes: flags.scope } : {}), ...(flags.role ? { roles: flags.role } : {}),
  });
  session.terminal.err(`token ${made.id}, until ${showInstant(made.expires, session.look.zone)}; it is shown only now\n`);
  session.answer(made, () => `${made.token}\n`);
  return exits.done;
}

export async function listTokens(session: Session): Promise<number> {
  const tokens = await (await session.client()).access.tokens();
  const { zone } = session.look;
  session.answer(tokens, () => drawTable(['id', 'name', 'expires', 'last used', 'scopes'], tokens.map((one) => [
    one.id, one.name, showInstant(one.expires, zone), one.lastUsed === undefined ? '-' : showInstant(one.lastUsed, zone), one.scopes?.join(' ') ?? 'all',
  ])));
  return exits.done;
}

export async function revokeToken(session: Session, id: string): Promise<number> {
  await (await session.client()).access.revokeToken(id);
  session.terminal.err(`revoked ${id}\n`);
  return exits.done;
}
