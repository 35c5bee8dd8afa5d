/** Output of containers without a terminal: frames of stdout and stderr, 8 bytes of header each (Docker Engine API, ContainerAttach). */
import { StringDecoder } from 'node:string_decoder';

const headerBytes = 8;

/** The text of both streams in the order it came. */
export async function* textOf(stream: AsyncIterable<Buffer | string>): AsyncIterable<string> {
  const decoders = [new StringDecoder('utf8'), new StringDecoder('utf8'), new StringDecoder('utf8')];
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of stream) {
    held = held.length === 0 ? Buffer.from(piece) : Buffer.concat([held, Buffer.from(piece)]);
    while (held.length >= headerBytes) {
      const length = held.readUInt32BE(4);
      if (held.length < headerBytes + length) break;
      const text = decoders[held[0] ?? 0]?.write(held.subarray(headerBytes, headerBytes + length)) ?? '';
      if (text !== '') yield text;
      held = held.subarray(headerBytes + length);
    }
  }
}
