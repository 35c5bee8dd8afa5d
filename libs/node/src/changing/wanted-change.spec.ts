import { describe, expect, it } from 'vitest';
import type { Session, Update } from '#model';
import { wantedChange } from './wanted-change.js';

const session = {} as Session;
const wanted = (update: Update): number | undefined => wantedChange(update, session, 0)?.of(2);

describe('a change of a size', () => {
  it('is read in cores and GiB, as a value and as a difference', () => {
    expect([
      wanted({ kind: 'integer', path: 'compute.cores', value: 4 }), wanted({ kind: 'delta', path: 'compute.cores', delta: 3, units: 'cores' }),
      wanted({ kind: 'integer', path: 'compute.memory', value: 8, units: 'GiB' }), wanted({ kind: 'delta', path: '/compute/memory'.slice(1), delta: -1 }),
    ]).toEqual([4, 5, 8, 1]);
  });

  it.each(['MiB', 'GB', 'bytes', ''])("is refused in units of '%s', which would mean another size", (units) => {
    expect(() => wanted({ kind: 'integer', path: 'compute.memory', value: 2048, units })).toThrow(/compute.memory can not be changed so: memory is counted in GiB/);
    expect(() => wanted({ kind: 'delta', path: 'compute.cores', delta: 1, units })).toThrow(/leave units out/);
  });
});
