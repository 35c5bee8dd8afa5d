/** UC-42, the plain Kubernetes part: a v1.0 notebook request, from the question to the page, through a whole node. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { aRequest } from '../../support/requests.js';
import { dropNamespace, leftOf, makeNamespace } from './bed.js';
import { accepted, final, offerOf, startLiveNode, untilIn, untilSession } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `notebook-${process.pid}`;
const namespace = `eb-${instance}`;
const content = '{"cells":[]}';
let library: Server;
let node: LiveNode;

beforeAll(async () => {
  makeNamespace(namespace);
  library = createServer((asked, answer) => { answer.writeHead(asked.url === '/first.ipynb' ? 200 : 404, { 'content-type': 'application/json' }).end(content); });
  await new Promise<void>((resolve) => { library.listen(0, '127.0.0.1', resolve); });
  node = await startLiveNode(instance, namespace);
});
afterAll(async () => {
  await node.stop();
  library.close();
  dropNamespace(namespace);
});

const notebook = (path: string) => aRequest().lasting('PT1M').with({ executable: { kind: kinds.jupyterNotebook, location: `http://127.0.0.1:${(library.address() as AddressInfo).port}/${path}` } });

describe('a notebook request', () => {
  it('is offered with the time that it takes to prepare, and opens at an address with a token', async () => {
    const offer = await offerOf(node, notebook('first.ipynb'));
    expect(offer.schedule.preparing.duration).toMatch(/^PT/);
    const session = await accepted(node, notebook('first.ipynb'));
    const open = await untilSession(node, session, ({ connectors = [] }) => connectors.length > 0 && connectors[0].status === 'AVAILABLE');
    const { location } = open.connectors[0] as { location: string };
    await expect.poll(async () => (await fetch(location)).text().catch(String), { timeout: 10_000 }).toBe(content);
    expect((await node.client.update(session, 'CANCELLED')).status).toBe(200);
    await expect.poll(() => leftOf(namespace, instance), { timeout: 60_000, interval: 500 }).toEqual([]);
  });

  it('whose notebook is not there fails while preparing, with its address, and leaves nothing', async () => {
    const ended = await untilIn(node, await accepted(node, notebook('missing.ipynb')), final);
    expect([ended.phase, JSON.stringify(ended.meta.messages).includes('missing.ipynb')]).toEqual(['FAILED', true]);
    await expect.poll(() => leftOf(namespace, instance), { timeout: 60_000, interval: 500 }).toEqual([]);
  });
});
