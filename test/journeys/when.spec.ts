/** UC-01 … UC-07, UC-11 … UC-13, UC-38: interactive work and time. */
import { describe, expect, it } from 'vitest';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Json, NodeWishes, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import { kinds } from '#model';

const notebook = () => aRequest().cores(2).memory(4).lasting('PT2H').with({ executable: { kind: kinds.jupyterNotebook, location: 'https://example.org/demo.ipynb' } });
const starts = (set: Json): string[] => set.offers.map((offer: Json) => (offer.schedule.available.start as string).split('/')[0]);

describe('when can I run this', () => {
  const start = (wishes: NodeWishes = {}): Promise<TestNode> => kept(startNode(wishes));

  /** Books the whole node from one instant to another. */
  const occupy = async (node: TestNode, from: string, until: string): Promise<void> => {
    const length = `PT${(Date.parse(until) - Date.parse(from)) / 60_000}M`;
    const set = await node.as('admin').ask(aRequest().cores(node.cores).lasting(length).from(`${from}/PT0S`));
    expect((await node.as('admin').update(set.offers[0], 'ACCEPTED')).status).toBe(200);
  };

  it('a notebook in five minutes, with a way in once it runs (UC-01)', async () => {
    const node = await start();
    const set = await node.as('alice').ask(notebook().from('2030-06-03T08:00:00Z/PT5M'));
    expect(set.result).toBe('YES');
    for (const offer of set.offers) {
      expect(Date.parse(offer.schedule.available.start.split('/')[0])).toBeLessThanOrEqual(Date.parse('2030-06-03T08:05:00Z'));
      expect(offer.schedule.available.duration).toBe('PT2H');
    }
    await node.as('alice').update(set.offers[0], 'ACCEPTED');
    await node.advance('PT6M');
    const session = (await node.as('alice').session(set.offers[0])).body;
    expect(['AVAILABLE', 'RUNNING']).toContain(session.phase);
    expect(session.connectors).toEqual([expect.objectContaining({ status: 'AVAILABLE', protocol: 'HTTPS' })]);
  });

  it('a busy node says no, and names the first start that would work (UC-02)', async () => {
    const node = await start();
    await occupy(node, '2030-06-03T08:05:00Z', '2030-06-03T10:00:00Z');
    const set = await node.as('alice').ask(notebook().from('2030-06-03T08:00:00Z/PT5M'));
    expect(set.result).toBe('NO');
    expect(set.offers ?? []).toEqual([]);
    expect(set.meta.messages[0]).toMatchObject({ kind: 'urn:execution-broker:reason:capacity', values: { first: '2030-06-03T10:00:00Z' } });
  });

  it('another node helps when the first is busy (UC-03, asked side by side)', async () => {
    const [busy, idle] = [await start(), await start({ cores: 8, memory: 32 })];
    await occupy(busy, '2030-06-03T08:05:00Z', '2030-06-03T10:00:00Z');
    const answers = await Promise.all([busy, idle].map((node) => node.as('alice').ask(notebook().from('2030-06-03T08:00:00Z/PT5M'))));
    expect(answers.map((one) => one.result)).toEqual(['NO', 'YES']);
  });

  it('a relaxed window gets the first free start, and none before it (UC-04)', async () => {
    const node = await start();
    await occupy(node, '2030-06-03T08:05:00Z', '2030-06-03T10:00:00Z');
    const set = await node.as('alice').ask(notebook().from('2030-06-03T08:00:00Z/PT4H'));
    expect(starts(set)[0]).toBe('2030-06-03T10:00:00Z');
  });

  it('without a start batch work takes the next free slot, by night too (UC-05)', async () => {
    const node = await start();
    await occupy(node, '2030-06-03T08:05:00Z', '2030-06-04T02:00:00Z');
    const set = await node.as('alice').ask(aRequest().kind(kinds.dockerContainer).lasting('PT3H'));
    expect(starts(set)[0]).toBe('2030-06-04T02:00:00Z');
  });

  it('interactive work waits for the day where the policy says so (UC-05)', async () => {
    const node = await start({ policies: [{ type: 'hours', zone: 'UTC', runs: [{ kinds: [kinds.jupyterNotebook], from: '07:00', to: '20:00' }] }] });
    await occupy(node, '2030-06-03T08:05:00Z', '2030-06-04T02:00:00Z');
    const set = await node.as('alice').ask(notebook().lasting('PT3H'));
    expect(starts(set)[0]).toBe('2030-06-04T07:00:00Z');
  });

  it('a convenient slot is chosen from exactly those that exist on two nodes (UC-06)', async () => {
    const wishes = { cores: 4, mostOffers: 12, spacing: 'PT1H' };
    const [a, b] = [await start(wishes), await start(wishes)];
    for (const [from, until] of [['03T15', '03T20'], ['04T13', '04T20'], ['05T08', '05T20']] as const) await occupy(a, `2030-06-${from}:00:00Z`, `2030-06-${until}:00:00Z`);
    const busyB = [['03T08:05', '03T20:00'], ['04T08:00', '04T11:00'], ['04T15:00', '04T20:00'], ['05T08:00', '05T11:00'], ['05T16:00', '05T20:00']] as const;
    for (const [from, until] of busyB) await occupy(b, `2030-06-${from}:00Z`, `2030-06-${until}:00Z`);
    const windows = ['03', '04', '05'].map((day) => `2030-06-${day}T09:00:00Z/2030-06-${day}T12:00:00Z`);
    const wish = aRequest().cores(4).lasting('PT4H').from(windows);
    const [ofA, ofB] = [starts(await a.as('alice').ask(wish)), starts(await b.as('alice').ask(wish))];
    expect(ofA.sort()).toEqual(['2030-06-03T09:00:00Z', '2030-06-03T10:00:00Z', '2030-06-03T11:00:00Z', '2030-06-04T09:00:00Z']);
    expect(ofB.sort()).toEqual(['2030-06-04T11:00:00Z', '2030-06-05T11:00:00Z', '2030-06-05T12:00:00Z']);
  });

  it('office hours in the zone of the site, over a change of the clocks, and no weekend (UC-07)', async () => {
    const office = { type: 'hours', zone: 'Europe/London', runs: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' }] };
    const node = await start({ policies: [office], now: '2030-10-25T06:00:00Z', mostOffers: 60, spacing: 'PT1H' });
    const set = await node.as('alice').ask(notebook().lasting('PT4H').from('2030-10-25T00:00:00Z/P5D'));
    const found = starts(set);
    expect(found.filter((one) => one.startsWith('2030-10-25')).at(-1)).toBe('2030-10-25T12:00:00Z');
    expect(found.filter((one) => one.startsWith('2030-10-28')).at(0)).toBe('2030-10-28T09:00:00Z');
    expect(found.filter((one) => one.startsWith('2030-10-28')).at(-1)).toBe('2030-10-28T13:00:00Z');
    expect(found.filter((one) => /^2030-10-2[67]/.test(one))).toEqual([]);
  });

  it('what is too big for the day is offered between ten and midnight, and a small request by day (UC-08)', async () => {
    const caps = [{ from: '06:00', to: '22:00', most: { cores: 16 } }, { from: '22:00', to: '06:00', most: { cores: 128 } }];
    const node = await start({ cores: 128, memory: 512, policies: [{ type: 'hours', zone: 'UTC', caps }] });
    const big = await node.as('alice').ask(aRequest().cores(96).memory(384).lasting('PT6H').from('2030-06-03T08:00:00Z/P1D'));
    expect(big.result).toBe('YES');
    for (const one of starts(big)) {
      expect(one >= '2030-06-03T22:00:00Z' && one <= '2030-06-04T00:00:00Z', one).toBe(true);
    }
    const small = await node.as('alice').ask(aRequest().cores(2).lasting('PT6H').from('2030-06-03T08:00:00Z/P1D'));
    expect(starts(small)[0]?.startsWith('2030-06-03T08')).toBe(true);
  });

  it('a small slot by day and a big one by night are offered side by side (UC-09)', async () => {
    const kind = { kinds: [kinds.dockerContainer] };
    const caps = [
      { ...kind, from: '06:00', to: '22:00', most: { cores: 2, memory: 2 }, longest: 'PT1H' },
      { ...kind, from: '22:00', to: '06:00', most: { cores: 8, memory: 8 }, longest: 'PT4H' },
    ];
    const node = await start({ policies: [{ type: 'hours', zone: 'UTC', caps }] });
    await occupy(node, '2030-06-03T08:05:00Z', '2030-06-03T11:30:00Z');
    const wish = aRequest().kind(kinds.dockerContainer).cores(2, 16).memory(2, 16).lasting({ min: 'PT1H', max: 'PT8H' }).from('2030-06-03T08:05:00Z/P1D');
    const set = await node.as('alice').ask(wish);
    const shapes = set.offers.map((offer: Json) => [offer.schedule.available.start.split('/')[0], offer.compute.cores.max, offer.compute.memory.max, offer.schedule.available.duration]);
    expect(shapes[0]).toEqual(['2030-06-03T11:30:00Z', 2, 2, 'PT1H']);
    expect(shapes).toContainEqual(['2030-06-03T22:00:00Z', 8, 8, 'PT4H']);
    for (const [at, cores, , duration] of shapes) if (at < '2030-06-03T22:00:00Z') expect([cores, duration]).toEqual([2, 'PT1H']);
  });

  it('a yes always has a concrete start (UC-11)', async () => {
    const node = await start();
    const set = await node.as('alice').ask(aRequest());
    for (const offer of set.offers) expect(offer.schedule.available.start).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\/P/);
  });

  it('an exact start is kept to the second (UC-12)', async () => {
    const node = await start();
    const set = await node.as('alice').ask(aRequest().from('2030-06-03T11:30:00Z/PT0S'));
    expect(starts(set)).toEqual(['2030-06-03T11:30:00Z']);
  });

  it('a window in the past is refused (UC-13)', async () => {
    const node = await start();
    const set = await node.as('alice').ask(aRequest().from('2030-06-03T06:00:00Z/PT1H'));
    expect(set.result).toBe('NO');
    expect(set.meta.messages[0].values.path).toBe('schedule.requested.start');
  });

  it('the time limit ends a payload that never ends (UC-38)', async () => {
    const node = await start();
    const alice = node.as('alice');
    const set = await alice.ask(aRequest().lasting('PT1H').script({ run: 'P1D' }));
    await alice.update(set.offers[0], 'ACCEPTED');
    await node.advance('PT61M');
    await node.advance('PT1M');
    const session = (await alice.session(set.offers[0])).body;
    expect(session.phase).toBe('COMPLETED');
    expect(session.meta.messages.map((one: Json) => one.kind)).toContain('urn:execution-broker:reason:time-limit');
  });

  it('not on a blackout date: the NO says why, and when it may start next', async () => {
    const node = await start({ policies: [{ type: 'hours', zone: 'Europe/London', blackouts: [{ from: '2030-06-03', to: '2030-06-04', why: 'new switches' }] }] });
    const refused = await node.as('alice').ask(aRequest().lasting('PT2H').from('2030-06-04T10:00:00Z/PT4H'));
    expect(refused.result).toBe('NO');
    expect(refused.meta.messages.map((one: Json) => one.message as string).join('\n')).toMatch(/the first start that would work is 2030-06-04T23:00:00Z[^]*nothing runs from 2030-06-02T23:00:00Z to 2030-06-04T23:00:00Z: new switches; a run that long may start at 2030-06-04T23:00:00Z/);
    expect(starts(await node.as('alice').ask(aRequest().lasting('PT2H').from('2030-06-04T20:00:00Z/PT4H')))[0]).toBe('2030-06-04T23:00:00Z');
  });
});
