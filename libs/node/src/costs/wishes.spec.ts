import { describe, expect, it } from 'vitest';
import type { ExecutionRequest, Measure, Reason } from '#model';
import { kinds } from '#model';
import type { Quotes } from './quotes.js';
import { hasWishes, unknownWishes, unmetWishes } from './wishes.js';

const money = 'urn:ivoa:calycopis:cost:monetary';
const cost = (more: Partial<Measure>): Measure => ({ kind: kinds.floatCost, type: money, ...more });
const quotes: Quotes = { costs: [cost({ min: 4, max: 4 })], metrics: [{ kind: kinds.floatMetric, type: 'urn:speed', min: 100, max: 100 }] };
const pathsOf = (reasons: readonly Reason[]): string[] => reasons.map((one) => `${one.kind.split(':').at(-1) ?? ''} ${one.path ?? ''}`);
const unmet = (request: ExecutionRequest): string[] => pathsOf(unmetWishes(request, quotes).reasons);
const unknown = (request: ExecutionRequest): string[] => pathsOf(unknownWishes(request, quotes));

describe('a bound', () => {
  it('is met by a quote that reaches it exactly, and not by one beyond', () => {
    expect([unmet({ costs: [cost({ max: 4, min: 4 })] }), unmet({ costs: [cost({ max: 3.99 })] }), unmet({ costs: [cost({ min: 4.01 })] })]).toEqual([[], ['cost costs[0]'], ['cost costs[0]']]);
  });

  it('counts on the compute as on the request, since an offer quotes both', () => {
    const request: ExecutionRequest = { costs: [cost({ max: 10 })], compute: { kind: kinds.simpleCompute, costs: [cost({ max: 1 })], metrics: [{ kind: kinds.floatMetric, type: 'urn:gold', min: 1 }] } };
    expect([hasWishes(request), unmet(request), unknown(request)]).toEqual([true, ['cost compute.costs[0]'], ['unknown-type compute.metrics[0].type']]);
  });

  it('on a part that nothing is quoted for is said to be unknown, not left unread', () => {
    const request: ExecutionRequest = { executable: { kind: kinds.scripted, costs: [cost({ max: 1 })] }, storage: [{ kind: kinds.simpleStorage, metrics: [cost({ min: 1 })] }], data: [{ kind: kinds.simpleData, costs: [cost({})] }] };
    expect([hasWishes(request), unknown(request)]).toEqual([true, ['unknown-type executable.costs[0]', 'unknown-type storage[0].metrics[0]', 'unknown-type data[0].costs[0]']]);
  });

  it('of an unknown kind, or of nothing named, is told from one of an unknown type', () => {
    expect(unknown({ costs: [cost({ kind: 'urn:other' }), { kind: kinds.floatCost, max: 1 }, cost({ type: 'urn:gold' }), cost({ kind: kinds.floatCost.replace('simple-minmax-float-cost', 'abstract-cost-item') })] }))
      .toEqual(['unknown-kind costs[0].kind', 'unknown-type costs[1].type', 'unknown-type costs[2].type']);
  });

  it('whose minimum is above its maximum is met by nothing, and says so', () => {
    expect(unmet({ metrics: [{ kind: kinds.floatMetric, type: 'urn:speed', min: 200, max: 50 }] })).toEqual(['limit metrics[0].min']);
  });
});
