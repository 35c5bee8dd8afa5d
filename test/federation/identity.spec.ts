/** Who an aggregator is to its members, and for whom it speaks there. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { FakeBroker, aWireOfferSet, json } from '#client/testing';
import { OnBehalfSigner, TokenSource, byExchange, newSigningKey, refusesOthers } from '#federation';
import type { RequesterId } from '#model';
import { HandClock } from '#runtime/testing';
import { Agent } from 'undici';
import { TestAggregator } from '../support/federation.js';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const alice = { id: 'srcnet:alice' as RequesterId, name: 'alice', roles: ['user'], groups: ['astro'], realm: 'srcnet' } as const;

describe('an assertion on behalf of a requester', () => {
  it('names the member, lives a minute, is new each time, and is verified with the published keys', async () => {
    const clock = HandClock.at('2030-06-03T08:00:00Z');
    let made = 0;
    const signer = await OnBehalfSigner.of([await newSigningKey()], { issuer: 'ag', clock, newUuid: () => `id-${made += 1}` });
    const keys = createLocalJWKSet({ keys: [...signer.publicKeys.keys] });
    const verified = await jwtVerify(await signer.sign(alice, 'https://n1.test'), keys, { issuer: 'ag', audience: 'https://n1.test', typ: 'eb-on-behalf+jwt', algorithms: ['ES256'], currentDate: new Date(clock.now()) });
    expect(verified.payload).toMatchObject({ sub: 'srcnet:alice', name: 'alice', realm: 'srcnet', groups: ['astro'], jti: 'id-1' });
    expect((verified.payload.exp ?? 0) - (verified.payload.iat ?? 0)).toBe(60);
    expect(JSON.stringify(signer.publicKeys)).not.toContain('"d"');
    await expect(OnBehalfSigner.of([{ kty: 'oct', k: 'x' }], { issuer: 'ag', clock, newUuid: () => '' })).rejects.toThrow(RangeError);
  });

  it('is verified at every step while replicas go over to a new key one after the other', async () => {
    const clock = HandClock.at('2030-06-03T08:00:00Z');
    const [old, next] = [await newSigningKey(), await newSigningKey()];
    const steps = [[old], [old, next], [next, old], [next]];
    const signers = await Promise.all(steps.map((keys) => OnBehalfSigner.of(keys, { issuer: 'ag', clock, newUuid: () => 'id' })));
    for (const [step, before] of signers.entries()) {
      // At each step some replicas are where the others were before; a member has read the keys of any of them.
      const after = signers[step + 1] ?? before;
      for (const [signs, publishes] of [[before, after], [after, before]] as const) {
        const keys = createLocalJWKSet({ keys: [...publishes.publicKeys.keys] });
        await expect(jwtVerify(await signs.sign(alice, 'https://n1.test'), keys, { issuer: 'ag', currentDate: new Date(clock.now()) })).resolves.toBeDefined();
      }
    }
    await expect(OnBehalfSigner.of([old, old], { issuer: 'ag', clock, newUuid: () => 'id' })).rejects.toThrow('name each key once');
    await expect(OnBehalfSigner.of([], { issuer: 'ag', clock, newUuid: () => 'id' })).rejects.toThrow(RangeError);
  });

  it('is refused by a node that calls itself by another address', async () => {
    const keys = await kept(new FakeBroker().start());
    const node = await kept(startNode({ http: { publicUrl: 'https://n1.test' }, access: { onBehalf: [{ issuer: 'ag', jwks: `${keys.url}/keys`, realms: [{ theirs: 'local', ours: 'of-ag' }] }] } }));
    const member = { name: 'n1', url: node.running.url, onBehalf: true };
    const aggregator = await kept(TestAggregator.start({ name: 'ag', members: [member], clock: node.clock }));
    keys.on('GET /keys', json(200, (await aggregator.as('').get('/federation/jwks.json')).body));
    const refused = await aggregator.as('alice').ask(aRequest());
    expect([refused.result, JSON.stringify(refused.meta.messages)]).toEqual(['NO', expect.stringContaining('it answered 401')]);
  });

  it('makes the requester the owner at the node too: nobody else sees the session at any level', async () => {
    const keys = await kept(new FakeBroker().start());
    const node = await kept(startNode({ access: { addresses: ['http://n1.test'], onBehalf: [{ issuer: 'ag', jwks: `${keys.url}/keys`, realms: [{ theirs: 'local', ours: 'of-ag' }] }] } }));
    const aggregator = await kept(TestAggregator.start({ name: 'ag', members: [{ name: 'n1', url: node.running.url, onBehalf: true, audience: 'http://n1.test' }], clock: node.clock }));
    keys.on('GET /keys', json(200, (await aggregator.as('').get('/federation/jwks.json')).body));
    const set = await aggregator.as('alice').ask(aRequest().script({ run: 'forever' }));
    expect(set.result).toBe('YES');
    expect((await aggregator.as('alice').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
    const [there] = (await node.as('admin').get('/sessions')).body.sessions;
    expect((await node.as('bob').session(there)).status).toBe(403);
    // An account of the node of the same name is somebody else.
    expect((await node.as('alice').session(there)).status).toBe(403);
    expect((await aggregator.as('bob').session(set.offers[0])).status).toBe(403);
    // Administrators here act for the owner there.
    expect((await aggregator.as('admin').update(set.offers[0], 'CANCELLED')).body.phase).toBe('CANCELLED');
  });
});

describe('tokens for a member', () => {
  async function server(): Promise<FakeBroker> {
    let made = 0;
    const issuer = await kept(new FakeBroker().start());
    issuer.on('GET /.well-known/openid-configuration', (seen, response) => { json(200, { issuer: issuer.url, token_endpoint: `${issuer.url}/token` })(seen, response); });
    return issuer.on('POST /token', (seen, response) => { json(200, { access_token: `token-${made += 1}`, expires_in: 300 })(seen, response); });
  }

  it('of our own are fetched once, until shortly before they expire', async () => {
    const issuer = await server();
    const clock = HandClock.at('2030-06-03T08:00:00Z');
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.destroy());
    const source = new TokenSource({ server: { issuer: issuer.url }, clientId: 'ag', clientSecret: 'secret', audience: 'n1' }, { dispatcher, clock, within: 5_000 });
    expect(await Promise.all([source.own(), source.own(), source.own()])).toEqual(['token-1', 'token-1', 'token-1']);
    await clock.advance(269_000);
    expect(await source.own()).toBe('token-1');
    await clock.advance(2_000);
    expect(await source.own()).toBe('token-2');
    expect(issuer.calls('POST /token')[0]?.form).toMatchObject({ grant_type: 'client_credentials', audience: 'n1' });
  });

  it('are exchanged for requesters of the named realms alone: a raw token goes to no member', async () => {
    const issuer = await server();
    const clock = HandClock.at('2030-06-03T08:00:00Z');
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.destroy());
    const source = new TokenSource({ server: { tokenUrl: `${issuer.url}/token` }, clientId: 'ag', clientSecret: 'secret' }, { dispatcher, clock, within: 5_000 });
    const identify = byExchange(source, ['srcnet'], refusesOthers);
    expect(await identify({ requester: alice, bearer: 'raw-of-alice' })).toEqual({ authorization: 'Bearer token-1' });
    expect(issuer.calls('POST /token')[0]?.form).toMatchObject({ subject_token: 'raw-of-alice', grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' });
    await expect(identify({ requester: { ...alice, realm: 'elsewhere' }, bearer: 'raw-of-carol' })).rejects.toThrow('wants a token of the requester');
    expect(issuer.calls('POST /token')).toHaveLength(1);
  });

  it('are sent with every call to a member that is configured so', async () => {
    const issuer = await server();
    const member = await kept(new FakeBroker().start());
    member.on('POST /requests', json(200, aWireOfferSet()));
    const ag = await kept(TestAggregator.start({
      members: [{ name: 'f1', url: member.url, credentials: 'src' }], credentials: { src: { clientCredentials: { tokenUrl: `${issuer.url}/token`, clientId: 'ag', clientSecret: 'secret' } } },
    }));
    expect((await ag.as('alice').ask(aRequest().from('2030-06-03T08:00:00Z/PT2H'))).result).toBe('YES');
    expect(member.calls('POST /requests')[0]?.headers.authorization).toMatch(/^Bearer token-\d$/);
    expect(JSON.stringify(member.seen)).not.toContain('secret');
  });
});
