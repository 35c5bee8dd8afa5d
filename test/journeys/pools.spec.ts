/** Half the node is pledged to the federation, half is local; one request may draw on both (UC-50, 51, 52). */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const members = { both: ['srcnet', 'site'], guest: ['srcnet'], local: ['site'], nobody: [] };
const at = '2030-06-03T10:00:00Z/PT0S';
const halves = [{
  divide: 'stage/main',
  pledges: [{ name: 'srcnet', amounts: { cores: 500 }, who: [{ groups: ['srcnet'] }] }, { name: 'local', amounts: { cores: 500 }, who: [{ groups: ['site'] }] }],
}];

let node: TestNode | undefined;
let server: Server | undefined;
afterEach(async () => {
  await node?.stop();
  server?.close();
  [node, server] = [undefined, undefined];
});

async function start(more: NodeWishes = {}): Promise<TestNode> {
  node = await startNode({ cores: 1000, memory: 1000, mostOffers: 1, members, pools: halves, ...more });
  return node;
}
/** The data API of a policy engine whose decision is the function's. */
async function engine(decide: (input: Json) => unknown): Promise<string> {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => { text += chunk.toString(); });
    request.on('end', () => { response.setHeader('content-type', 'application/json').end(JSON.stringify({ result: decide((JSON.parse(text) as Json).input) })); });
  });
  await new Promise<void>((done) => { server?.listen(0, '127.0.0.1', done); });
  return `http://127.0.0.1:${(server?.address() as AddressInfo).port}/v1/data/broker`;
}
const cores = (wanted: number, most = wanted): ReturnType<typeof aRequest> => aRequest().cores(wanted, most).from(at);
const sharesOf = (offer: Json): Json => offer.meta.messages.find((one: Json) => one.kind.endsWith(':pool-shares'))?.values;
const kindsOf = (set: Json): string[] => set.meta.messages.map((one: Json) => `${one.level as string} ${(one.kind as string).split(':').at(-1) ?? ''}`);

describe('local, national and federated use side by side (UC-50)', () => {
  it('who belongs to both gets one offer of all, split in the ledger', async () => {
    const both = (await start()).as('both');
    const { result, offers: [offer] } = await both.ask(cores(1000));
    expect(result).toBe('YES');
    expect(sharesOf(offer)).toMatchObject({ 'srcnet.cores': '500', 'local.cores': '500' });
    expect((await both.update(offer, 'ACCEPTED')).status).toBe(200);
    const claims = node?.running.node.ledger.bookingOf(offer.meta.uuid)?.claims.map(({ pool, amount }) => [pool, amount['cores']]);
    expect(claims).toContainEqual(['pledge:srcnet@stage/main', 500]);
    expect(claims).toContainEqual(['pledge:local@stage/main', 500]);
    expect((await node?.as('guest').ask(cores(1)))?.result).toBe('NO');
  });

  it.each([['guest', 600, 'NO'], ['guest', 500, 'YES'], ['local', 600, 'NO'], ['local', 500, 'YES'], ['both', 600, 'YES'], ['both', 1001, 'NO'], ['nobody', 1, 'NO']])('%s asks for %i: %s', async (who, wanted, result) => {
    expect((await (await start()).as(who).ask(cores(wanted))).result).toBe(result);
  });

  it('a NO says each thing once', async () => {
    const refused = await (await start()).as('nobody').ask(cores(1));
    const told = (refused.meta.messages as Json[]).map((one) => one.message as string);
    expect(told.filter((text) => text.startsWith('nobody but'))).toHaveLength(1);
    expect(new Set(told).size).toBe(told.length);
  });

  it('a NO says what there is, and a share that comes free is offered later', async () => {
    const guest = (await start()).as('guest');
    const refused = await guest.ask(cores(600));
    expect(refused.meta.messages[0].message).toContain('srcnet has 500 for you');
    const first = await guest.ask(cores(400));
    await guest.update(first.offers[0], 'ACCEPTED');
    const later = await guest.ask(aRequest().cores(200).from('2030-06-03T10:00:00Z/PT4H'));
    expect(later.offers[0].schedule.available.start).toBe('2030-06-03T11:00:00Z/PT0S');
    expect((await node?.as('local').ask(cores(500)))?.result).toBe('YES');
  });

  it('the biggest offer is as big as the shares allow', async () => {
    const guest = (await start({ mostOffers: 2 })).as('guest');
    const { offers } = await guest.ask(cores(100, 900));
    expect(offers.map((offer: Json) => offer.compute.cores.min as number).sort((a: number, b: number) => a - b)).toEqual([100, 500]);
  });

  it('shares are drawn on in order, and the rest comes from the next', async () => {
    const both = (await start()).as('both');
    const first = await both.ask(cores(300));
    expect(sharesOf(first.offers[0])).toMatchObject({ 'srcnet.cores': '300' });
    expect(sharesOf((await both.ask(cores(300))).offers[0])).toMatchObject({ 'srcnet.cores': '200', 'local.cores': '100' });
  });
});

