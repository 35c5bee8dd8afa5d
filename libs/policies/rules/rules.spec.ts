import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Requester } from '#model';
import { anonymous, kinds, reasonText } from '#model';
import { ConfigFault } from '#plugin-sdk';
import type { Ask, Verdict } from '#plugin-sdk';
import { anAsk, policyContract, rememberingLog } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { rulesPolicy } from './index.js';

const hour = 3_600_000;
const clock = HandClock.at('2030-06-03T08:00:00Z');
const alice: Requester = { ...anonymous, realm: 'srcnet', groups: ['astro'] };
const big = { name: 'big', when: 'amount(request.max, "cores") > 64 && !("project" in requester.groups)', then: 'deny', say: 'more than 64 cores need a project' };
const small = { name: 'small', when: 'requester.realm == "anonymous"', then: 'limit', most: { cores: 2 }, longest: 'PT1H' };

async function verdictOf(rules: unknown, ask: Partial<Ask> = {}, more: object = {}): Promise<Verdict> {
  const policy = rulesPolicy.create(rulesPolicy.parseConfig({ rules, ...more }), { clock, log: rememberingLog([]), fetch });
  return await policy.judge?.(anAsk({ requester: alice, ...ask })) ?? { kind: 'allow' };
}
function faultOf(when: string): string {
  try {
    rulesPolicy.parseConfig({ rules: [{ name: 'r', when, then: 'deny' }] });
    return '';
  } catch (error) {
    if (error instanceof ConfigFault) return error.fault;
    throw error;
  }
}

policyContract({
  name: 'rules', plugin: rulesPolicy, clock, config: { rules: [big, small] },
  badConfigs: [
    { raw: {}, path: 'rules' },
    { raw: { rules: [{ name: 'r', when: 'request.cores > 1', then: 'deny' }] }, path: 'rules[0].when' },
    { raw: { rules: [{ name: 'r', when: 'requester.realm', then: 'deny' }] }, path: 'rules[0].when' },
    { raw: { rules: [{ name: 'r', when: 'pool ==', then: 'deny' }] }, path: 'rules[0].when' },
    { raw: { rules: [{ name: 'r', when: 'pool == 1', then: 'deny' }] }, path: 'rules[0].when' },
    { raw: { rules: [{ name: 'r', when: 'true', then: 'limit' }] }, path: 'rules[0].then' },
    { raw: { rules: [{ name: 'r', when: 'true', then: 'deny' }, { name: 'r', when: 'true', then: 'deny' }] }, path: 'rules[1].name' },
    { raw: { rules: [{ name: 'r', when: 'true', then: 'deny' }], default: 'deny' }, path: 'default' },
  ],
  asks: [
    { title: 'what no rule is about is allowed', ask: anAsk({ requester: alice }), verdict: 'allow' },
    { title: 'a rule that is true denies', ask: anAsk({ requester: alice, need: { min: { cores: 1 }, max: { cores: 65 } } }), verdict: 'deny' },
    { title: 'a rule that is true limits', ask: anAsk(), verdict: 'limit' },
  ],
});

describe('rules', () => {
  it('that apply are all told, and their limits intersect', async () => {
    const verdict = await verdictOf([{ ...small, when: 'true' }, { name: 'two', when: 'true', then: 'limit', most: { cores: 4, memory: 8 } }, { name: 'careful', when: 'true', then: 'warn', say: 'take care' }]);
    expect(verdict).toMatchObject({ kind: 'limit', resources: { cores: 2, memory: 8 }, longest: hour });
    expect(verdict.kind === 'limit' && [verdict.reason, ...verdict.others ?? [], ...verdict.warnings ?? []].map(reasonText)).toEqual(['rule small limits this', 'rule two limits this', 'take care (rule careful)']);
  });

  it('can be a list of what is allowed', async () => {
    const rules = [{ name: 'astronomers', when: '"astro" in requester.groups', then: 'allow' }, big];
    expect((await verdictOf(rules, {}, { default: 'deny' })).kind).toBe('allow');
    expect((await verdictOf(rules, { requester: anonymous }, { default: 'deny' })).kind).toBe('deny');
    expect((await verdictOf(rules, { need: { min: {}, max: { cores: 65 } } }, { default: 'deny' })).kind).toBe('deny');
  });

  it.each([
    ['request.longest > duration("30m")'], ['request.kind.endsWith("docker-container.yaml")'], ['request.images.all(i, i.startsWith("ghcr.io/"))'], ['pool == "srcnet"'],
    ['now < timestamp("2031-01-01T00:00:00Z")'], ['latest - earliest <= duration("24h")'], ['now.getDayOfWeek("Europe/London") == 1'], ['moment == "offer"'], ['has(request.max.cores)'],
    ['request.images.exists(i, i.matches("^ghcr.io/[a-z]+/"))'],
  ])('may say %s', async (when) => {
    expect((await verdictOf([{ name: 'r', when, then: 'warn' }], { pool: 'srcnet', request: { executable: { kind: kinds.dockerContainer, image: { locations: ['ghcr.io/site/app:1'] } } } })).kind).toBe('warn');
  });

  it('that can not be evaluated deny', async () => {
    const verdict = await verdictOf([{ name: 'gpu', when: 'request.max.gpu > 1', then: 'warn' }]);
    expect(verdict.kind === 'deny' && reasonText(verdict.reason)).toContain('rule gpu can not judge this request');
  });
});

describe('expressions that loop or explode are refused when they are loaded', () => {
  const nested = (depth: number): string => (depth === 0 ? 'true' : `requester.groups.all(g${depth}, ${nested(depth - 1)})`);
  it.each([
    [nested(3), 'nest fewer loops'], ['requester.groups.map(a, requester.groups.map(b, a + b)).size() > 1', 'nest fewer loops'],
    ['requester.id.matches("^(a+)+$")', 'repeats a group'], ['requester.id.matches("a*b*c*d")', 'more than twice'], ['requester.id.matches(requester.realm)', 'written out'],
    [`"${'('.repeat(10)}" == ${'('.repeat(200)}"a"${')'.repeat(200)}`, ''], [`[${'1,'.repeat(500)}1].size() > 1`, ''], [Array.from({ length: 400 }, () => 'pool == "a"').join(' || '), ''],
  ])('%s', (when, why) => {
    expect(faultOf(when)).toContain(why);
    expect(faultOf(when)).not.toBe('');
  });

  it('one loop over the groups is fine', () => {
    expect(faultOf(nested(1))).toBe('');
  });

  it('a requester with endless groups or names is denied by failing, not judged for long', async () => {
    const rules = [{ name: 'r', when: '"x" in requester.groups', then: 'deny' }];
    await expect(async () => verdictOf(rules, { requester: { ...alice, groups: Array.from({ length: 300 }, (_, index) => `g${index}`) } })).rejects.toThrow('more than 256');
    await expect(async () => verdictOf(rules, { requester: { ...alice, groups: ['g'.repeat(600)] } })).rejects.toThrow('512 characters');
  });

  it('whatever is written, it is compiled or refused with a fault', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => { expect(typeof faultOf(text === '' ? ' ' : text)).toBe('string'); }), { numRuns: 300 });
  });
});
