/** Whatever a member says: its faults stay its own, and what a client is shown is what the OpenAPI document promises. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, json } from '#client/testing';
import type { Reply } from '#client/testing';
import { documentedFault } from '../api-contract/documented.js';
import { TestAggregator } from '../support/federation.js';
import { kinds } from '../support/node.js';
import type { Answer, Json } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const soon = aRequest().from('2030-06-03T08:00:00Z/PT2H');
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
/** What has no text: asking it for one is an error. */
const unspeakable = { toString: 1, valueOf: 1 };
const otherUuid = '00000000-0000-4000-8000-0000000000aa';
const offer = (more: Json = {}): Json => aWireSession('OFFERED', more);
const meta = (more: Json): Json => ({ meta: { ...offer().meta, ...more } });
const say = (document: unknown, status = 200): Reply => (_seen, response) => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document).replaceAll('"@deep"', deep)); };
const wordsOf = (set: Json): string => JSON.stringify(set.meta.messages ?? []);

let good: FakeBroker;
let bad: FakeBroker;
let ag: TestAggregator;

beforeAll(async () => {
  [good, bad] = [await new FakeBroker().start(), await new FakeBroker().start()];
  ag = await TestAggregator.start({ members: [{ name: 'good', url: good.url }, { name: 'bad', url: bad.url }] });
  good.on('POST /requests', json(200, aWireOfferSet([aWireSession('OFFERED', { meta: { ...aWireSession().meta, uuid: otherUuid } })])));
});
afterAll(async () => {
  await ag.stop();
  await Promise.all([good.stop(), bad.stop()]);
});

async function ask(request: typeof soon): Promise<Answer> {
  const sent = { accept: 'application/json', 'content-type': 'application/json', prefer: 'return=representation' };
  const { body, ...answer } = await ag.as('alice').send('POST', '/requests', sent, JSON.stringify(request.build()));
  return { ...answer, body: JSON.parse(body) };
}

/** What the aggregator shows when one of two members says this; always as documented. */
async function asked(reply: Reply, request = soon): Promise<Json> {
  bad.on('POST /requests', reply);
  const { status, body, headers } = await ask(request);
  const fault = documentedFault({ method: 'POST', path: '/requests', status, type: String(headers['content-type']), body });
  // Words that a member made up, say of a kind, are passed on: clients can read them.
  expect(fault !== undefined && !/"keyword":"(?:format|enum|pattern)"/.test(fault) ? fault : undefined).toBeUndefined();
  expect(status).toBe(200);
  return body;
}

