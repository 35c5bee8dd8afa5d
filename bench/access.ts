/** What identity, rules and the record cost: a warm token, 200 rules, and asks per second with and without them, in turns. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey } from 'jose';
import { openIdentity } from '#access';
import type { IdentityConfig } from '#access';
import type { AccessTokenStore, AccountStore, ReplayGuard } from '#model';
import { silentLog, systemClock } from '#runtime';
import { manyRules } from './access/rules.js';
import type { Measure } from './measure.js';
import { BenchNode, inParallel, scripted, scriptedKind } from './node/process.js';

const audience = 'urn:bench';
const body = { executable: { kind: scriptedKind, script: { run: 'PT1S' } }, schedule: { requested: { duration: 'PT5M' } } };
const booking = { grain: 'PT1M', mostOffers: 2, offerExpiry: 'PT30S' };
const atOnce = 32;
/** Measured on a machine that does other things too: nothing is shed. */
const limits = { askWithin: 'PT60S' };

/** Six rules that all let the bench through, each after a real look. */
const policies = [
  { type: 'membership', allow: [{ realms: ['bench'], groups: ['ska/users'], scopes: ['compute.create'] }] },
  { type: 'limits', most: { cores: 64, memory: 256 }, longest: 'PT24H' },
  { type: 'hours', zone: 'Europe/London', caps: [{ from: '00:00', to: '24:00', most: { cores: 64 }, longest: 'PT24H' }] },
  { type: 'allow-list', executables: ['scripted'] },
  { type: 'longest-run', longest: 'P7D' },
  { type: 'rules', default: 'allow', rules: [{ name: 'big', when: 'amount(request.max, "cores") > 64 && !("project" in requester.groups)', then: 'deny', say: 'too big' }] },
];

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const issuer = await startIssuer();
  try {
    return [await warmToken(issuer, quick ? 2_000 : 20_000), await manyRules(quick ? 500 : 5_000), ...await throughput(issuer, quick ? 600 : 3_000)];
  } finally {
    issuer.stop();
  }
}

interface BenchIssuer { readonly url: string; token(): Promise<string>; stop(): void }

async function startIssuer(): Promise<BenchIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = [{ ...await exportJWK(publicKey), kid: 'bench', alg: 'ES256', use: 'sig' }];
  const server = createServer((request, response) => {
    const document = request.url === '/jwks' ? { keys } : { issuer: url, jwks_uri: `${url}/jwks` };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, token: () => sign(privateKey, url), stop: () => { server.close(); server.closeAllConnections(); } };
}

function sign(key: CryptoKey, issuer: string): Promise<string> {
  const groups = ['/ska/users', ...Array.from({ length: 20 }, (_, index) => `/ska/group-${index}`)];
  return new SignJWT({ scope: 'compute.read compute.create compute.modify compute.cancel', 'wlcg.groups': groups })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench', typ: 'at+jwt' }).setIssuer(issuer).setAudience(audience).setSubject('ada').setIssuedAt().setExpirationTime('1h').sign(key);
}

function issuerConfig(url: string): IdentityConfig['issuers'][number] {
  return {
    issuer: url, realm: 'bench', audience, algorithms: ['ES256'], types: ['at+jwt'], clockTolerance: 'PT30S', groupClaims: ['wlcg.groups'], nameClaims: ['name'], requiredScopes: [],
    scopeMeaning: {}, withoutScopes: 'nothing', roles: [], keysRefreshedAfter: 'PT10M', keysTrustedFor: 'P1D',
  };
}

/** From the header to the requester, for a token that was seen before. */
async function warmToken(issuer: BenchIssuer, times: number): Promise<Measure> {
  const nobody = { find: () => Promise.resolve(undefined) };
  const authenticator = openIdentity({
    config: { anonymous: false, issuers: [issuerConfig(issuer.url)], addresses: [], onBehalf: [], audit: { enabled: false }, tokens: { enabled: true, longest: 'P1D', most: 1 } },
    accounts: nobody as unknown as AccountStore, tokens: nobody as unknown as AccessTokenStore, replays: { claim: () => Promise.resolve(false) } satisfies ReplayGuard,
    clock: systemClock, log: silentLog, audiences: () => [],
  });
  const sender = { authorization: `Bearer ${await issuer.token()}`, address: '127.0.0.1' };
  for (let time = 0; time < 500; time += 1) await authenticator.identify(sender);
  const began = performance.now();
  for (let time = 0; time < times; time += 1) await authenticator.identify(sender);
  const value = (1_000 * (performance.now() - began)) / times;
  return { name: 'jwt-verify-warm-us', value, unit: 'µs', goal: '<= 100', holds: value <= 100 };
}

async function throughput(issuer: BenchIssuer, asks: number): Promise<readonly Measure[]> {
  const nodes = {
    unrecorded: await BenchNode.start(scripted({ booking, limits, access: { anonymous: true, audit: { enabled: false } } })),
    recorded: await BenchNode.start(scripted({ booking, limits, access: { anonymous: true } })),
    bearer: await BenchNode.start(scripted({ booking, limits, access: { issuers: [issuerConfig(issuer.url)] }, policies })),
  };
  try {
    const headers = { authorization: `Bearer ${await issuer.token()}` };
    const spent = { unrecorded: 0, recorded: 0, bearer: 0 };
    for (const warm of [nodes.unrecorded, nodes.recorded]) await askMany(warm, asks / 10, {});
    await askMany(nodes.bearer, asks / 10, headers);
    for (let round = 0; round < 6; round += 1) {
      spent.unrecorded += await askMany(nodes.unrecorded, asks / 6, {});
      spent.recorded += await askMany(nodes.recorded, asks / 6, {});
      spent.bearer += await askMany(nodes.bearer, asks / 6, headers);
    }
    const rates = Object.entries(spent).map(([name, milliseconds]) => `${name} ${Math.round((1_000 * asks) / milliseconds)}/s`);
    process.stderr.write(`  asks: ${rates.join(', ')}\n`);
    const [audit, bearer] = [spent.unrecorded / spent.recorded, spent.recorded / spent.bearer];
    return [
      { name: 'audit-on-per-off', value: audit, unit: 'asks/s on / off', goal: '>= 0.9', holds: audit >= 0.9 },
      { name: 'bearer-and-policies-per-anonymous', value: bearer, unit: 'asks/s with / without', goal: '>= 0.7', holds: bearer >= 0.7 },
    ];
  } finally {
    for (const node of Object.values(nodes)) await node.stop();
  }
}

/** Milliseconds that so many asks take. */
async function askMany(node: BenchNode, count: number, headers: Readonly<Record<string, string>>): Promise<number> {
  const began = performance.now();
  await inParallel(Array.from({ length: count }, (_, index) => index), atOnce, async () => {
    const { status, body: answer } = await node.call('POST', '/requests', body, headers);
    if (status !== 303 || answer.offers?.length !== 2) throw new Error(`answered ${status}: ${JSON.stringify(answer).slice(0, 500)}`);
  });
  return performance.now() - began;
}
