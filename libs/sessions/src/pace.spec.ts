import { describe, expect, test } from 'vitest';
import type { Progress } from '#model';
import { Pace } from './pace.js';

const part = (done: number, what = 'a'): Progress => ({ done, total: 100, unit: 'bytes', what });
const endless = (done: number): Progress => ({ done, unit: 'bytes', what: 'a' });

function paceOf(...seen: readonly (readonly [number, Progress])[]): Pace {
  const pace = new Pace();
  for (const [at, progress] of seen) pace.note(progress, at);
  return pace;
}

describe('the pace of a transfer', () => {
  test('tells when it will be over, as fast as it came so far', () => {
    expect(paceOf([0, part(0)], [1_000, part(20)], [2_000, part(25)]).expected).toEqual({ what: 'a', at: 8_000 });
    expect(paceOf([5_000, part(50)], [6_000, part(100)]).expected).toEqual({ what: 'a', at: 6_000 });
  });

  test('begins anew with another transfer, and where one begins again', () => {
    expect(paceOf([0, part(0)], [1_000, part(90)], [2_000, part(0, 'b')], [3_000, part(50, 'b')]).expected).toEqual({ what: 'b', at: 4_000 });
    expect(paceOf([0, part(0)], [1_000, part(90)], [2_000, part(10)], [3_000, part(20)]).expected).toEqual({ what: 'a', at: 11_000 });
  });

  test.for([
    ['nothing was reported', []],
    ['it was reported once', [[0, part(10)]]],
    ['nothing has come', [[0, part(10)], [1_000, part(10)]]],
    ['the whole is not known', [[0, endless(0)], [1_000, endless(10)]]],
    ['more has come than there was to be', [[0, part(0)], [1_000, part(120)]]],
  ] as const)('tells nothing where %s', ([_why, seen]) => {
    expect(paceOf(...seen).expected).toBeUndefined();
  });
});
