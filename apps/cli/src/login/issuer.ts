/** An issuer as the command line talks to it: a public client, found by discovery. */
import * as oidc from 'openid-client';
import type { Clock } from '#model';
import type { WireLoginClient } from '#client';
import { UsageError } from '../exit.js';
import type { Login } from './token-cache.js';

/** A token is renewed when it has less than this left. */
const margin = 30_000;
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

/** Without TLS only on this machine. */
export async function openIssuer(client: WireLoginClient): Promise<oidc.Configuration> {
  const address = new URL(client.issuer);
  const isHere = address.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(address.hostname);
  if (address.protocol !== 'https:' && !isHere) throw new UsageError(`the issuer ${client.issuer} is not reached by https`);
  const options = isHere ? { execute: [oidc.allowInsecureRequests] } : {};
  return told(oidc.discovery(address, client.client_id, undefined, oidc.None(), options));
}

/** Parameters of every request that asks for a token for the broker. */
export function parametersOf({ scope, resource, audience }: WireLoginClient): Record<string, string> {
  return { scope, ...(resource === undefined ? {} : { resource }), ...(audience === undefined ? {} : { audience }) };
}

export type Tokens = oidc.TokenEndpointResponse;

/** What is kept of an answer; where the broker wants a token of its own, the one we got is exchanged first (RFC 8693). */
export async function loginOf(config: oidc.Configuration, client: WireLoginClient, tokens: Tokens, clock: Clock): Promise<Login> {
  const refreshed = tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token };
  if (client.exchange_for === undefined) return { client, accessToken: tokens.access_token, ...expiry(tokens, clock), ...refreshed };
  const exchanged = await told(oidc.genericGrantRequest(config, exchangeGrant, {
    subject_token: tokens.access_token, subject_token_type: accessTokenType, audience: client.exchange_for, scope: client.scope,
  }));
  return { client, accessToken: exchanged.access_token, ...expiry(exchanged, clock), subjectToken: tokens.access_token, ...refreshed };
}

/** A login whose token is good for a while; undefined when one has to log in again. */
export async function renewed(login: Login, clock: Clock): Promise<Login | undefined> {
  if (login.expires === undefined || login.expires - clock.now() > margin) return login;
  if (login.refreshToken === undefined) return undefined;
  const config = await openIssuer(login.client);
  const { resource } = login.client;
  try {
    const tokens = await oidc.refreshTokenGrant(config, login.refreshToken, resource === undefined ? {} : { resource });
    return { refreshToken: login.refreshToken, ...await loginOf(config, login.client, tokens, clock) };
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') return undefined;
    throw asUsage(error);
  }
}

/** Errors of the issuer in words for the user. */
export function told<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => { throw asUsage(error); });
}

function asUsage(error: unknown): unknown {
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) {
    return new UsageError(`the issuer refused: ${error.error_description ?? error.error}`, 'try eb login again, or ask the operator of the broker');
  }
  if (error instanceof oidc.ClientError || error instanceof TypeError) return new UsageError(`the issuer can't be used: ${error.message}`, 'is it reachable from here?');
  return error;
}

function expiry({ expires_in: seconds }: Tokens, clock: Clock): { readonly expires?: number } {
  return seconds === undefined ? {} : { expires: clock.now() + seconds * 1000 };
}
