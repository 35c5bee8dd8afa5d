import { expect, test } from 'vitest';
import { buildCatalogue } from './catalogue.js';
import type { Plugin } from './catalogue.js';
import { ConfigFault } from './config-schema.js';

const plugin: Plugin<string, string> = {
  name: 'good',
  schema: { type: 'object', additionalProperties: false, required: ['size'], properties: { size: { type: 'integer' }, mode: { enum: ['a', 'b'] } } },
  parseConfig: (raw) => {
    const { size } = raw as { size: number };
    if (size > 9) throw new ConfigFault('size', 'is too big', 'write at most 9');
    return size;
  },
  create: (size, host) => {
    if (size === 0) throw new TypeError('nothing to hold on to');
    return `${host} of size ${String(size)}`;
  },
};

test('what is right runs, and each fault is stated with its key and its fix', () => {
  const { instances, faults } = buildCatalogue<string, string, Plugin<string, string>>([plugin], [
    { name: 'one', type: 'good', size: 3 }, { name: 'two', type: 'unheard-of' }, { name: 'three', type: 'good' }, { name: 'four', type: 'good', size: 1, sise: 2 },
    { name: 'five', type: 'good', size: 10 }, { name: 'six', type: 'good', size: 1, mode: 'c' }, { name: 'seven', type: 'good', size: 0 }, { name: 'one', type: 'good', size: 4 },
  ], (name) => `host ${name}`);
  expect([...instances].map(([name, { instance }]) => [name, instance])).toEqual([['one', 'host one of size 3']]);
  expect(faults.map(({ name, path }) => [name, path])).toEqual([['two', 'type'], ['three', 'size'], ['four', 'sise'], ['five', 'size'], ['six', 'mode'], ['seven', ''], ['one', 'name']]);
  for (const { fault, fix } of faults) expect([fault, fix]).not.toContain('');
  expect(faults.find(({ name }) => name === 'six')?.fault).toContain('a, b');
});
