import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interval, Resources } from '#model';
import { anonymous, reason } from '#model';
import type { Ask, LimitSpan, Policy, Verdict } from '#plugin-sdk';
import { alternativesOf, beyondLimits, judge, mostSpans } from './judgement.js';
import type { Alternative, Judgement } from './judgement.js';

const hour = 3_600_000;
const why = reason('hours', 'by the rules of this node');

function policy(verdict: Verdict): Policy {
  return { judge: () => Promise.resolve(verdict) };
}

function ask(cores: number, hours: number): Ask {
  return {
    requester: anonymous, request: {}, need: { min: { cores }, max: { cores } }, duration: { min: hours * hour, max: hours * hour },
    window: { start: 0, end: 100 * hour }, moment: 'offer',
  };
}

async function allowed(verdicts: readonly Verdict[], asked: Ask): Promise<Judgement & { kind: 'allow' }> {
  const judgement = await judge(verdicts.map(policy), asked);
  if (judgement.kind === 'deny') throw new Error('denied');
  return judgement;
}

interface Run { readonly interval: Interval; readonly size: Resources }

function keeps({ interval, size }: Run, limits: Pick<LimitSpan, 'resources' | 'longest'> & { runs?: readonly Interval[] }): boolean {
  return (limits.runs ?? [interval]).some((one) => one.start <= interval.start && interval.end <= one.end)
    && Object.entries(size).every(([name, amount]) => amount <= (limits.resources?.[name] ?? Infinity))
    && interval.end - interval.start <= (limits.longest ?? Infinity);
}

const interval = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 30 })).map(([start, length]) => ({ start: start * hour, end: (start + length) * hour }));
const size = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined });
const span: fc.Arbitrary<LimitSpan> = fc.record({ runs: fc.array(interval, { maxLength: 2 }), cores: size, hours: size })
  .map(({ runs, cores, hours }) => ({ runs, ...(cores === undefined ? {} : { resources: { cores } }), ...(hours === undefined ? {} : { longest: hours * hour }) }));
const limit: fc.Arbitrary<Verdict & { kind: 'limit' }> = fc.record({ own: span, spans: fc.option(fc.array(span, { maxLength: 3 }), { nil: undefined }), bound: fc.boolean() })
  .map(({ own, spans, bound }) => ({ kind: 'limit', reason: why, ...(bound ? own : {}), ...(spans ? { spans } : {}) }));

describe('limits of several policies', () => {
  it('allow exactly what each of them allows: some alternative holds where every policy has one', async () => {
    await fc.assert(fc.asyncProperty(fc.array(limit, { maxLength: 2 }), interval, fc.integer({ min: 1, max: 8 }), async (limits, taken, cores) => {
      const run = { interval: taken, size: { cores } };
      const asked = ask(cores, (taken.end - taken.start) / hour);
      const alternatives = alternativesOf(await allowed(limits, asked), asked);
      const byEach = limits.every((one) => keeps(run, one) && (one.spans === undefined || one.spans.some((each) => keeps(run, each))));
      const isOpen = (one: Alternative): boolean => keeps(run, { ...one, ...(one.atMost ? { resources: one.atMost } : {}) });
      expect(alternatives.some(isOpen)).toBe(byEach);
    }), { numRuns: 500 });
  });

  it('never make more searches than are bounded, and never allow more for it', async () => {
    const spans = Array.from({ length: 8 }, (_, index): LimitSpan => ({ runs: [{ start: 0, end: 100 * hour }], resources: { cores: index + 1 } }));
    const limits = [1, 2, 3].map((): Verdict => ({ kind: 'limit', reason: why, spans }));
    const alternatives = alternativesOf(await allowed(limits, ask(1, 1)), ask(1, 1));
    expect(alternatives.length).toBeLessThanOrEqual(mostSpans);
    for (const one of alternatives) expect(one.atMost?.['cores']).toBeLessThanOrEqual(8);
  });

  it('that no alternative can keep are told as reasons', async () => {
    const limits: Verdict[] = [{ kind: 'limit', reason: why, spans: [{ runs: [{ start: 0, end: hour }], resources: { cores: 2 } }] }];
    expect(beyondLimits(await allowed(limits, ask(4, 1)), ask(4, 1))).toEqual([why]);
    expect(beyondLimits(await allowed(limits, ask(2, 1)), ask(2, 1))).toEqual([]);
  });
});