describe('a session that grows', () => {
  const elastic = [{ name: 'stage', type: 'scripted', elastic: true, pools: { main: { cores: 1000, memory: 1000, storage: 1000 } }, executables: ['scripted'] }];
  const drawn = (offer: Json): unknown[] => node?.running.node.ledger.bookingOf(offer.meta.uuid)?.claims.filter(({ pool }) => pool.startsWith('pledge:')).map(({ pool, amount }) => [pool, amount['cores']]) ?? [];
  const resize = (who: string, offer: Json, value: number): Promise<{ status: number; body: Json }> => (node as TestNode).as(who).call('POST', `/sessions/${offer.meta.uuid as string}`, { kind: 'uri:integer-value-update', path: 'compute.cores', value });

  it('draws what is added from the shares that have it, and gives back the last first', async () => {
    const both = (await start({ platforms: elastic })).as('both');
    const { offers: [offer] } = await both.ask(cores(400, 900));
    await both.update(offer, 'ACCEPTED');
    expect((await resize('both', offer, 700)).status).toBe(200);
    expect(drawn(offer)).toEqual([['pledge:srcnet@stage/main', 400], ['pledge:srcnet@stage/main', 100], ['pledge:local@stage/main', 200]]);
    expect((await node?.as('local').ask(cores(301)))?.result).toBe('NO');
    expect((await resize('both', offer, 450)).status).toBe(200);
    expect(drawn(offer)).toEqual([['pledge:srcnet@stage/main', 400], ['pledge:srcnet@stage/main', 50]]);
    expect((await node?.as('local').ask(cores(500)))?.result).toBe('YES');
  });

  it('gets no more than its shares have', async () => {
    const guest = (await start({ platforms: elastic })).as('guest');
    const { offers: [offer] } = await guest.ask(cores(400, 900));
    await guest.update(offer, 'ACCEPTED');
    expect((await resize('guest', offer, 501)).body.detail).toContain('only 400 to 500');
    expect((await resize('guest', offer, 500)).status).toBe(200);
  });
});

describe('rules of the federation and of the site, each for its own half', () => {
  const bound = (url: string, pool: string): Json => ({ type: 'http', url, pool });

  it.each([['srcnet', 'local'], ['local', 'srcnet']])('when the service of %s denies, only %s is drawn on, and a message tells why (UC-51)', async (closed, open) => {
    const url = await engine(() => ({ allow: false, deny: ['project not approved'] }));
    const both = (await start({ policies: [bound(url, closed)] })).as('both');
    const set = await both.ask(cores(200));
    expect(Object.keys(sharesOf(set.offers[0]))).toEqual(['shares', `${open}.cores`]);
    expect(set.meta.messages.find((one: Json) => one.level === 'WARN').message).toContain(`pool ${closed} is closed for this: project not approved`);
  });

  it('when the service is down its half is closed: 700 is a NO, 400 comes from the other half with a warning (UC-52)', async () => {
    const both = (await start({ policies: [bound('http://127.0.0.1:9/v1/data/broker', 'srcnet')] })).as('both');
    const refused = await both.ask(cores(700));
    expect(refused.result).toBe('NO');
    expect(kindsOf(refused)).toEqual(expect.arrayContaining(['WARN pool-share', 'WARN engine-away']));
    const set = await both.ask(cores(400));
    expect(set.result).toBe('YES');
    expect(sharesOf(set.offers[0])).toMatchObject({ 'local.cores': '400' });
    expect(kindsOf(set)).toContain('WARN engine-away');
  });

  it('a service that changed its mind before the acceptance is asked again', async () => {
    let allows = true;
    const url = await engine(() => allows);
    const both = (await start({ policies: [bound(url, 'srcnet')] })).as('both');
    const { offers: [offer] } = await both.ask(cores(200));
    allows = false;
    const refused = await both.update(offer, 'ACCEPTED');
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain('pool srcnet is closed for this');
  });

  it('limits of a service hold for its half', async () => {
    const url = await engine(() => ({ allow: true, limits: { cores: 100 } }));
    const both = (await start({ policies: [bound(url, 'srcnet')] })).as('both');
    expect(sharesOf((await both.ask(cores(300))).offers[0])).toMatchObject({ 'srcnet.cores': '100', 'local.cores': '200' });
  });
});
