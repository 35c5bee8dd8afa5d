import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseByteSize } from './byte-size.js';
import { didYouMean } from './did-you-mean.js';
import { parsePath, pathText } from './path.js';

describe('a size in bytes', () => {
  it.each([['1 MiB', 1_048_576], ['500kB', 500_000], ['1.5 KiB', 1536], ['42', 42], ['0', 0], ['7 b', 7]])('%j is %d', (text, bytes) => {
    expect(parseByteSize(text)).toEqual({ ok: true, value: bytes });
  });

  it.each(['', 'MiB', '-1', '1 pixel', '1 2', '99999999 TiB'])('%j is refused', (text) => {
    expect(parseByteSize(text).ok).toBe(false);
  });
});

describe('did you mean', () => {
  it.each([['prot', 'port'], ['cores', 'cores'], ['memroy', 'memory'], ['Platform', 'platforms']])('%j → %j', (wrong, right) => {
    expect(didYouMean(wrong, ['port', 'cores', 'memory', 'platforms'])).toBe(right);
  });

  it('stays silent when nothing is near', () => {
    expect(didYouMean('frobnicate', ['port', 'cores'])).toBeUndefined();
  });
});

describe('a path', () => {
  const step = fc.oneof(fc.nat(99), fc.string({ minLength: 1 }).filter((key) => !/^\d+$/.test(key)));

  it('survives being written and read', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 5 }), (path) => { expect(parsePath(pathText(path))).toEqual(path); }), { numRuns: 1000 });
  });

  it('reads as people write it', () => {
    expect(pathText(['platforms', 0, 'process', 'commands', 'my tool'])).toBe('platforms[0].process.commands["my tool"]');
  });
});
