/** Members over TLS: certificates are verified, and a private authority counts where it is configured. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { aWireOfferSet } from '#client/testing';
import { TestAggregator } from '../support/federation.js';
import { aRequest } from '../support/requests.js';

const cleanings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanings.splice(0).reverse()) await clean();
});

/** `authority`: file of the certificate of who has signed the broker's. */
interface Secure { readonly url: string; readonly authority: string }

/** What the certificate says: whose it is, and for how many days; negative: they are over. */
interface Said { readonly address: string; readonly days: number }

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

function openssl(...words: readonly string[]): void {
  execFileSync('openssl', words, { stdio: 'ignore' });
}

/** A broker with a certificate of an authority that nobody knows. */
async function secureBroker({ address, days }: Said = { address: '127.0.0.1', days: 2 }): Promise<Secure> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-tls-'));
  cleanings.push(() => rm(folder, { recursive: true }));
  const [authorityKey, authority, key, wish, extensions, certificate] = ['authority.key', 'authority.pem', 'own.key', 'own.csr', 'own.ext', 'own.pem'].map((name) => join(folder, name)) as [string, string, string, string, string, string];
  openssl('req', '-x509', ...newKey, '-keyout', authorityKey, '-out', authority, '-days', '2', '-subj', '/CN=authority');
  openssl('req', ...newKey, '-keyout', key, '-out', wish, '-subj', '/CN=north');
  await writeFile(extensions, `subjectAltName=IP:${address}\n`);
  openssl('x509', '-req', '-in', wish, '-CA', authority, '-CAkey', authorityKey, '-set_serial', '1', '-days', String(days), '-extfile', extensions, '-out', certificate);
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(aWireOfferSet()));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  cleanings.push(() => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }));
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, authority };
}

async function over(url: string, federation: Readonly<Record<string, unknown>>): Promise<TestAggregator> {
  const started = await TestAggregator.start({ members: [{ name: 'north', url }], federation });
  cleanings.push(() => started.stop());
  return started;
}

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('a member with a certificate of a private authority', () => {
  it('is not believed, and said to give no answer', async () => {
    const { url } = await secureBroker();
    const set = await (await over(url, {})).as('alice').ask(aRequest());
    expect([set.result, JSON.stringify(set.meta.messages)]).toEqual(['NO', expect.stringContaining('north gave no offers: no answer')]);
  });

  it('is asked where the authority is configured', async () => {
    const { url, authority } = await secureBroker();
    expect((await (await over(url, { certificates: authority })).as('alice').ask(aRequest())).result).toBe('YES');
  });

  it.each([
    ['has expired', { address: '127.0.0.1', days: -1 }, 'its certificate has expired'],
    ['is for another host', { address: '127.0.0.9', days: 2 }, 'its certificate is for another host name'],
  ])('is not believed where its certificate %s, and administrators are told so', async (_what, said, why) => {
    const { url, authority } = await secureBroker(said);
    const ag = await over(url, { certificates: authority });
    const set = await ag.as('alice').ask(aRequest());
    expect([set.result, JSON.stringify(set.meta.messages)]).toEqual(['NO', expect.stringContaining('north gave no offers: no answer')]);
    const tested = await ag.as('admin').call('POST', '/admin/members/north/test');
    expect(tested.body).toMatchObject({ reachable: false, reasons: [expect.stringContaining(why)] });
  });

  it('of which the authority is not configured is told to administrators with what to do', async () => {
    const { url } = await secureBroker();
    const tested = await (await over(url, {})).as('admin').call('POST', '/admin/members/north/test');
    expect(tested.body).toMatchObject({ reachable: false, reasons: [expect.stringContaining('name that in federation.certificates')] });
  });
});
