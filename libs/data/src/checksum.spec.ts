import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { algorithmOf, checksumOf, digestOf } from './checksum.js';
import { simpleData } from './data.fixture.js';

function plainAdler32(bytes: Uint8Array): string {
  let low = 1;
  let high = 0;
  for (const byte of bytes) { low = (low + byte) % 65_521; high = (high + low) % 65_521; }
  return (high * 65_536 + low).toString(16).padStart(8, '0');
}

describe('checksum', () => {
  it('knows an algorithm under every spelling', () => {
    expect(['SHA-256', 'sha256', 'Sha_256', 'MD5', 'adler-32', 'crc32'].map(algorithmOf)).toEqual(['sha256', 'sha256', 'sha256', 'md5', 'adler32', undefined]);
  });

  it('computes adler32 as RFC 1950 says', () => {
    const digest = digestOf('adler32');
    digest.update(Buffer.from('Wikipedia'));
    expect(digest.hex()).toBe('11e60398');
  });

  it('gives the same adler32 however the bytes are cut', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 4 }), (pieces) => {
      const digest = digestOf('adler32');
      for (const piece of pieces) digest.update(Buffer.from(piece));
      expect(digest.hex()).toBe(plainAdler32(Buffer.concat(pieces)));
    }), { numRuns: 50 });
  });

  it('names what is wrong with a checksum in a request', () => {
    expect(checksumOf(simpleData('x'))).toEqual({});
    expect(checksumOf(simpleData('x', { checksum: { type: 'crc', value: '00' } })).fault?.path).toBe('checksum.type');
    expect(checksumOf(simpleData('x', { checksum: { type: 'md5', value: '00' } })).fault?.path).toBe('checksum.value');
    expect(checksumOf(simpleData('x', { checksum: { type: 'ADLER32', value: '11E60398' } })).checksum).toEqual({ algorithm: 'adler32', value: '11e60398' });
  });
});
