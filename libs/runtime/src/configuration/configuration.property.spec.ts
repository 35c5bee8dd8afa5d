import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseConfiguration } from './configuration.js';

const schema = {
  type: 'object', additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1 }, count: { type: 'integer', minimum: 0 }, password: { type: 'string', 'x-secret': true },
    choice: { anyOf: [{ type: 'object', properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false }, { type: 'string', enum: ['auto', 'off'] }] },
    list: { type: 'array', 'x-unique-by': 'name', items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } },
  },
};
const known = fc.constantFrom('name', 'count', 'password', 'choice', 'list', 'a', 'env', 'cuont');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' }, fc.string(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(known, tie('value'), { maxKeys: 4 }),
  ),
}));

describe('whatever the file holds', () => {
  it('the answer is a value or faults with position, fault and fix, never an exception', async () => {
    await fc.assert(fc.asyncProperty(fc.dictionary(known, value, { maxKeys: 5 }), async (content) => {
      const text = stringify(content);
      const file = parseConfiguration(text, 'node.yaml', {});
      const checked = file.ok ? await file.value.check(schema) : file;
      if (checked.ok) return;
      expect(checked.faults.length).toBeGreaterThan(0);
      for (const fault of checked.faults) {
        expect(fault.line).toBeGreaterThan(0);
        expect(fault.line).toBeLessThanOrEqual(text.split('\n').length);
        expect(fault.fault).not.toBe('');
        expect(fault.fix).not.toBe('');
      }
    }), { numRuns: 500 });
  });

  it('any text at all is answered', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
      const file = parseConfiguration(text, 'node.yaml', {});
      if (file.ok) await file.value.check(schema);
    }), { numRuns: 500 });
  });

  it('a secret written in place never shows in a fault', async () => {
    await fc.assert(fc.asyncProperty(fc.stringMatching(/^[A-Z]{12,20}$/), fc.constantFrom('plain', 'nested', 'list'), async (secret, form) => {
      const password = form === 'plain' ? secret : form === 'list' ? [secret] : { env: { secret } };
      const file = parseConfiguration(stringify({ password }), 'node.yaml', {});
      const checked = file.ok ? await file.value.check(schema) : file;
      expect(checked.ok).toBe(false);
      expect(JSON.stringify(checked)).not.toContain(secret);
    }), { numRuns: 200 });
  });
});
