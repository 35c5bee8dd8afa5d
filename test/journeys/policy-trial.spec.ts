/** Dry runs of the policies in force, over HTTP: what would be said to somebody, without holding anything. */
import { describe, expect, it } from 'vitest';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { Answer, Json, TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

const policies = [
  { type: 'membership', allow: [{ realms: ['local'] }, { realms: ['srcnet'], groups: ['ska/users'] }] },
  { type: 'quota', quotas: [{ name: 'q', hours: { cores: 10 }, period: 'P30D' }] },
];
const start = (): Promise<TestNode> => kept(startNode({ policies }));
const tried = (node: TestNode, body: Json, who = 'admin'): Promise<Answer> => node.as(who).call('POST', '/admin/policies/try', body);
const request = aRequest().cores(4).build();

describe('POST /admin/policies/try', () => {
  it('tells every verdict with its numbers and the hash of the rules, and holds nothing', async () => {
    const node = await start();
    const { status, body } = await tried(node, { as: 'alice', request });
    expect(status).toBe(200);
    expect(body.version).toMatch(/^[0-9a-f]{8,}$/);
    expect(body.verdicts.map((one: Json) => [one.policy, one.verdict])).toEqual([['membership', 'allow'], ['quota', 'allow']]);
    const numbers = JSON.stringify(body.verdicts[1].facts);
    expect(numbers).toContain('quota/q/hours/local:alice');
    expect(numbers).toContain('P30D');
    // Nine for an hour, and for the minutes by which it may be accepted late.
    expect((await node.as('alice').ask(aRequest().cores(9))).result).toBe('YES');
  });

  it('judges people who are described, as they would come', async () => {
    const node = await start();
    expect((await tried(node, { as: { realm: 'srcnet', groups: ['ska/users'] }, request })).body.result).not.toBe('deny');
    const denied = (await tried(node, { as: { realm: 'srcnet', groups: ['other'] }, request })).body;
    expect(denied.result).toBe('deny');
    expect(denied.reasons.length).toBeGreaterThan(0);
  });

  it('is for those who look after the node, and says which part of a body it can not read', async () => {
    const node = await start();
    expect((await tried(node, { as: 'alice', request }, 'alice')).status).toBe(403);
    for (const [body, part] of [[{ as: 'nobody-here', request }, 'as'], [{ as: 'a\0b', request }, 'as'], [{ request }, 'as'], [{ as: 'alice' }, 'request'], [{ as: { groups: 'x' }, request }, 'as.groups'], [{ as: 'alice', request, more: 1 }, 'more']] as const) {
      const refused = await tried(node, body);
      expect([refused.status, JSON.stringify(refused.body).includes(part)], JSON.stringify(body)).toEqual([400, true]);
    }
  });
});
