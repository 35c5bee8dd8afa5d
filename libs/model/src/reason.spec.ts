import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reason, reasonText, saysTheSame, withoutRepeats } from './reason.js';
import type { Level, Reason } from './reason.js';

/** Few words, so that many reasons say the same. */
const word = fc.constantFrom('a', 'b', '{a}', '{b} {path}', '');
const level = fc.constantFrom<Level>('DEBUG', 'INFO', 'WARN', 'ERROR', 'OTHER');
const reasons: fc.Arbitrary<Reason> = fc.record({
  word, template: word, level, path: fc.option(word, { nil: undefined }), values: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), word),
}).map(({ word: kind, template, values, level: loud, path }) => reason(kind, template, values, { level: loud, ...(path === undefined ? {} : { path }) }));

/** The same reason with its values in the opposite order. */
function turned(of: Reason): Reason {
  return { ...of, values: Object.fromEntries(Object.entries(of.values).reverse()) };
}

describe('two reasons', () => {
  it('say the same exactly when kind, template, path and every value are equal, in whatever order', () => {
    fc.assert(fc.property(reasons, reasons, (one, other) => {
      const names = [...new Set([...Object.keys(one.values), ...Object.keys(other.values)])];
      const areEqual = one.kind === other.kind && one.template === other.template && one.path === other.path
        && names.every((name) => Object.hasOwn(one.values, name) && Object.hasOwn(other.values, name) && one.values[name] === other.values[name]);
      expect(saysTheSame(one, other)).toBe(areEqual);
      expect(saysTheSame(other, one)).toBe(areEqual);
    }));
  });

  it('say the same however loud they are, and whatever the order of their values', () => {
    fc.assert(fc.property(reasons, level, (one, loud) => {
      expect(saysTheSame(one, { ...turned(one), level: loud })).toBe(true);
      expect(reasonText(turned(one))).toBe(reasonText(one));
    }));
  });
});

describe('reasons without repeats', () => {
  it('are those of the list that say what none before them said, in their order', () => {
    fc.assert(fc.property(fc.array(reasons), (all) => {
      const once = withoutRepeats(all);
      expect(once).toEqual(all.filter((one, index) => !all.slice(0, index).some((before) => saysTheSame(before, one))));
      expect(withoutRepeats(once)).toEqual(once);
      expect(all.every((one) => once.some((kept) => saysTheSame(kept, one)))).toBe(true);
    }));
  });
});
