/** What the owners of a pool have, lend and get back, in numbers: the example of docs/policies.md (UC-50), on Monday at 08:00. */
import { afterEach, describe, expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const members = { guest: ['srcnet'], second: ['srcnet'], local: ['site'], both: ['srcnet', 'site'], ann: ['site', 'students'], ben: ['site', 'students'] };
const srcnet = { name: 'srcnet', amounts: { cores: 500 }, who: [{ groups: ['srcnet'] }] };
const local = { name: 'local', amounts: { cores: 500 }, who: [{ groups: ['site'] }] };
const lend = { to: ['srcnet'], keep: { cores: 100 }, longest: 'PT4H', ahead: 'PT24H' };

let node: TestNode | undefined;
afterEach(async () => {
  await node?.stop();
  node = undefined;
});

async function start(...pledges: readonly Json[]): Promise<TestNode> {
  node = await startNode({ cores: 1000, memory: 1000, mostOffers: 1, members, pools: [{ divide: 'stage/main', pledges }] });
  return node;
}

type Wish = readonly [cores: number, start: string, duration: string];
const on = (time: string): string => `2030-06-${time}:00Z`;
const wishOf = ([cores, at, duration]: Wish): ReturnType<typeof aRequest> => aRequest().cores(cores).from(at.includes('/') ? at : `${at}/PT0S`).lasting(duration).script({ run: duration });
const client = (who: string) => (node as TestNode).as(who);
const sharesOf = (offer: Json): Json => offer.meta.messages.find((one: Json) => one.kind.endsWith(':pool-shares'))?.values;
const startOf = (set: Json): string => set.offers[0].schedule.available.start.split('/')[0] as string;

/** Asks, and keeps nothing of it. */
async function answerTo(who: string, ...wish: Wish): Promise<string> {
  const { result, offers } = await client(who).ask(wishOf(wish));
  for (const offer of offers) await client(who).update(offer, 'REJECTED');
  return result as string;
}
/** The first is had, the second, of one core more, is not. */
async function hasExactly(who: string, ...[cores, at, duration]: Wish): Promise<void> {
  const answers = [await answerTo(who, cores, at, duration), await answerTo(who, cores + 1, at, duration)];
  expect(answers, `${who} asks for ${cores} and ${cores + 1} cores`).toEqual(['YES', 'NO']);
}
async function book(who: string, ...wish: Wish): Promise<Json> {
  const { offers: [offer] } = await client(who).ask(wishOf(wish));
  expect((await client(who).update(offer, 'ACCEPTED')).status).toBe(200);
  return offer;
}

describe('a share of 500 that lends to those of another 500 and keeps 100', () => {
  it.each<readonly [string, Wish, string]>([
    ['900 for PT4H are 500 of their own and 400 on loan', [900, on('03T10:00'), 'PT4H'], 'YES'],
    ['901 would be more than what is lent', [901, on('03T10:00'), 'PT4H'], 'NO'],
    ['501 for PT4H5M would be too long a loan', [501, on('03T10:00'), 'PT4H5M'], 'NO'],
    ['500 for PT12H need no loan', [500, on('03T10:00'), 'PT12H'], 'YES'],
    ['900 in 24 hours are lent', [900, on('04T08:00'), 'PT4H'], 'YES'],
    ['501 in 24 hours and 5 minutes are not lent yet', [501, on('04T08:05'), 'PT1H'], 'NO'],
  ])('%s', async (_what, wish, answer) => {
    await start(srcnet, { ...local, lend });
    expect(await answerTo('guest', ...wish)).toBe(answer);
  });

  it('lends 100 while its owners use 300, and all 400 again when they are done', async () => {
    await start(srcnet, { ...local, lend });
    await book('local', 300, on('03T10:00'), 'PT2H');
    await hasExactly('guest', 600, on('03T10:00'), 'PT4H');
    await hasExactly('guest', 900, on('03T12:00'), 'PT4H');
  });

  it('says what is on loan, and lends to nobody whom it does not name', async () => {
    await start(srcnet, { ...local, lend });
    const { offers: [offer] } = await client('guest').ask(wishOf([900, on('03T10:00'), 'PT4H']));
    expect(sharesOf(offer)).toEqual({ shares: '500 cores of srcnet, 400 cores of local (on loan)', 'srcnet.cores': '500', 'local.cores': '400' });
    await hasExactly('local', 100, on('03T10:00'), 'PT4H');
    await hasExactly('local', 500, on('03T14:00'), 'PT4H');
  });

  it('has the 100 that it kept at once, and all 500 when the loan ends at 14:00, of which nothing is lent then', async () => {
    await start(srcnet, { ...local, lend });
    await book('guest', 900, on('03T10:00'), 'PT4H');
    await hasExactly('local', 100, on('03T10:00'), 'PT4H');
    const back = await client('local').ask(wishOf([500, `${on('03T10:00')}/PT8H`, 'PT4H']));
    expect(startOf(back)).toBe(on('03T14:00'));
    await client('local').update(back.offers[0], 'ACCEPTED');
    await hasExactly('guest', 500, on('03T14:00'), 'PT4H');
  });

  it('has a loan back as soon as it is given back, at 10:30 instead of 14:00', async () => {
    await start(srcnet, { ...local, lend });
    const loan = await book('guest', 900, on('03T10:00'), 'PT4H');
    await node?.advance('PT2H30M');
    await hasExactly('local', 100, on('03T10:30'), 'PT1H');
    expect((await client('guest').update(loan, 'CANCELLED')).status).toBe(200);
    await node?.advance('PT5M');
    await hasExactly('local', 500, on('03T10:35'), 'PT1H');
  });

  it('lets nobody make a loan of 3 hours longer than 4', async () => {
    await start(srcnet, { ...local, lend });
    const loan = await book('guest', 900, on('03T10:00'), 'PT3H');
    const last = async (value: string): Promise<number> => (await client('guest').call('POST', `/sessions/${loan.meta.uuid as string}`, { kind: 'uri:string-value-update', path: 'duration', value })).status;
    expect([await last('PT4H5M'), await last('PT4H')]).toEqual([409, 200]);
  });

  it('with loans of 4 hours at most 6 hours ahead has everything back after 10 hours, however many loans follow each other', async () => {
    await start(srcnet, { ...local, lend: { ...lend, ahead: 'PT6H' } });
    await book('guest', 900, on('03T10:00'), 'PT4H');
    await book('second', 900, on('03T14:00'), 'PT4H');
    await hasExactly('guest', 500, on('03T18:00'), 'PT4H');
    const back = await client('local').ask(wishOf([500, `${on('03T10:00')}/PT10H`, 'PT4H']));
    expect(startOf(back)).toBe(on('03T18:00'));
  });
});

describe('caps of one share', () => {
  it('of 100 for each user count what the user has at that time, and nobody else has', async () => {
    await start({ ...srcnet, perUser: { cores: 100 } }, local);
    await hasExactly('guest', 100, on('03T10:00'), 'PT2H');
    await book('guest', 60, on('03T10:00'), 'PT2H');
    await hasExactly('guest', 40, on('03T11:00'), 'PT2H');
    await hasExactly('guest', 100, on('03T12:00'), 'PT2H');
    await hasExactly('second', 100, on('03T10:00'), 'PT2H');
  });

  it('of 200 for a group are shared by its members, and bind nobody else', async () => {
    await start(srcnet, { ...local, perGroup: { students: { cores: 200 } } });
    await book('ann', 150, on('03T10:00'), 'PT2H');
    await hasExactly('ben', 50, on('03T10:00'), 'PT2H');
    await hasExactly('ben', 200, on('03T12:00'), 'PT2H');
    await hasExactly('local', 350, on('03T10:00'), 'PT2H');
  });

  it('bind what is drawn there only: 100 of the one share and 500 of the other are 600', async () => {
    await start({ ...srcnet, perUser: { cores: 100 } }, local);
    await hasExactly('both', 600, on('03T10:00'), 'PT2H');
  });

  it('bind borrowers like owners: 500 of their own and 50 on loan', async () => {
    await start(srcnet, { ...local, lend, perUser: { cores: 50 } });
    await hasExactly('guest', 550, on('03T10:00'), 'PT2H');
  });
});

describe('fair share by the use of the last 6 hours, with 50 of 500 in reserve', () => {
  const fairShare = { period: 'PT6H', reserve: { cores: 50 } };
  async function used(...cores: readonly [guest: number, second: number]): Promise<void> {
    await start({ ...srcnet, fairShare }, local);
    for (const [index, who] of ['guest', 'second'].entries()) if (cores[index]! > 0) await book(who, cores[index]!, on('03T08:00'), 'PT1H');
    await node?.advance('PT1H5M');
  }

  it.each<readonly [string, readonly [number, number], readonly [number, number, number]]>([
    ['300 and 100 core hours: the mean is 200, so the first leaves 50 free', [300, 100], [450, 500, 500]],
    ['100 and 300 core hours: it is the second who does', [100, 300], [500, 450, 500]],
    ['200 and 200 core hours: nobody used more than the mean', [200, 200], [500, 500, 500]],
    ['300 and none: who used nothing does not count into the mean', [300, 0], [500, 500, 500]],
  ])('%s', async (_what, before, now) => {
    await used(...before);
    for (const [index, who] of ['guest', 'second', 'both'].entries()) await hasExactly(who, now[index]! + (who === 'both' ? 500 : 0), on('03T10:00'), 'PT1H');
  });

  it('who used less still gets what who used more is refused', async () => {
    await used(300, 100);
    await book('second', 440, on('03T10:00'), 'PT1H');
    await hasExactly('guest', 10, on('03T10:00'), 'PT1H');
    await hasExactly('second', 60, on('03T10:00'), 'PT1H');
  });

  it('what was used is still known after a restart', async () => {
    await used(300, 100);
    await node?.advance('PT3H');
    await node?.restart();
    await hasExactly('guest', 450, on('03T13:00'), 'PT1H');
    await hasExactly('second', 500, on('03T13:00'), 'PT1H');
  });

  it('what was used is forgotten when the period is over', async () => {
    await used(300, 100);
    await node?.advance('PT6H');
    await hasExactly('guest', 500, on('03T16:00'), 'PT1H');
  });
});

describe('one offer of two shares', () => {
  const drawn = (offer: Json): unknown => node?.running.node.ledger.bookingOf(offer.meta.uuid)?.claims.flatMap(({ pool, amount, interval }) => (pool.startsWith('pledge:') ? [[pool, amount, interval.end - interval.start]] : []));

  it('of 700 is one booking of 500 and 200 for the same time; cancelled, both shares have 500 again', async () => {
    await start(srcnet, local);
    const offer = await book('both', 700, on('03T10:00'), 'PT2H');
    expect(drawn(offer)).toEqual([['pledge:srcnet@stage/main', { cores: 500 }, 7_200_000], ['pledge:local@stage/main', { cores: 200 }, 7_200_000]]);
    expect(await answerTo('guest', 1, on('03T10:00'), 'PT2H')).toBe('NO');
    await hasExactly('local', 300, on('03T10:00'), 'PT2H');
    await client('both').update(offer, 'CANCELLED');
    await node?.advance('PT5M');
    await hasExactly('guest', 500, on('03T10:00'), 'PT2H');
    await hasExactly('local', 500, on('03T10:00'), 'PT2H');
  });

  it('of which one share has too little is a NO that holds nothing of the other', async () => {
    await start(srcnet, local);
    await book('local', 400, on('03T10:00'), 'PT2H');
    expect(await answerTo('both', 601, on('03T10:00'), 'PT2H')).toBe('NO');
    await hasExactly('guest', 500, on('03T10:00'), 'PT2H');
    await hasExactly('both', 600, on('03T10:00'), 'PT2H');
  });

  it('takes each resource by itself: 600 cores are 500 and 100, 150 GiB are 100 and 50', async () => {
    await start({ ...srcnet, amounts: { cores: 500, memory: 100 } }, { ...local, amounts: { cores: 500, memory: 900 } });
    const { offers: [offer] } = await client('both').ask(wishOf([600, on('03T10:00'), 'PT2H']).memory(150));
    expect(sharesOf(offer)).toMatchObject({ 'srcnet.cores': '500', 'local.cores': '100', 'srcnet.memory': '100', 'local.memory': '50' });
  });

  it('is had by one of ten who want all 1000 at the same time, and the others hold nothing', async () => {
    await start(srcnet, local);
    const sets = await Promise.all(Array.from({ length: 10 }, () => client('both').ask(wishOf([1000, on('03T10:00'), 'PT2H']))));
    const [winner, ...more] = sets.filter(({ result }) => result === 'YES');
    expect(more).toEqual([]);
    await client('both').update(winner.offers[0], 'REJECTED');
    await hasExactly('both', 1000, on('03T10:00'), 'PT2H');
  });
});
