/** Logging in with a browser on this machine: authorization code with PKCE; the answer comes to a port of ours on loopback (RFC 8252). */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oidc from 'openid-client';
import type { WireLoginClient } from '#client';
import { UsageError } from '../exit.js';
import type { Terminal } from '../terminal.js';
import { parametersOf, told } from './issuer.js';
import type { Tokens } from './issuer.js';

const path = '/callback';

/** Waits until the browser comes back, or Ctrl-C. */
export async function loginByBrowser(config: oidc.Configuration, client: WireLoginClient, terminal: Terminal): Promise<Tokens> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(0, '127.0.0.1', resolve); });
  try {
    const redirect = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    const verifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const page = oidc.buildAuthorizationUrl(config, {
      ...parametersOf(client), redirect_uri: redirect, state, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    });
    terminal.err(`open this page to log in:\n${page.href}\n`);
    const answer = await comeBack(server, redirect, state, terminal);
    const { resource } = client;
    return await told(oidc.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, expectedState: state }, resource === undefined ? {} : { resource }));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** The first request that carries our state; others are told that they are wrong here. */
function comeBack(server: Server, redirect: string, state: string, terminal: Terminal): Promise<URL> {
  return new Promise((resolve, reject) => {
    const forget = terminal.onInterrupt(() => { reject(new UsageError('the login was given up')); });
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', redirect);
      const isOurs = url.pathname === path && url.searchParams.get('state') === state;
      response.writeHead(isOurs ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' })
        .end(isOurs ? 'Thank you. You can close this page and go back to the terminal.\n' : 'Nothing is here.\n');
      if (!isOurs) return;
      forget();
      resolve(url);
    });
  });
}
