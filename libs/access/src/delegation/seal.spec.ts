import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyOf, Seal } from './seal.js';

const [a, b] = ['a', 'b'].map((id) => ({ id, key: randomBytes(32) })) as [{ id: string; key: Buffer }, { id: string; key: Buffer }];

describe('a seal', () => {
  it('opens what it has closed, and never writes the same twice', () => {
    const seal = new Seal([a]);
    const [one, two] = [seal.close('secret', 'session 1'), seal.close('secret', 'session 1')];
    expect([seal.open(one, 'session 1'), seal.open(two, 'session 1')]).toEqual(['secret', 'secret']);
    expect(Buffer.from(one.sealed).equals(Buffer.from(two.sealed))).toBe(false);
  });

  it('closes with the first key and opens with any, so that keys can be exchanged', () => {
    const old = new Seal([b]).close('secret', 'x');
    const both = new Seal([a, b]);
    expect(both.open(old, 'x')).toBe('secret');
    expect(both.close('secret', 'x').key).toBe('a');
    expect(new Seal([a]).open(old, 'x')).toBeUndefined();
  });

  it('does not open what was changed, cut, or sealed for something else', () => {
    const seal = new Seal([a]);
    const closed = seal.close('secret', 'session 1');
    expect(seal.open(closed, 'session 2')).toBeUndefined();
    for (const at of [0, 13, closed.sealed.length - 1]) {
      const changed = Uint8Array.from(closed.sealed);
      changed[at]! ^= 1;
      expect(seal.open({ ...closed, sealed: changed }, 'session 1')).toBeUndefined();
    }
    expect(seal.open({ ...closed, sealed: closed.sealed.slice(0, 20) }, 'session 1')).toBeUndefined();
  });

  it('takes 32 bytes in base64 for a key and nothing else', () => {
    expect(keyOf(`${a.key.toString('base64')}\n`)).toHaveLength(32);
    for (const text of ['', 'secret', randomBytes(31).toString('base64'), randomBytes(33).toString('base64'), a.key.toString('hex')]) expect(keyOf(text)).toBeUndefined();
  });
});
