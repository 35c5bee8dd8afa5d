/** What somebody may have at once, use in a period, and pay; exact though many ask at the same time (UC-43). */
import { afterEach, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

let node: TestNode | undefined;
afterEach(async () => { await node?.stop(); node = undefined; });
async function start(policies: readonly unknown[], more: NodeWishes = {}): Promise<TestNode> {
  node = await startNode({ cores: 100, mostOffers: 1, policies, ...more });
  return node;
}
const at = '2030-06-03T10:00:00Z/PT0S';
const quota = (more: Json): Json => ({ type: 'quota', quotas: [{ name: 'q', ...more }] });
const told = (set: Json): string => (set.meta.messages as Json[]).map((one: Json) => one.message as string).join('\n');

describe('quotas', () => {
  it('of sessions at once are never exceeded, however many ask at the same time', async () => {
    const alice = (await start([quota({ sessions: 3 })])).as('alice');
    const sets = await Promise.all(Array.from({ length: 10 }, () => alice.ask(aRequest().from(at))));
    expect(sets.filter((set) => set.result === 'YES')).toHaveLength(3);
    expect(told(sets.find((set) => set.result === 'NO'))).toContain('you may have 3 sessions at once, 3 are booked at that time (quota q)');
    expect((await node?.as('bob').ask(aRequest().from(at)))?.result).toBe('YES');
  });

  it('who has no room now is offered a later start', async () => {
    const alice = (await start([quota({ amounts: { cores: 10 } })])).as('alice');
    const first = await alice.ask(aRequest().cores(8).from(at));
    await alice.update(first.offers[0], 'ACCEPTED');
    const second = await alice.ask(aRequest().cores(1, 50).from('2030-06-03T10:00:00Z/PT6H'));
    expect(second.offers[0].schedule.available.start).toBe('2030-06-03T10:00:00Z/PT0S');
    const third = await alice.ask(aRequest().cores(8).from('2030-06-03T10:00:00Z/PT6H'));
    expect(third.offers[0].schedule.available.start).toBe('2030-06-03T11:00:00Z/PT0S');
    expect((await alice.ask(aRequest().cores(11))).result).toBe('NO');
  });

  it('of hours in a period count what was used and booked, also after a restart, and get back what ended early', async () => {
    const alice = (await start([quota({ hours: { cores: 10 }, period: 'P30D' })])).as('alice');
    const first = await alice.ask(aRequest().cores(2).lasting('PT4H').from('2030-06-03T08:00:00Z/PT0S').script({ run: 'PT2H' }));
    await alice.update(first.offers[0], 'ACCEPTED');
    expect((await alice.ask(aRequest().cores(3).from(at))).result).toBe('NO');
    await node?.advance('PT49H');
    await node?.restart();
    const again = (node as TestNode).as('alice');
    const small = await again.ask(aRequest().cores(5).from('2030-06-06T10:00:00Z/PT0S'));
    expect(small.result).toBe('YES');
    const big = await again.ask(aRequest().cores(7).from('2030-06-06T10:00:00Z/PT0S'));
    expect(told(big)).toContain('you may use 10 hours of cores within P30D');
  });

  it('are kept when a session is made longer', async () => {
    const alice = (await start([quota({ hours: { cores: 10 }, period: 'P30D' })])).as('alice');
    const { offers: [offer] } = await alice.ask(aRequest().cores(2).lasting('PT2H').from(at));
    await alice.update(offer, 'ACCEPTED');
    const longer = (duration: string): Promise<{ status: number }> => alice.call('POST', `/sessions/${offer.meta.uuid as string}`, { kind: 'uri:string-value-update', path: 'duration', value: duration });
    expect((await longer('PT6H')).status).toBe(409);
    expect((await longer('PT5H')).status).toBe(200);
    expect((await alice.ask(aRequest().lasting('PT1H').from('2030-06-04T10:00:00Z/PT0S'))).result).toBe('NO');
  });

  it('are charged for what a session grows by, and credited for what it gives back', async () => {
    const elastic = { name: 'stage', type: 'scripted', elastic: true, pools: { main: { cores: 100, memory: 64, storage: 1000 } }, executables: ['scripted'] };
    const alice = (await start([quota({ amounts: { cores: 10 } })], { platforms: [elastic] })).as('alice');
    const { offers: [offer] } = await alice.ask(aRequest().cores(2, 20).lasting('PT2H').from(at));
    await alice.update(offer, 'ACCEPTED');
    const cores = (value: number): Promise<{ status: number; body: Json }> => alice.call('POST', `/sessions/${offer.meta.uuid as string}`, { kind: 'uri:integer-value-update', path: 'compute.cores', value });
    const others = async (wanted: number): Promise<string> => (await alice.ask(aRequest().cores(wanted).from('2030-06-03T11:30:00Z/PT0S').lasting('PT15M'))).result as string;
    expect((await cores(11)).status).toBe(409);
    expect((await cores(8)).body.compute.cores.min).toBe(8);
    expect(await others(3)).toBe('NO');
    expect((await cores(3)).status).toBe(200);
    expect(await others(7)).toBe('YES');
  });

  it('of money are charged by the price of what is added, and of two that grow at once only one gets the last of it', async () => {
    const budget = { type: 'budget', budgets: [{ name: 'cloud', amount: 10, from: '2030-01-01T00:00:00Z', until: '2031-01-01T00:00:00Z' }] };
    const alice = (await start([budget], { costs: { perCoreHour: 1, currency: 'EUR', priceByHour: Array.from({ length: 24 }, (_, hour) => (hour < 11 ? 1 : 2)) } })).as('alice');
    const offers = [];
    for (let index = 0; index < 2; index += 1) {
      const { offers: [offer] } = await alice.ask(aRequest().cores(2).lasting('PT1H').from(at));
      await alice.update(offer, 'ACCEPTED');
      offers.push(offer);
    }
    // Four are paid; two cores for another hour cost four, as the second hour is dearer.
    const longer = (offer: Json, duration: string): Promise<{ status: number }> => alice.call('POST', `/sessions/${offer.meta.uuid as string}`, { kind: 'uri:string-value-update', path: 'duration', value: duration });
    expect((await Promise.all(offers.map((offer) => longer(offer, 'PT2H')))).map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await alice.ask(aRequest().cores(1).lasting('PT1H').from('2030-06-04T11:00:00Z/PT0S'))).result).toBe('YES');
    expect((await alice.ask(aRequest().cores(1).lasting('PT1H').from('2030-06-04T11:00:00Z/PT0S'))).result).toBe('NO');
  });

  it('of open offers are kept', async () => {
    const alice = (await start([quota({ openOffers: 2 })])).as('alice');
    const sets = await Promise.all([1, 2, 3].map(() => alice.ask(aRequest())));
    expect(sets.filter((set) => set.result === 'YES')).toHaveLength(2);
  });

  it('of a group are shared by its members', async () => {
    const members = { carol: ['astro'], dave: ['astro'] };
    await start([{ type: 'quota', quotas: [{ name: 'astro', groups: ['astro'], per: 'group', amounts: { cores: 10 } }] }], { members });
    expect((await node?.as('carol').ask(aRequest().cores(6).from(at)))?.result).toBe('YES');
    expect((await node?.as('dave').ask(aRequest().cores(6).from(at)))?.result).toBe('NO');
    expect((await node?.as('dave').ask(aRequest().cores(4).from(at)))?.result).toBe('YES');
  });
});

