import { exits, UsageError } from '../exit.js';
import { readSecretFile } from '../contexts.js';
import { drawTable } from '../render/table.js';
import { showInstant } from '../render/times.js';
import type { Session } from '../settings.js';

/** Where a new password comes from. Never from an argument: those stay in the shell's history. */
export interface SecretFlags { readonly newPasswordFile?: string; readonly newPasswordEnv?: string }

export async function listAccounts(session: Session): Promise<number> {
  const client = await session.client();
  const accounts = await client.accounts();
  session.answer(accounts, () => drawTable(['name', 'roles', 'groups', 'created'], accounts.map((account) => [
    account.name + (account.disabled === true ? ' (disabled)' : ''), (account.roles ?? []).join(' ') || '-', (account.groups ?? []).join(' ') || '-',
    showInstant(account.created, session.look.zone),
  ])));
  return exits.done;
}

export async function addAccount(session: Session, name: string, flags: SecretFlags & { readonly role?: readonly string[]; readonly group?: readonly string[] }): Promise<number> {
  const password = await newPassword(session, name, flags);
  const client = await session.client();
  await client.addAccount({ name, password, roles: flags.role ?? ['user'], groups: flags.group ?? [] });
  session.terminal.err(`made ${name}\n`);
  return exits.done;
}

export async function removeAccount(session: Session, name: string): Promise<number> {
  const client = await session.client();
  await client.removeAccount(name);
  session.terminal.err(`removed ${name}\n`);
  return exits.done;
}

export async function setPassword(session: Session, name: string, flags: SecretFlags): Promise<number> {
  const password = await newPassword(session, name, flags);
  const client = await session.client();
  await client.setPassword(name, password);
  session.terminal.err(`changed the password of ${name}\n`);
  return exits.done;
}

async function newPassword(session: Session, name: string, flags: SecretFlags): Promise<string> {
  const { env, askSecret } = session.terminal;
  if (flags.newPasswordFile !== undefined) return (await readSecretFile(flags.newPasswordFile)).trimEnd();
  const given = flags.newPasswordEnv === undefined ? undefined : env[flags.newPasswordEnv];
  const password = given ?? await askSecret?.(`new password for ${name}: `);
  if (password === undefined || password === '') throw new UsageError(`no new password for ${name}`, 'give --new-password-file FILE or --new-password-env NAME');
  if (given === undefined && await askSecret?.('once more: ') !== password) throw new UsageError('the two passwords differ');
  return password;
}
