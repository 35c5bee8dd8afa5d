/** The most that one data resource may have. */
import { Transform } from 'node:stream';
import type { Reason } from '#model';
import { BrokerError, reason } from '#model';

/** Why something of `bytes` is not brought. */
export function tooLarge(bytes: number, limit: number): Reason {
  return reason('data-too-large', 'the data has {bytes} bytes, this node brings at most {limit}', { bytes, limit }, { path: 'location' });
}

/** Passes everything on, and fails with 'too-large' once more than `limit` bytes came. */
export function limited(limit: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      if (bytes > limit) done(new BrokerError('too-large', 'caller', [tooLarge(bytes, limit)]));
      else done(null, piece);
    },
  });
}