describe('budgets', () => {
  const costs = { perCoreHour: 4, currency: 'EUR' };
  const budget = { type: 'budget', budgets: [{ name: 'cloud', amount: 10, from: '2030-01-01T00:00:00Z', until: '2031-01-01T00:00:00Z' }] };
  const monetary = 'urn:ivoa:calycopis:cost:monetary';

  it('pay what is accepted, and get back what was not used (UC-43)', async () => {
    const alice = (await start([budget], { costs })).as('alice');
    const wish = aRequest().with({ costs: [{ kind: 'https://www.purl.org/ivoa.net/Calycopis-openapi/schema/v1.0/kinds/costs/simple-minmax-float-cost.yaml', type: monetary, max: 5 }] });
    const one = await alice.ask(wish.lasting('PT1H').script({ run: 'PT30M' }).from('2030-06-03T08:10:00Z/PT0S'));
    expect(one.offers[0].costs[0]).toMatchObject({ type: monetary, min: 4 });
    await alice.update(one.offers[0], 'ACCEPTED');
    expect((await alice.ask(wish.lasting('PT2H'))).result).toBe('NO');
    const two = await alice.ask(aRequest().lasting('PT1H').from(at));
    await alice.update(two.offers[0], 'ACCEPTED');
    const refused = await alice.ask(aRequest().lasting('PT1H').from(at));
    expect(told(refused)).toContain('budget cloud has 2 of 10 left, 4 would be needed');
    await node?.advance('PT50M');
    expect((await alice.ask(aRequest().lasting('PT1H').from(at))).result).toBe('YES');
  });

  it('are not spent twice by those who ask at the same time', async () => {
    const alice = (await start([budget], { costs })).as('alice');
    const sets = await Promise.all(Array.from({ length: 8 }, () => alice.ask(aRequest().lasting('PT30M').from(at))));
    expect(sets.filter((set) => set.result === 'YES')).toHaveLength(5);
  });
});
