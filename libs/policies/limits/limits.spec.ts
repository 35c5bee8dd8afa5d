import { describe, expect, it } from 'vitest';
import type { Requester, Resources } from '#model';
import { anonymous, reasonText } from '#model';
import type { Ask, Verdict } from '#plugin-sdk';
import { anAsk, policyContract, rememberingLog } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { limitsPolicy } from './index.js';

const hour = 3_600_000;
const clock = HandClock.at('2030-06-03T08:00:00Z');
const config = { most: { cores: 16 }, longest: 'PT24H', for: [{ groups: ['astro'], most: { cores: 64 } }, { groups: ['gpu'], most: { gpu: 32, cores: 32 }, longest: 'P7D' }] };

function ask(min: Resources, max: Resources, hours: readonly [number, number], groups: readonly string[] = []): Ask {
  const requester: Requester = { ...anonymous, groups };
  return anAsk({ requester, need: { min, max }, duration: { min: hours[0] * hour, max: hours[1] * hour } });
}
async function verdictOf(asked: Ask, rules: unknown = config): Promise<Verdict> {
  const policy = limitsPolicy.create(limitsPolicy.parseConfig(rules), { clock, log: rememberingLog([]), fetch });
  return await policy.judge?.(asked) ?? { kind: 'allow' };
}

policyContract({
  name: 'limits', plugin: limitsPolicy, clock, config,
  badConfigs: [{ raw: {}, path: '' }, { raw: { longest: 'P5H' }, path: 'longest' }, { raw: { for: [{ groups: ['a'], longest: 'PT0S' }] }, path: 'for[0].longest' }, { raw: { most: { cores: -1 } }, path: 'most.cores' }],
  asks: [
    { title: 'what is within the limits is allowed', ask: ask({ cores: 1 }, { cores: 16 }, [1, 24]), verdict: 'allow' },
    { title: 'what can shrink below them is limited', ask: ask({ cores: 1 }, { cores: 17 }, [1, 1]), verdict: 'limit' },
    { title: 'what can not is denied', ask: ask({ cores: 17 }, { cores: 17 }, [1, 1]), verdict: 'deny' },
  ],
});

describe('limits', () => {
  it('name everything that is too much (UC-39)', async () => {
    const verdict = await verdictOf(ask({ gpu: 1000 }, { gpu: 1000 }, [720, 720], ['gpu']));
    const texts = verdict.kind === 'deny' ? [verdict.reason, ...verdict.others ?? []].map(reasonText) : [];
    expect(texts).toEqual(['compute.accelerators: a session of yours has at most 32 gpu; at least 1000 are asked for', 'schedule.requested.duration: a session of yours lasts at most P7D; at least P30D is asked for']);
    expect((await verdictOf(ask({ gpu: 1 }, { gpu: 1 }, [1, 1], ['gpu']))).kind).toBe('allow');
  });

  it('are the best of several groups, resource by resource', async () => {
    expect(await verdictOf(ask({ cores: 1 }, { cores: 100 }, [1, 24], ['astro', 'gpu']))).toMatchObject({ kind: 'limit', resources: { cores: 64 } });
    expect(await verdictOf(ask({ cores: 1 }, { cores: 100 }, [1, 500], ['gpu']))).toMatchObject({ kind: 'limit', resources: { cores: 32 }, longest: 168 * hour });
  });

  it('of a group hold where the general ones say nothing', async () => {
    expect((await verdictOf(ask({ gpu: 33 }, { gpu: 33 }, [1, 1], ['gpu']))).kind).toBe('deny');
    expect((await verdictOf(ask({ gpu: 33 }, { gpu: 33 }, [1, 1]))).kind).toBe('allow');
  });
});
