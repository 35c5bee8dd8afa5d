import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { reasonText } from '#model';
import type { Verdict } from '#plugin-sdk';
import { anAsk, policyContract, rememberingLog } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { httpPolicy } from './index.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
const config = { url: 'http://127.0.0.1:8181/v1/data/broker/authz', token: 'secret' };
type Fetch = typeof fetch;
const answering = (result: unknown): Fetch => () => Promise.resolve(Response.json(result));

async function verdictOf(fetch: Fetch): Promise<Verdict> {
  return await httpPolicy.create(httpPolicy.parseConfig(config), { clock, log: rememberingLog([]), fetch }).judge?.(anAsk({ pool: 'srcnet' })) ?? { kind: 'allow' };
}

/** Allows one core, as an engine would. */
const engine: Fetch = (_, init) => {
  const { input } = JSON.parse(init?.body as string) as { input: { max: { cores: number } } };
  return Promise.resolve(Response.json({ result: { allow: true, deny: input.max.cores > 2 ? ['at most 2 cores'] : [], limits: { cores: 1 } } }));
};

policyContract({
  name: 'http', plugin: httpPolicy, clock, config, fetch: engine,
  badConfigs: [{ raw: {}, path: 'url' }, { raw: { url: 'ftp://x' }, path: 'url' }, { raw: { url: 'http://a:b@x/' }, path: 'url' }, { raw: { url: 'http://x/', within: 'PT5S' }, path: 'within' }],
  asks: [
    { title: 'what the engine limits is limited', ask: anAsk(), verdict: 'limit' },
    { title: 'what the engine denies is denied', ask: anAsk({ need: { min: {}, max: { cores: 3 } } }), verdict: 'deny' },
  ],
});

describe('an engine', () => {
  it('is asked in the form of OPA, with everything that it needs to know', async () => {
    let asked: { url: unknown; init: RequestInit } | undefined;
    await verdictOf((url, init) => { asked = { url, init: init ?? {} }; return Promise.resolve(Response.json({ result: true })); });
    expect(asked).toMatchObject({ url: config.url, init: { method: 'POST', redirect: 'error', headers: { authorization: 'Bearer secret' } } });
    expect(JSON.parse(asked?.init.body as string)).toMatchObject({ input: { moment: 'offer', pool: 'srcnet', now: '2030-06-03T08:00:00Z', requester: { realm: 'anonymous' }, max: { cores: 1 }, duration: { min: 3600 } } });
  });

  it.each<[unknown, Verdict['kind']]>([
    [{ result: true }, 'allow'], [{ result: false }, 'deny'], [{}, 'deny'], [{ result: null }, 'deny'], [{ result: 1 }, 'deny'], [{ result: 'true' }, 'deny'], [{ result: [] }, 'deny'], [[], 'deny'], [null, 'deny'],
    [{ result: {} }, 'deny'], [{ result: { allow: 'yes' } }, 'deny'], [{ result: { allow: true } }, 'allow'], [{ result: { allow: true, deny: ['no'] } }, 'deny'], [{ result: { allow: false } }, 'deny'],
    [{ result: { allow: true, deny: 'no' } }, 'deny'], [{ result: { allow: true, warn: ['careful'] } }, 'warn'], [{ result: { allow: true, limits: { cores: 4 }, longest: 'PT4H' } }, 'limit'],
    [{ result: { allow: true, limits: { cores: -1 } } }, 'deny'], [{ result: { allow: true, limits: { cores: '4' } } }, 'deny'], [{ result: { allow: true, longest: 'soon' } }, 'deny'],
  ])('%j: %s', async (answer, kind) => {
    expect((await verdictOf(answering(answer))).kind).toBe(kind);
  });

  it.each<[string, Fetch]>([
    ['status 500', () => Promise.resolve(new Response('down', { status: 500 }))], ['no JSON', () => Promise.resolve(new Response('<html>'))],
    ['more than', () => Promise.resolve(new Response('x'.repeat(70_000)))], ['not reached', () => Promise.reject(new TypeError('not reached'))],
  ])('that answers with %s denies, and says so', async (why, fetch) => {
    const verdict = await verdictOf(fetch);
    expect(verdict.kind === 'deny' && reasonText(verdict.reason)).toContain(why);
  });

  it('that does not answer in time denies', async () => {
    const hanging: Fetch = (_, init) => new Promise((_resolve, reject) => { init?.signal?.addEventListener('abort', () => { reject(init.signal?.reason as Error); }); });
    const verdict = verdictOf(hanging);
    await clock.moveTo(clock.now() + 1_000);
    const late = await verdict;
    expect(late.kind === 'deny' && reasonText(late.reason)).toContain('no answer within 1000 ms');
  });

  it('that says anything at all is answered by a verdict', async () => {
    await fc.assert(fc.asyncProperty(fc.jsonValue(), async (result) => {
      const { kind } = await verdictOf(answering({ result }));
      if (kind === 'allow') expect(result === true || (result as { allow?: unknown }).allow === true).toBe(true);
    }));
  });
});
