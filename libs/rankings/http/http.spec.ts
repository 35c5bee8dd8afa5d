import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { guardRanking } from '#plugin-sdk';
import type { OfferScores } from '#plugin-sdk';
import { anOfferToRank, aRankingAsk, rankingContract, rememberingLog } from '#plugin-sdk/testing';
import type { LogEntry } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { httpRanking } from './index.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
const config = { url: 'http://127.0.0.1:8181/v1/data/broker/ranking/scores', token: 'secret' };
type Fetch = typeof fetch;

interface Input { readonly offers: readonly { readonly key: string; readonly wait: number; readonly cost: number | null }[] }

/** Prefers cheap ones, as an engine would. */
const engine: Fetch = (_, init) => {
  const { input } = JSON.parse(init?.body as string) as { input: Input };
  return Promise.resolve(Response.json({ result: Object.fromEntries(input.offers.map(({ key, cost }) => [key, -(cost ?? 0)])) }));
};

rankingContract({
  name: 'http', plugin: httpRanking, clock, config, fetch: engine,
  badConfigs: [{ raw: {}, path: 'url' }, { raw: { url: 'ftp://x' }, path: 'url' }, { raw: { url: 'http://a:b@x/' }, path: 'url' }, { raw: { url: 'http://x/', within: 'PT1S' }, path: 'within' }],
});

const offers = [anOfferToRank({ key: '0', cost: 2 }), anOfferToRank({ key: '1', cost: 1, member: 'n2' })];

async function scored(fetch: Fetch, logged: LogEntry[] = []): Promise<OfferScores | undefined> {
  const log = rememberingLog(logged);
  const ranking = guardRanking(httpRanking.create(httpRanking.parseConfig(config), { clock, log, fetch }), { name: 'ranking', clock, log });
  return ranking.score(offers, aRankingAsk(), 300);
}

describe('an engine that ranks', () => {
  it('is asked in the form of OPA, with what there is to know of each offer', async () => {
    let asked: { url: unknown; init: RequestInit } | undefined;
    const scores = await scored((url, init) => { asked = { url, init: init ?? {} }; return engine(url, init); });
    expect([...scores ?? []]).toEqual([['0', -2], ['1', -1]]);
    expect(asked).toMatchObject({ url: config.url, init: { method: 'POST', redirect: 'error', headers: { authorization: 'Bearer secret' } } });
    const { input } = JSON.parse(asked?.init.body as string) as { input: unknown };
    expect(input).toMatchObject({ now: '2030-06-03T08:00:00Z', requester: { realm: 'anonymous' }, offers: [{ key: '0', member: 'n1', wait: 0, duration: 3_600, preparing: 0, cost: 2, cores: { min: 1, max: 1 } }, { key: '1', member: 'n2' }] });
  });

  it.each<[string, Fetch]>([
    ['no result', () => Promise.resolve(Response.json({}))], ['a list', () => Promise.resolve(Response.json({ result: [2, 1] }))], ['a text for a number', () => Promise.resolve(Response.json({ result: { 0: '2', 1: 1 } }))],
    ['an offer too few', () => Promise.resolve(Response.json({ result: { 0: 2 } }))], ['an offer too many', () => Promise.resolve(Response.json({ result: { 0: 2, 1: 1, 2: 3 } }))],
    ['status 500', () => Promise.resolve(new Response('down', { status: 500 }))], ['no JSON', () => Promise.resolve(new Response('<html>'))], ['no answer', () => Promise.reject(new TypeError('not reached'))],
  ])('and gives %s leaves the usual order, with one warning', async (_what, fetch) => {
    const logged: LogEntry[] = [];
    expect(await scored(fetch, logged)).toBeUndefined();
    expect(logged.map(({ level }) => level)).toEqual(['warn']);
  });

  it('and hangs is not waited for longer than the limit', async () => {
    const logged: LogEntry[] = [];
    const late = scored((_, init) => new Promise((_resolve, reject) => { init?.signal?.addEventListener('abort', () => { reject(init.signal?.reason as Error); }); }), logged);
    await clock.advance(300);
    expect(await late).toBeUndefined();
    expect(logged.map(({ level }) => level)).toEqual(['warn']);
  });

  it('and says anything at all gives scores of all offers or none', async () => {
    await fc.assert(fc.asyncProperty(fc.jsonValue(), async (result) => {
      const scores = await scored(() => Promise.resolve(Response.json({ result })));
      expect(scores?.size ?? offers.length).toBe(offers.length);
    }));
  });
});
