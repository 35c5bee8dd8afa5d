/** Members over TLS: certificates are verified, and a private authority counts where it is configured. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
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

interface Secure { readonly url: string; readonly certificate: string }

/** A broker whose certificate nobody but itself has signed. */
async function secureBroker(): Promise<Secure> {
  const folder = await mkdtemp(join(tmpdir(), 'eb-tls-'));
  cleanings.push(() => rm(folder, { recursive: true }));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=north', '-addext', 'subjectAltName=IP:127.0.0.1'], { stdio: 'ignore' });
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(aWireOfferSet()));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  cleanings.push(() => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }));
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, certificate };
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
    const { url, certificate } = await secureBroker();
    expect((await (await over(url, { certificates: certificate })).as('alice').ask(aRequest())).result).toBe('YES');
  });
});
