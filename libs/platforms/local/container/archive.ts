/** A tar stream of one file below a folder that everybody may write to (POSIX ustar; GNU forms for long names and sizes). */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

const block = 512;
const blank = Buffer.alloc(block);
/** Most bytes of the octal size field: 8 GiB. */
const mostOctal = 8 ** 11;
const mostName = 100;

/** `file` undefined: only the folder itself, made writable for all, so that images with an ordinary user can use it. */
export function archiveOf(file?: { readonly name: string; readonly path: string; readonly bytes: number }): Readable {
  return Readable.from(pieces(file), { objectMode: false });
}

async function* pieces(file: Parameters<typeof archiveOf>[0]): AsyncIterable<Buffer> {
  yield header({ name: './', mode: 0o777, size: 0, type: '5' });
  if (file) {
    const name = Buffer.from(file.name);
    if (name.length > mostName) {
      yield header({ name: '././@LongLink', mode: 0, size: name.length + 1, type: 'L' });
      yield Buffer.concat([name, Buffer.alloc(1 + padding(name.length + 1))]);
    }
    yield header({ name: name.subarray(0, mostName), mode: 0o644, size: file.bytes, type: '0' });
    if (file.bytes > 0) yield* createReadStream(file.path, { end: file.bytes - 1 }) as AsyncIterable<Buffer>;
    yield blank.subarray(0, padding(file.bytes));
  }
  yield Buffer.concat([blank, blank]);
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

function header(entry: { readonly name: string | Buffer; readonly mode: number; readonly size: number; readonly type: string }): Buffer {
  const bytes = Buffer.alloc(block);
  Buffer.from(entry.name).copy(bytes, 0);
  bytes.write(octal(entry.mode, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  writeSize(bytes, entry.size);
  bytes.write(octal(0, 11), 136);
  bytes.write('        ', 148);
  bytes.write(entry.type, 156);
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return bytes;
}

/** Above 8 GiB: binary with the first bit set. */
function writeSize(bytes: Buffer, size: number): void {
  if (size < mostOctal) {
    bytes.write(octal(size, 11), 124);
  } else {
    bytes[124] = 0x80;
    bytes.writeBigUInt64BE(BigInt(size), 128);
  }
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
