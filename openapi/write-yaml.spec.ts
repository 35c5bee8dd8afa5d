import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeYaml } from './write-yaml.js';

/** What YAML 1.1 lets stand as it is, without the line ends that YAML 1.2 has no longer, and without tabs. */
 
const plain = /^[\n\r\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

const texts = fc.string({ unit: fc.oneof(fc.constantFrom('\ud835', '\udccc', '\ud835\udccc', '\u007f', '\u0085', '\u009f', '\u2028', '\u2029', '\ufeff', '\uffff', '\n', '\t', '=', '"', '\\', ' ', ':', '#'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })) });

/** What is no character is replaced. */
function sendable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(sendable);
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name.toWellFormed(), sendable(each)])) : value;
}

describe('YAML that is written', () => {
  it('has no character that a reader of YAML 1.1 refuses or takes for a line end, and means what was meant', () => {
    fc.assert(fc.property(fc.dictionary(texts.map((text) => text.toWellFormed()), fc.oneof(texts, fc.array(texts), fc.integer(), fc.boolean())), (document) => {
      const text = writeYaml(document);
      expect(text).toMatch(plain);
      expect(parse(text)).toEqual(sendable(document));
    }), { numRuns: 1_000 });
  });

  it('quotes what YAML 1.1 would not read as a text', () => {
    expect(writeYaml({ result: 'NO', at: '2030-06-03', text: 'yes' })).toBe('result: "NO"\nat: "2030-06-03"\ntext: "yes"\n');
    expect(writeYaml({ '=': ['=', 'a = b', '=='] })).toBe('"=":\n  - "="\n  - a = b\n  - ==\n');
  });

  it('escapes only where it has to', () => {
    expect(writeYaml({ name: 'a\u009bb', other: 'plain' })).toBe('name: "a\\u009bb"\nother: plain\n');
    expect(writeYaml({ command: ['cut', 'a\tb'] })).toBe('command:\n  - cut\n  - "a\\tb"\n');
  });
});
