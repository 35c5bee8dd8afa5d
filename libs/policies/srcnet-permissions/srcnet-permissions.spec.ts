import { describe, expect, it } from 'vitest';
import type { Requester } from '#model';
import { anonymous, reasonText } from '#model';
import type { Policy, Verdict } from '#plugin-sdk';
import { anAsk, policyContract, rememberingLog } from '#plugin-sdk/testing';
import type { LogEntry } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { srcnetPermissionsPolicy } from './index.js';

const clock = HandClock.at('2030-06-03T08:00:00Z');
const config = { url: 'https://permissions.example.org/api/v1', service: 'execution-broker', parameters: { site: 'ESPSRC' }, realm: 'srcnet' };
const alice: Requester = { ...anonymous, realm: 'srcnet' };
type Fetch = typeof fetch;

function make(fetch: Fetch, logged: LogEntry[] = []): Policy {
  return srcnetPermissionsPolicy.create(srcnetPermissionsPolicy.parseConfig(config), { clock, log: rememberingLog(logged), fetch, tokenOf: () => 'to.ken' });
}
async function verdictOf(policy: Policy, requester = alice): Promise<Verdict> {
  return await policy.judge?.(anAsk({ requester })) ?? { kind: 'allow' };
}
const answering = (answer: unknown, asked: string[] = []): Fetch => (url, init) => {
  asked.push(`${url as string} ${init?.body as string}`);
  return Promise.resolve(Response.json(answer));
};

policyContract({
  name: 'srcnet-permissions', plugin: srcnetPermissionsPolicy, clock, config,
  badConfigs: [{ raw: {}, path: 'url' }, { raw: { ...config, remember: 'PT1H' }, path: 'remember' }, { raw: { ...config, service: 'a/b' }, path: 'service' }],
  asks: [{ title: 'without a token of the realm it denies', ask: anAsk(), verdict: 'deny' }],
});

describe('the Permissions API', () => {
  it('is asked as the federation\'s services ask it', async () => {
    const asked: string[] = [];
    expect((await verdictOf(make(answering({ is_authorised: true }, asked)))).kind).toBe('allow');
    expect(asked).toEqual(['https://permissions.example.org/api/v1/authorise/route/execution-broker?version=latest&route=%2Frequests&method=POST&token=to.ken {"site":"ESPSRC"}']);
    expect((await verdictOf(make(answering({ is_authorised: false })))).kind).toBe('deny');
  });

  it('is asked once for many asks in a short time, and again after it', async () => {
    const asked: string[] = [];
    const policy = make(answering({ is_authorised: true }, asked));
    await Promise.all([verdictOf(policy), verdictOf(policy)]);
    await verdictOf(policy);
    expect(asked).toHaveLength(1);
    await clock.moveTo(clock.now() + 31_000);
    await verdictOf(policy);
    expect(asked).toHaveLength(2);
  });

  it('is never shown a token of another realm', async () => {
    const asked: string[] = [];
    expect((await verdictOf(make(answering({ is_authorised: true }, asked)), { ...alice, realm: 'local' })).kind).toBe('deny');
    expect(asked).toEqual([]);
  });

  it.each<[string, Fetch]>([
    ['is down', () => Promise.reject(new TypeError('https://permissions.example.org/?token=to.ken refused'))], ['fails', () => Promise.resolve(new Response('', { status: 500 }))],
    ['says something else', answering({ is_authorised: 'true' })], ['says nothing', answering(null)],
  ])('that %s denies, is asked again the next time, and the token is not logged', async (_, fetch) => {
    const logged: LogEntry[] = [];
    const policy = make(fetch, logged);
    const verdict = await verdictOf(policy);
    expect(verdict.kind === 'deny' && reasonText(verdict.reason)).toContain('can not be asked now');
    await verdictOf(policy);
    expect(logged).toHaveLength(2);
    expect(JSON.stringify(logged)).not.toContain('to.ken');
  });
});