describe('an offer that no client could use', () => {
  it.each<readonly [string, Json, string]>([
    ['is nested without end', offer({ executable: { kind: kinds.scripted, script: '@deep' } }), 'nested too deeply'],
    ['has a message that is nested without end', offer(meta({ messages: [{ kind: 'urn:x', message: 'm', values: { a: '@deep' } }] })), 'nested too deeply'],
    ['has a name of three million characters', offer(meta({ name: 'n'.repeat(3_000_000) })), 'too large'],
    ['has sizes that are texts', offer({ compute: { kind: kinds.simpleCompute, cores: { min: 'two' }, memory: 7 } }), 'its size cannot be read'],
    ['has a size below nothing', offer({ compute: { kind: kinds.simpleCompute, cores: { min: 2, max: -2 }, memory: { min: 2 } } }), 'its size cannot be read'],
    ['has a size that no number can count', offer({ compute: { kind: kinds.simpleCompute, cores: { min: 1e300 }, memory: { min: 2 } } }), 'its size cannot be read'],
    ['has more at least than at most', offer({ compute: { kind: kinds.simpleCompute, cores: { min: 8, max: 2 }, memory: { min: 2 } } }), 'its size cannot be read'],
    ['starts in the year 10000', offer({ schedule: { available: { start: '+010000-01-01T00:00:00Z/PT0S', duration: 'PT1H' } } }), 'cannot be read'],
    ['lasts for a million years', offer({ schedule: { available: { start: '2030-06-03T09:00:00Z/PT0S', duration: 'P1000000Y' } } }), 'cannot be read'],
    ['is for something else', offer({ executable: { kind: kinds.jupyterNotebook, location: 'https://elsewhere.test/n.ipynb' } }), 'something else than was asked'],
    ['has a command that is a number', offer({ executable: { kind: kinds.scripted, script: 5 } }), 'should be'],
    ['has costs that are texts', offer({ costs: [{ kind: kinds.floatCost, type: 'urn:x:monetary', max: 'much' }] }), 'costs[0].max'],
  ])('%s: it is left out, and said so', async (_what, document, words) => {
    const set = await asked(say({ ...aWireOfferSet(), offers: [document] }));
    expect(set.offers).toHaveLength(1);
    expect(wordsOf(set)).toContain('bad: an offer was left out');
    expect(wordsOf(set)).toContain(words === 'should be' ? 'script' : words);
  });

  it.each<readonly [string, Json]>([
    ['an option without a text', offer(meta({ options: [{ kind: 'uri:enum-value-option', path: 'phase', values: [unspeakable] }] }))],
    ['a message whose level has no text', offer(meta({ messages: [{ kind: 'urn:x', level: unspeakable, message: 'm' }] }))],
    ['no end', offer({ expires: null })],
    ['no executable', offer({ executable: null })],
    ['components without identifiers', offer({ storage: [{ kind: kinds.simpleStorage }], data: [null, 5] })],
  ])('is shown all the same where it has %s', async (_what, document) => {
    const set = await asked(say({ ...aWireOfferSet(), offers: [document] }));
    expect(set.offers).toHaveLength(2);
    expect(set.offers.map((one: Json) => one.executable.kind)).toEqual([kinds.scripted, kinds.scripted]);
  });

  it('is held to the bounds of the request, also by who ignores them', async () => {
    const bounded = soon.with({ costs: [{ kind: kinds.floatCost, type: 'urn:ivoa:calycopis:cost:monetary', max: 1 }] });
    const quoting = (...costs: readonly Json[]): Json => offer({ costs });
    const money = { kind: kinds.floatCost, type: 'urn:x:monetary' };
    expect((await asked(say(aWireOfferSet([quoting({ ...money, min: 0.1, max: 3 })])), bounded)).offers).toHaveLength(1);
    expect(wordsOf(await asked(say(aWireOfferSet([quoting({ ...money, min: 2, max: 3 })])), bounded))).toContain('outside the wanted bounds');
    expect(wordsOf(await asked(say(aWireOfferSet([quoting()])), bounded))).toContain('which is bounded');
  });

  it('has as much storage as was asked, where it tells', async () => {
    const storing = soon.with({ storage: [{ kind: kinds.simpleStorage, meta: { name: 'work' }, size: { min: 10 } }] });
    const having = (size?: Json): Json => offer({ storage: [{ kind: kinds.simpleStorage, meta: { uuid: otherUuid, name: 'work' }, ...(size ? { size } : {}) }] });
    expect(wordsOf(await asked(say(aWireOfferSet([having({ min: 5 })])), storing))).toContain('less storage');
    expect(wordsOf(await asked(say(aWireOfferSet([having({ min: 10 })])), storing))).not.toContain('less storage');
    expect(wordsOf(await asked(say(aWireOfferSet([having()])), storing))).not.toContain('less storage');
  });
});

