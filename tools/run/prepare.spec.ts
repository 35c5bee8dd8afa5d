import { describe, expect, it } from 'vitest';
import { faultOfNode, isSameTree } from './prepare.mjs';

describe('making a clone ready', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('Node %s will do', (version) => {
    expect(faultOfNode(version)).toBeUndefined();
  });

  it.each(['18.20.0', '20.18.3'])('Node %s is too old, and the sentence says what is needed', (version) => {
    expect(faultOfNode(version)).toContain('20.19');
  });

  it('packages in other versions are installed anew', () => {
    expect(isSameTree({ 'node_modules/a': { version: '2.0.0' } }, { 'node_modules/a': { version: '1.0.0' } })).toBe(false);
    expect(isSameTree({ 'node_modules/a': { version: '2.0.0' } }, {})).toBe(false);
  });

  it('optional packages of other systems may be missing', () => {
    expect(isSameTree({ '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0', optional: true } }, { 'node_modules/a': { version: '1.0.0' } })).toBe(true);
  });
});
