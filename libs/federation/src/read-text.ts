import { ClientError } from '#client';

/** Largest document that we read of anybody. */
const mostBytes = 8 * 2 ** 20;

/** Throws 'unreadable' for one that is larger; what is left of it is not read. */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > mostBytes) throw new ClientError('unreadable', `the answer is larger than ${mostBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
