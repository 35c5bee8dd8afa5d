/** Ways to say who we are at a member, and for whom we speak. */
import { ClientError } from '#client';
import { realmOf } from '#model';
import type { Actor } from '../members/member.js';
import type { OnBehalfSigner } from './on-behalf.js';
import { onBehalfHeader } from './on-behalf.js';
import type { TokenSource } from './token-source.js';

export type Headers = Readonly<Record<string, string>>;
export type Identify = (actor: Actor | undefined) => Promise<Headers>;

export const nobody: Identify = () => Promise.resolve({});

export function byPassword(user: string, password: string): Identify {
  const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
  return () => Promise.resolve(headers);
}

/** `read`: called each time, so that the token may be exchanged for a new one. */
export function byToken(read: () => Promise<string>): Identify {
  return async () => ({ authorization: `Bearer ${(await read()).trim()}` });
}

/**
 * With a token for the requester, where they came with one of these realms. Other people, and calls that are for nobody, are
 * `otherwise`: a token of another realm is never sent anywhere.
 */
export function byExchange(source: TokenSource, realms: readonly string[], otherwise: Identify): Identify {
  return async (actor) => {
    if (actor?.bearer === undefined || !isExchanged(actor, realms)) return otherwise(actor);
    return { authorization: `Bearer ${await source.exchanged(actor.bearer)}` };
  };
}

/** Whether there is a token of theirs that is exchanged. */
export function isExchanged({ bearer, requester }: Actor, realms: readonly string[]): boolean {
  return bearer !== undefined && realms.includes(realmOf(requester));
}

/** Besides who we are, for whom we speak. Calls for nobody carry no assertion. */
export function onBehalf(identify: Identify, signer: Pick<OnBehalfSigner, 'sign'>, audience: string): Identify {
  return async (actor) => {
    const headers = await identify(actor);
    return actor ? { ...headers, [onBehalfHeader]: await signer.sign(actor.requester, audience) } : headers;
  };
}

/** Where a member wants a requester's own token and there is none. */
export const refusesOthers: Identify = (actor) => (actor
  ? Promise.reject(new ClientError('refused', 'this member wants a token of the requester', { status: 401 }))
  : Promise.resolve({}));
