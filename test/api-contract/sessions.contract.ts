import { expect, it } from 'vitest';
import { formatInstant, kinds } from '#model';
import type { Json } from '../support/node.js';
import { aRequest } from '../support/requests.js';
import type { RequestBuilder } from '../support/requests.js';
import type { Answer, Caller, Stage } from './served.js';

/** Carrying it out may have begun before anybody looks. */
const taken = ['ACCEPTED', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING', 'COMPLETED'];
const phasesOf = (set: Json): string[] => set.offers.map((one: Json) => one.phase);
const options = (session: Json): unknown => session.meta.options?.find((one: Json) => one.path === 'phase' && one.kind === 'uri:enum-value-option')?.values ?? [];
const wordOf = (answer: Answer): string => String(answer.body.type).split(':').at(-1) ?? '';

/** GET and POST /sessions/{uuid}, from offer to end. Time moves on within these tests, so that what they ask for counts from when they ask. */
export function sessionContract(stage: Stage): void {
  const soon = (): RequestBuilder => aRequest().from(`${formatInstant(stage.served.now())}/PT2H`);
  const offers = async (caller: Caller, wish = soon()): Promise<Json> => caller.ask(wish);
  const accepted = async (caller: Caller, wish = aRequest()): Promise<Json> => {
    const answer = await caller.toPhase((await offers(caller, wish)).offers[0], 'ACCEPTED');
    expect(answer.status).toBe(200);
    return answer.body;
  };

  it.each(['phase', '/phase', 'state'])('accepts by an update of %s, rejects the siblings, and goes on showing the set', async (path) => {
    const alice = stage.as('alice');
    const set = await offers(alice);
    const chosen = set.offers[1];
    const answer = await alice.post(`/sessions/${chosen.meta.uuid}`, { kind: 'uri:enum-value-update', path, value: 'ACCEPTED' });
    expect([answer.status, answer.body.phase, answer.body.meta.uuid, options(answer.body)]).toEqual([200, 'ACCEPTED', chosen.meta.uuid, ['CANCELLED']]);
    await stage.served.settled();
    const now = (await alice.get(`/offersets/${set.meta.uuid}`)).body;
    expect(phasesOf(now).filter((_, index) => index !== 1)).toEqual(set.offers.slice(1).map(() => 'REJECTED'));
    expect(taken).toContain(phasesOf(now)[1]);
    expect(options(await alice.session(set.offers[0]))).toEqual([]);
  });

  it('keeps what was promised: the session starts when its offer said, and lasts as long', async () => {
    const alice = stage.as('alice');
    const set = await offers(alice);
    const { body } = await alice.toPhase(set.offers[1], 'ACCEPTED');
    expect(body.schedule.available).toEqual(set.offers[1].schedule.available);
  });

  it('rejects, and then knows no way back', async () => {
    const alice = stage.as('alice');
    const [offer] = (await offers(alice)).offers;
    const rejected = await alice.toPhase(offer, 'REJECTED');
    expect([rejected.status, rejected.body.phase]).toEqual([200, 'REJECTED']);
    expect((await alice.toPhase(offer, 'ACCEPTED')).status).toBe(409);
  });

  it('refuses a second acceptance with 409, a reason, and the session as it is', async () => {
    const alice = stage.as('alice');
    const session = await accepted(alice);
    const again = await alice.toPhase(session, 'ACCEPTED');
    expect([again.status, again.headers['content-type'], wordOf(again)]).toEqual([409, 'application/problem+json; charset=utf-8', 'conflict']);
    expect(again.body.session.meta.uuid).toBe(session.meta.uuid);
    expect(taken).toContain(again.body.session.phase);
    expect(again.body.reasons.length).toBeGreaterThan(0);
  });

  it('lets one of two acceptances of a set win', async () => {
    const alice = stage.as('alice');
    const set = await offers(alice);
    const answers = await Promise.all([alice.toPhase(set.offers[0], 'ACCEPTED'), alice.toPhase(set.offers[1], 'ACCEPTED')]);
    expect(answers.map((one) => one.status).sort()).toEqual([200, 409]);
  });

  it.each<[string, unknown, number]>([
    ['no value', { kind: 'uri:enum-value-update', path: 'phase' }, 400], ['no path', { kind: 'uri:enum-value-update', value: 'ACCEPTED' }, 400],
    ['an unknown kind', { kind: 'uri:nothing', path: 'phase', value: 'ACCEPTED' }, 400], ['a number that is none', { kind: 'uri:integer-delta-update', path: 'duration', delta: 'ten' }, 400],
    ['a phase that only the broker sets', { kind: 'uri:enum-value-update', path: 'phase', value: 'RUNNING' }, 409], ['a path that can’t be changed', { kind: 'uri:string-value-update', path: 'executable.kind', value: 'x' }, 409],
    ['a cancellation of an offer', { kind: 'uri:enum-value-update', path: 'phase', value: 'CANCELLED' }, 409],
  ])('refuses an update with %s, and changes nothing', async (_what, update, status) => {
    const alice = stage.as('alice');
    const [offer] = (await offers(alice)).offers;
    const answer = await alice.post(`/sessions/${offer.meta.uuid}`, update);
    expect([answer.status, answer.body.status]).toEqual([status, status]);
    expect((await alice.session(offer)).phase).toBe('OFFERED');
  });

  it('knows no session, no set and no way but its own', async () => {
    const alice = stage.as('alice');
    const unknown = '99999999-0000-4000-8000-0000000000';
    for (const path of [`/sessions/${unknown}01`, `/sessions/${unknown}01/events`, `/sessions/${unknown}01/logs`, `/offersets/${unknown}00`, `/offersets/${unknown}00/explanation`]) {
      expect([path, (await alice.get(path)).status]).toEqual([path, 404]);
    }
    expect((await alice.post(`/sessions/${unknown}01`, { kind: 'uri:enum-value-update', path: 'phase', value: 'ACCEPTED' })).status).toBe(404);
    for (const path of ['/sessions/42', '/offersets/x', '/sessions/42/events']) expect([path, (await alice.get(path)).status]).toEqual([path, 400]);
  });

  it('shows nothing of alice’s to bob, and asks strangers who they are', async () => {
    const session = await accepted(stage.as('alice'));
    const set = (await offers(stage.as('alice')));
    expect((await stage.as('bob').toPhase(session, 'CANCELLED')).status).toBe(403);
    // Streams end with the session.
    await stage.as('alice').toPhase(session, 'CANCELLED');
    const paths = [`/sessions/${session.meta.uuid}`, `/sessions/${session.meta.uuid}/events`, `/sessions/${session.meta.uuid}/logs`, `/offersets/${set.meta.uuid}`, `/offersets/${set.meta.uuid}/explanation`];
    for (const path of paths) expect([path, (await stage.as('bob').get(path)).status, (await stage.as('').get(path)).status, (await stage.as('admin').get(path)).status]).toEqual([path, 403, 401, 200]);
    const nobody = await stage.as('').post('/requests', soon().build());
    expect([nobody.status, String(nobody.headers['www-authenticate'])]).toEqual([401, expect.stringMatching(/^Basic realm="/)]);
    expect((await stage.as('bob').get('/sessions')).text).not.toContain(session.meta.uuid);
  });

  it('lists accepted sessions of the caller: newest first, by phase, in pages', async () => {
    const bob = stage.as('bob');
    const made: string[] = [];
    for (let time = 0; time < 3; time += 1) {
      made.unshift((await accepted(bob)).meta.uuid);
      await stage.served.advance('PT1S');
    }
    await offers(bob);
    const list = async (query: string): Promise<string[]> => (await bob.get(`/sessions${query}`)).body.sessions.map((one: Json) => one.meta.uuid);
    expect(await list('')).toEqual(made);
    expect(await list('?limit=2')).toEqual(made.slice(0, 2));
    expect(await list(`?limit=2&before=${made[1]}`)).toEqual(made.slice(2));
    expect(await list('?phase=CANCELLED')).toEqual([]);
    await bob.toPhase({ meta: { uuid: made[0] } }, 'CANCELLED');
    expect(await list('?phase=CANCELLED')).toEqual([made[0]]);
    for (const query of ['?limit=0', '?limit=x', '?phase=ASLEEP', '?before=42', '?limit=1&limit=2']) expect([query, (await bob.get(`/sessions${query}`)).status]).toEqual([query, 400]);
  });

  it('says CANCELLED at once to who cancels, before and while it runs, and once only', async () => {
    const alice = stage.as('alice');
    for (const wait of ['PT0S', 'PT10M']) {
      const session = await accepted(alice, aRequest().script({ run: 'forever' }));
      await stage.served.advance(wait);
      const cancelled = await alice.toPhase(session, 'CANCELLED');
      expect([cancelled.status, cancelled.body.phase, options(cancelled.body)]).toEqual([200, 'CANCELLED', []]);
      expect((await alice.toPhase(session, 'CANCELLED')).status).toBe(409);
    }
  });

  it('runs what was accepted, offers changes meanwhile, and shows its end', async () => {
    const alice = stage.as('alice');
    const session = await accepted(alice, aRequest().with({ executable: { kind: kinds.jupyterNotebook, location: 'https://notebooks.test/one.ipynb' } }));
    await stage.served.advance('PT10M');
    const running = await alice.session(session);
    expect([running.phase, options(running)]).toEqual(['RUNNING', ['CANCELLED']]);
    expect(running.connectors.length).toBe(1);
    const longer = running.meta.options.find((one: Json) => one.path === 'duration' && one.kind === 'uri:integer-delta-option');
    expect(longer.max).toBeGreaterThan(0);
    const extended = await alice.post(`/sessions/${session.meta.uuid}`, { kind: 'uri:integer-delta-update', path: 'duration', delta: 10, units: 'minutes' });
    expect([extended.status, extended.body.schedule?.available.duration]).toEqual([200, 'PT1H10M']);
    await stage.served.advance('PT2H');
    const ended = await alice.session(session);
    expect([ended.phase, options(ended)]).toEqual(['COMPLETED', []]);
    expect(ended.meta.messages.some((one: Json) => one.kind === 'urn:execution-broker:message:outcome')).toBe(true);
  });

  it('lets offers expire by themselves', async () => {
    const alice = stage.as('alice');
    const [offer] = (await offers(alice, aRequest())).offers;
    await stage.served.advance('PT6M');
    const seen = await alice.session(offer);
    expect([seen.phase, options(seen)]).toEqual(['EXPIRED', []]);
    const late = await alice.toPhase(offer, 'ACCEPTED');
    expect([late.status, late.body.session.phase]).toEqual([409, 'EXPIRED']);
  });
}
