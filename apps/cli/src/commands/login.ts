import type { BrokerClient, WireLoginClient, WireResourceMetadata } from '#client';
import { exits, UsageError } from '../exit.js';
import { loginByBrowser } from '../login/browser-flow.js';
import { loginByDevice } from '../login/device-flow.js';
import { loginOf, openIssuer } from '../login/issuer.js';
import { TokenCache } from '../login/token-cache.js';
import { showInstant } from '../render/times.js';
import type { Session } from '../settings.js';

export interface LoginFlags { readonly issuer?: string; readonly clientId?: string; readonly scope?: string; readonly device?: boolean; readonly browser?: boolean }

/** Logs in at an issuer that the broker trusts, and keeps the tokens for this broker (and context). */
export async function login(session: Session, flags: LoginFlags): Promise<number> {
  const { terminal } = session;
  const broker = await session.stranger();
  const client = chosen(await broker.access.whereToLogIn(), flags, broker);
  const config = await openIssuer(client);
  const device = flags.device === true || (flags.browser !== true && config.serverMetadata().device_authorization_endpoint !== undefined);
  const tokens = await (device ? loginByDevice : loginByBrowser)(config, client, terminal);
  const made = await loginOf(config, client, tokens, terminal.clock);
  await new TokenCache(terminal.env).keep(await session.loginKey(), made);
  terminal.err(`logged in${made.expires === undefined ? '' : ` until ${showInstant(new Date(made.expires).toISOString(), session.look.zone)}`}${made.refreshToken === undefined ? '' : ', renewed when needed'}\n`);
  return whoAmI(session);
}

export async function logout(session: Session): Promise<number> {
  const was = await new TokenCache(session.terminal.env).forget(await session.loginKey());
  session.terminal.err(was ? 'logged out\n' : 'was not logged in\n');
  return exits.done;
}

export async function whoAmI(session: Session): Promise<number> {
  const me = await (await session.client()).access.whoAmI();
  const { id, name, realm, roles, groups, scopes, credential } = me;
  const lines = [['name', name], ['id', id], ['realm', realm], ['roles', roles.join(' ')], ['groups', groups.join(' ') || '-'], ['scopes', scopes?.join(' ') ?? 'all'], ['by', credential]];
  session.answer(me, () => lines.map(([what = '', value = '']) => `${what.padEnd(8)}${value}\n`).join(''));
  return exits.done;
}

/** Of several issuers the user names one; the broker tells the client where its operator has set one. */
function chosen(metadata: WireResourceMetadata, flags: LoginFlags, broker: BrokerClient): WireLoginClient {
  const issuer = chosenIssuer(metadata, flags.issuer, broker.url);
  const known = metadata.login_clients.find((one) => one.issuer === issuer);
  const client = flags.clientId ?? known?.client_id;
  if (client === undefined) throw new UsageError(`the broker names no client for ${issuer}`, 'give --client-id with a public client of that issuer');
  return { ...known, issuer, client_id: client, scope: flags.scope ?? known?.scope ?? 'openid offline_access' };
}

function chosenIssuer({ authorization_servers: issuers, login_clients: clients }: WireResourceMetadata, named: string | undefined, url: string): string {
  if (issuers.length === 0) throw new UsageError(`${url} takes no tokens of issuers`, 'use --user with a password, or EB_TOKEN with a token made by eb token create');
  const [only, ...others] = clients.length === 1 ? clients.map((one) => one.issuer) : issuers;
  const wanted = named ?? (others.length === 0 ? only : undefined);
  if (wanted !== undefined && issuers.includes(wanted)) return wanted;
  throw new UsageError(named === undefined ? 'the broker trusts several issuers' : `the broker does not trust ${named}`, `give --issuer, one of ${issuers.join(', ')}`);
}