describe('a flood', () => {
  const numbered = (index: number, more: Json = {}): Json => ({ ...offer(more), meta: { ...offer().meta, uuid: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}` } });

  it('of offers that have expired is counted, not listed', async () => {
    const set = await asked(say({ ...aWireOfferSet(), offers: Array.from({ length: 3_000 }, (_, index) => numbered(index, { expires: '2030-06-03T07:00:00Z' })) }));
    expect(set.meta.messages).toHaveLength(11);
    expect(wordsOf(set)).toContain('bad: 2990 more offers were left out');
    await ag.settled();
  });

  it('of words is cut off', async () => {
    const set = await asked(say({ ...aWireOfferSet([]), meta: { ...aWireOfferSet().meta, messages: [{ kind: 'urn:x', message: 'x'.repeat(3_000_000) }] } }));
    expect(wordsOf(set).length).toBeLessThan(20_000);
  });
});

describe('whatever stands where in the answer of a member', () => {
  const odd = fc.constantFrom<unknown>(null, true, -1, 0.5, 1e308, '', 'x', '\0\ud800', [], {}, [null], [[]], { a: 1 }, unspeakable, '9999-12-31T23:59:59Z', 'P9999999Y', '@deep', { min: 'a' }, { __proto__: null, uuid: 5 });
  const whole = aWireOfferSet([offer({
    storage: [{ kind: kinds.simpleStorage, meta: { uuid: otherUuid, name: 's' }, size: { min: 1 } }], data: [{ kind: kinds.simpleData, meta: {}, location: 'https://x.test/' }],
    connectors: [{ kind: 'urn:x', protocol: 'HTTP', status: 'AVAILABLE', location: 'https://x.test/' }], metrics: [{ kind: kinds.floatMetric, type: 'urn:m', min: 1 }],
    ...meta({ options: [{ kind: 'uri:enum-value-option', path: 'phase', values: ['ACCEPTED'] }, { kind: 'uri:integer-value-option', path: 'x', min: 1, max: 2, units: 'u' }], messages: [{ kind: 'urn:x', level: 'INFO', template: 't {a}', values: { a: '1' }, message: 't 1', time: '2030-06-03T08:00:00Z' }] }),
  })], [{ kind: 'urn:x', level: 'INFO', message: 'set' } as never]) as Json;

  /** Every place in a document, as the keys that lead to it. */
  const places = (value: unknown, at: readonly string[] = []): readonly (readonly string[])[] =>
    [at, ...(typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, one]) => places(one, [...at, key])) : [])];
  const exchanged = (value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown => {
    if (key === undefined) return by;
    if (Array.isArray(value)) return value.map((one, index) => (String(index) === key ? exchanged(one, rest, by) : one));
    return { ...(value as Json), [key]: exchanged((value as Json)[key], rest, by) };
  };

  it('the offers of others are shown, as documented', async () => {
    const anywhere = fc.constantFrom(...places(whole));
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(anywhere, odd), { minLength: 1, maxLength: 3 }), async (changes) => {
      await ag.clock.moveTo(ag.clock.now() + 16_000);
      good.on('POST /requests', json(200, aWireOfferSet([aWireSession('OFFERED', { expires: '2031-01-01T00:00:00Z', schedule: { available: { start: '2030-12-31T00:00:00Z/PT0S', duration: 'PT1H' } }, meta: { ...aWireSession().meta, uuid: otherUuid } })])));
      const document = changes.reduce<unknown>((made, [place, value]) => (places(made).some((one) => one.join() === place.join()) ? exchanged(made, place, value) : made), whole);
      const set = await asked(say(document), aRequest());
      expect(set.offers.length).toBeGreaterThan(0);
    }), { numRuns: 100 });
  }, 120_000);
});

describe('what a member says of a session later', () => {
  const route = `/sessions/${aSessionUuid}`;

  it.each<readonly [string, unknown]>([
    ['nested without end', { ...aWireSession('RUNNING'), executable: '@deep' }], ['types that are not', { ...aWireSession('RUNNING'), compute: { cores: 'x' } }],
  ])('counts by its phase where it has %s', async (_what, document) => {
    bad.on('POST /requests', json(200, aWireOfferSet([offer({ expires: '2031-01-01T00:00:00Z', schedule: { available: { start: '2030-12-30T00:00:00Z/PT0S', duration: 'PT1H' } } })])));
    await ag.clock.moveTo(ag.clock.now() + 16_000);
    const { body: set } = await ask(aRequest());
    bad.on(`POST ${route}`, json(200, aWireSession('ACCEPTED'))).on(`GET ${route}`, say(document));
    const mine = set.offers.find((one: Json) => one.schedule.available.start.startsWith('2030-12-30'));
    expect((await ag.as('alice').update(mine, 'ACCEPTED')).status).toBe(200);
    const { status, body, headers } = await ag.as('alice').session(mine);
    expect([status, body.phase]).toEqual([200, 'RUNNING']);
    expect(documentedFault({ method: 'GET', path: `/sessions/${mine.meta.uuid}`, status, type: String(headers['content-type']), body })).toBeUndefined();
    bad.on(`POST ${route}`, say({ status: 409, detail: 'no', reasons: '@deep' }, 409));
    expect((await ag.as('alice').update(mine, 'CANCELLED')).status).toBe(409);
  });
});

describe('the calendar of a member', () => {
  const report = (more: Json = {}): Json => ({ window: { start: '2031-06-03T08:00:00Z', end: '2031-06-03T10:00:00Z' }, step: 'PT1H', pools: [{ pool: 'p', total: { cores: 8 }, free: [{ cores: 8 }, { cores: 4 }] }], ...more });
  const asked = '/capacity?from=2031-06-03T08:00:00Z&to=2031-06-03T10:00:00Z';

  it.each<readonly [string, unknown]>([
    ['is of another year', report({ window: { start: '2040-01-01T00:00:00Z', end: '2040-01-01T02:00:00Z' } })], ['is in steps of a century', report({ step: 'P36500D', pools: [] })],
    ['begins too late', report({ window: { start: '2031-06-03T09:30:00Z', end: '2031-06-03T11:30:00Z' } })], ['is nested without end', report({ pools: '@deep' })], ['is a list', []],
    ['has no numbers', report({ pools: [{ pool: unspeakable, total: 'x', free: [null, 5] }] })], ['has less than nothing', report({ pools: [{ pool: 'p', total: { cores: -8 }, free: [{ cores: -8 }, { cores: 1e308 }] }] })],
  ])('that %s takes nothing away from those of others', async (_what, document) => {
    good.on('GET /capacity', json(200, report()));
    bad.on('GET /capacity', say(document));
    const { status, body } = await ag.as('alice').get(asked);
    expect(documentedFault({ method: 'GET', path: '/capacity', status, type: 'application/json', body })).toBeUndefined();
    expect([status, body.step, body.pools.find((one: Json) => one.pool === 'good/p').free]).toEqual([200, 'PT1H', [{ cores: 8 }, { cores: 4 }]]);
  });
});
