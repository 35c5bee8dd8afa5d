import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wellFormedJson } from './well-formed.js';

const texts = fc.string({ unit: fc.constantFrom('\ud835', '\udccc', '\ud835\udccc', '\\', 'u', 'd', '8', '"', 'x') });

it('JSON that is sent has no half characters, and says otherwise what was meant', () => {
  fc.assert(fc.property(fc.dictionary(texts, texts), (document) => {
    const meant = Object.fromEntries(Object.entries(document).map(([name, text]) => [name.toWellFormed(), text.toWellFormed()]));
    const text = wellFormedJson(JSON.stringify(document));
    expect(text).toBe(text.toWellFormed());
    expect(JSON.parse(text)).toEqual(meant);
  }), { numRuns: 1_000 });
});

it.each([['a\ud835', 'a\ufffd'], ['\udcccb', '\ufffdb'], ['\ud835\udccc', '\ud835\udccc'], ['\\ud835', '\\ud835']])('%j becomes %j', (text, expected) => {
  expect([text.toWellFormed(), JSON.parse(wellFormedJson(JSON.stringify(text)))]).toEqual([expected, expected]);
});
