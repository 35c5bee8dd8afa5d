import { expect, it } from 'vitest';
import { kinds } from '#model';
import type { Json } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import type { Stage } from './served.js';

const uuidAtEnd = /\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;
const soon = aRequest().from('2030-06-03T08:00:00Z/PT2H');

/** What may be chosen is told with each offer when it is read; the answer to the request may know less of it. */
function withoutOptions(set: Json): Json {
  return { ...set, offers: set.offers.map((one: Json) => ({ ...one, meta: { ...one.meta, options: [] } })) };
}

/** POST /requests and /direct. */
export function askingContract(stage: Stage): void {
  it('answers a request with 303, the set in its body, and its URL, whose last segment is the UUID', async () => {
    const made = await stage.as('alice').post('/requests', soon.build());
    expect([made.status, made.body.result, made.body.kind]).toEqual([303, 'YES', kinds.offerSet]);
    const location = String(made.headers['location']);
    expect(uuidAtEnd.exec(location)?.[1]).toBe(made.body.meta.uuid);
    expect([location.startsWith(`${stage.served.url}/offersets/`), made.body.meta.url]).toEqual([true, location]);
    expect(withoutOptions((await stage.as('alice').get(new URL(location).pathname)).body)).toEqual(withoutOptions(made.body));
  });

  it('answers 200 where the client prefers a representation', async () => {
    const made = await stage.as('alice').post('/requests', soon.build(), { prefer: 'return=representation' });
    expect([made.status, made.headers['preference-applied']]).toEqual([200, 'return=representation']);
  });

  it('makes whole offers: identifiers and URLs of its own, times, sizes, costs, metrics, an expiry and what may be chosen', async () => {
    const set = await stage.as('alice').ask(soon.cores(2, 4).with({ name: 'cube' }));
    expect(set.meta.name).toBe('cube');
    expect(new Set(set.offers.map((one: Json) => one.meta.uuid)).size).toBe(set.offers.length);
    for (const offer of set.offers as Json[]) {
      expect(offer).toMatchObject({ kind: kinds.scheduledSession, phase: 'OFFERED', meta: { url: `${stage.served.url}/sessions/${offer.meta.uuid}` } });
      expect(Date.parse(offer.expires)).toBeGreaterThan(Date.parse('2030-06-03T08:04:00Z'));
      expect(offer.schedule.available).toMatchObject({ start: expect.stringMatching(/^2030-06-03T\d\d:\d\d:\d\dZ\/PT/), duration: 'PT1H' });
      expect(offer.compute.cores.min).toBeGreaterThanOrEqual(2);
      expect(offer.meta.options).toContainEqual({ kind: 'uri:enum-value-option', path: 'phase', values: ['ACCEPTED', 'REJECTED'] });
      for (const part of [offer, offer.compute]) {
        expect(part.costs.some((one: Json) => one.type.includes('monetary'))).toBe(true);
        expect(part.metrics.some((one: Json) => one.type.includes('compute-performance'))).toBe(true);
      }
    }
  });

  it('gives names of components back and links them by identifiers of its own', async () => {
    const storage = [{ kind: kinds.simpleStorage, meta: { name: 'scratch' }, size: { min: 10 } }];
    const compute = { kind: kinds.simpleCompute, meta: { name: 'box' }, cores: { min: 1 }, memory: { min: 1 }, volumes: [{ kind: kinds.simpleVolume, path: '/data', mode: 'READWRITE', resource: 'scratch' }] };
    const [offer] = (await stage.as('alice').ask(soon.with({ storage, compute }))).offers;
    expect([offer.storage[0].meta.name, offer.compute.meta.name]).toEqual(['scratch', 'box']);
    expect(offer.compute.volumes[0]).toMatchObject({ path: '/data', mode: 'READWRITE', resource: offer.storage[0].meta.uuid });
  });

  it('offers the earliest first, and a start inside one of the windows that were asked for', async () => {
    const set = await stage.as('alice').ask(aRequest().from(['2030-06-04T09:00:00Z/PT1H', '2030-06-05T09:00:00Z/PT1H']));
    const starts = set.offers.map((one: Json) => one.schedule.available.start.slice(0, 13));
    expect(starts).toEqual([...starts].sort());
    expect(starts.filter((start: string) => !['2030-06-04T09', '2030-06-04T10', '2030-06-05T09', '2030-06-05T10'].includes(start))).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['an unknown executable', { executable: { kind: 'urn:nobody-knows' } }, 'executable.kind'], ['nothing to run', {}, 'executable'],
    ['an unknown resource', { ...soon.build(), data: [{ kind: 'urn:nobody-knows', location: 'x' }] }, 'data[0]'],
    ['a window that is no interval', soon.from('tomorrow').build(), 'schedule.requested.start'],
    ['more than there is', soon.cores(9999).build(), ''],
  ])('says NO, with a reason, to %s', async (_what, body, path) => {
    const { status, body: set } = await stage.as('alice').post('/requests', body);
    expect([status, set.result, set.offers ?? []]).toEqual([303, 'NO', []]);
    expect(set.meta.messages.length).toBeGreaterThan(0);
    expect(set.meta.messages.some((one: Json) => one.message !== '' && String(one.values.path ?? '').startsWith(path))).toBe(true);
    expect((await stage.as('alice').get(`/offersets/${set.meta.uuid}`)).body.result).toBe('NO');
  });

  it.each<[string, unknown, number, string]>([
    ['a wrong JSON type', { executable: { kind: kinds.scripted }, compute: { cores: { min: 'four' } } }, 400, 'compute.cores.min'],
    ['what is no JSON', '{"executable":', 400, ''], ['a list', [], 400, ''], ['an empty body', '', 400, ''], ['more than a mebibyte', `{"x":"${'x'.repeat(1_100_000)}"}`, 413, ''],
  ])('refuses %s with a problem document', async (_what, body, status, path) => {
    const answer = await stage.as('alice').post('/requests', body);
    expect([answer.status, answer.headers['content-type'], answer.body.status]).toEqual([status, 'application/problem+json; charset=utf-8', status]);
    expect(answer.body.faults.map((one: Json) => one.path)).toContainEqual(path === '' ? expect.any(String) : path);
  });

  it('runs at once what is sent to /direct, and shows what failed where it can’t', async () => {
    const made = await stage.as('alice').post('/direct', aRequest().build());
    expect([made.status, made.body.phase]).toEqual([303, 'ACCEPTED']);
    expect(String(made.headers['location'])).toBe(`${stage.served.url}/sessions/${made.body.meta.uuid}`);
    const refused = await stage.as('alice').post('/direct', { executable: { kind: 'urn:nobody-knows' } });
    expect([refused.status, refused.body.phase]).toEqual([400, 'FAILED']);
    expect(refused.body.meta.messages.length).toBeGreaterThan(0);
  });

  it('says how an answer came about, to its owner and to administrators', async () => {
    for (const wish of [soon, soon.cores(9999)]) {
      const set = await stage.as('alice').ask(wish);
      const path = `/offersets/${set.meta.uuid}/explanation`;
      const { status, body } = await stage.as('alice').get(path);
      expect([status, body.result, body.steps.length > 0]).toEqual([200, set.result, true]);
      expect([(await stage.as('admin').get(path)).status, (await stage.as('bob').get(path)).status]).toEqual([200, 403]);
    }
  });
}
