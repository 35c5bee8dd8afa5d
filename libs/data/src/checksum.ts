/** Checksums of transferred data: the algorithms we know, under every spelling clients use. */
import { createHash } from 'node:crypto';
import type { DataResource, Reason, ResolvedData } from '#model';
import { reason } from '#model';

/** Bytes of the digest by algorithm. */
const digestBytes = { sha256: 32, sha512: 64, sha1: 20, md5: 16, adler32: 4 } as const;
export type ChecksumAlgorithm = keyof typeof digestBytes;

/** A checksum in the making. `hex` may be called once. */
export interface Digest { update(piece: Buffer): void; hex(): string }

/** `SHA-256`, `sha256` and `Sha_256` mean the same; undefined for an algorithm that we don't compute. */
export function algorithmOf(spelling: string): ChecksumAlgorithm | undefined {
  const plain = spelling.toLowerCase().replace(/[-_ ]/g, '');
  return plain in digestBytes ? (plain as ChecksumAlgorithm) : undefined;
}

/** Starts a digest. */
export function digestOf(algorithm: ChecksumAlgorithm): Digest {
  if (algorithm === 'adler32') return adler32();
  const hash = createHash(algorithm);
  return { update: (piece) => { hash.update(piece); }, hex: () => hash.digest('hex') };
}

/** What a client's checksum says, or why it can't be used. Neither when it sent none. */
export function checksumOf(resource: DataResource): { checksum?: NonNullable<ResolvedData['checksum']>; fault?: Reason } {
  if (resource.checksum === undefined) return {};
  const algorithm = algorithmOf(resource.checksum.type ?? '');
  if (algorithm === undefined) {
    const known = Object.keys(digestBytes).join(', ');
    return { fault: reason('checksum-unknown', "checksum type '{type}' is not one of {known}", { type: resource.checksum.type ?? '', known }, { path: 'checksum.type' }) };
  }
  const value = (resource.checksum.value ?? '').trim().toLowerCase();
  const digits = digestBytes[algorithm] * 2;
  if (!new RegExp(`^[0-9a-f]{${digits}}$`).test(value)) {
    return { fault: reason('checksum-malformed', 'a {algorithm} checksum has {digits} hexadecimal digits', { algorithm, digits }, { path: 'checksum.value' }) };
  }
  return { checksum: { algorithm, value } };
}

/** Adler-32 as in RFC 1950, section 9. */
function adler32(): Digest {
  let low = 1;
  let high = 0;
  return {
    update(piece) {
      // 3800 additions of at most 255 stay far below 2^53, so the remainder is taken once per slice.
      for (let from = 0; from < piece.length; from += 3800) {
        for (const byte of piece.subarray(from, from + 3800)) { low += byte; high += low; }
        low %= 65_521;
        high %= 65_521;
      }
    },
    hex: () => ((high * 65_536) + low).toString(16).padStart(8, '0'),
  };
}
