import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HandClock } from '#runtime/testing';
import { TokenService } from './token-service.js';

let server: Server;
let answer: string;
let service: TokenService;
const clock = HandClock.at('2030-01-01T00:00:00Z');

beforeAll(async () => {
  server = createServer((_request, response) => { response.writeHead(200, { 'content-type': 'application/json' }).end(answer); });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  service = new TokenService({ issuer, tokenUrl: `${issuer}/token`, clientId: 'broker', clientSecret: 'secret' }, clock);
});
afterAll(() => new Promise<void>((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }));

describe('the answer of an authorization server', () => {
  it.each<readonly [string, string]>([
    ['nothing', 'null'], ['a list', '["token"]'], ['a text', '"token"'], ['a number', '7'], ['an object without one', '{}'], ['an error with status 200', '{"error":"invalid_grant"}'],
    ['a token that is a number', '{"access_token":5}'], ['an empty token', '{"access_token":""}'], ['a token that would be two headers', '{"access_token":"a\\r\\nx-evil: 1"}'],
    ['a token with letters that no header has', '{"access_token":"ключ"}'], ['a token longer than any', JSON.stringify({ access_token: 'a'.repeat(12_289) })],
  ])('holds no token where it is %s', async (_what, text) => {
    answer = text;
    await expect(service.exchange('theirs')).rejects.toThrow('sent no access token');
  });

  it.each(['DPoP', 'N_A', 'mac', 5, null])('is not used where the token has another type (%s)', async (type) => {
    answer = JSON.stringify({ access_token: 'fresh', token_type: type });
    await expect(service.exchange('theirs')).rejects.toThrow('no bearer token');
  });

  it.each<readonly [unknown, number]>([[undefined, 60], ['300', 300], [300, 300], [-1, 60], [0, 60], ['soon', 60], [null, 60], [[], 60]])('with the lifetime %s is used for %i s', async (lifetime, seconds) => {
    answer = JSON.stringify({ access_token: 'fresh', token_type: 'bearer', expires_in: lifetime });
    expect(await service.exchange('theirs')).toEqual({ access: 'fresh', until: clock.now() + seconds * 1000 });
  });

  it('that gives no new refresh token leaves the old one good', async () => {
    answer = JSON.stringify({ access_token: 'fresh', refresh_token: '', expires_in: 60 });
    expect(await service.renew('old')).toMatchObject({ access: 'fresh', refresh: 'old' });
    answer = JSON.stringify({ access_token: 'fresh', refresh_token: 'new', expires_in: 60 });
    expect(await service.renew('old')).toMatchObject({ refresh: 'new' });
  });
});
