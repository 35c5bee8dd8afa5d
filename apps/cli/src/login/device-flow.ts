/** Logging in where no browser is: the user opens a page elsewhere and types a code (RFC 8628). */
import * as oidc from 'openid-client';
import type { WireLoginClient } from '#client';
import { UsageError } from '../exit.js';
import { shown } from '../render/shown.js';
import type { Terminal } from '../terminal.js';
import { parametersOf, told } from './issuer.js';
import type { Tokens } from './issuer.js';

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const usualInterval = 5;
const slowerBy = 5;

/** Polls by the terminal's clock until the user has decided or the code is over. */
export async function loginByDevice(config: oidc.Configuration, client: WireLoginClient, terminal: Terminal): Promise<Tokens> {
  const started = await told(oidc.initiateDeviceAuthorization(config, parametersOf(client)));
  terminal.err(shown(`open ${started.verification_uri}\nand type ${started.user_code}\n`));
  if (started.verification_uri_complete !== undefined) terminal.err(shown(`or open ${started.verification_uri_complete}\n`));
  const until = terminal.clock.now() + started.expires_in * 1000;
  let interval = started.interval ?? usualInterval;
  while (terminal.clock.now() < until) {
    await terminal.clock.sleep(interval * 1000);
    const outcome = await poll(config, started.device_code, client);
    if (typeof outcome !== 'string') return outcome;
    if (outcome === 'slow_down') interval += slowerBy;
  }
  throw new UsageError('nobody confirmed the code in time', 'log in again');
}

async function poll(config: oidc.Configuration, code: string, { resource }: WireLoginClient): Promise<Tokens | 'authorization_pending' | 'slow_down'> {
  try {
    return await oidc.genericGrantRequest(config, deviceGrant, { device_code: code, ...(resource === undefined ? {} : { resource }) });
  } catch (error) {
    if (!(error instanceof oidc.ResponseBodyError)) return told(Promise.reject(error as Error));
    const { error: word } = error;
    if (word === 'authorization_pending' || word === 'slow_down') return word;
    throw new UsageError(word === 'access_denied' ? 'the login was denied' : `the issuer refused: ${error.error_description ?? word}`, 'log in again');
  }
}
