/** One transfer of one stream into one file: metered, digested, limited, renamed into place only when it is right. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ResolvedData } from '#model';
import { BrokerError, reason } from '#model';
import type { Work } from '#plugin-sdk';
import type { Digest } from './checksum.js';
import { algorithmOf, digestOf } from './checksum.js';

/** Progress is told after at least this many bytes. */
const progressStep = 1024 * 1024;

/** Writes the stream as `data.fileName` in `folder`; on any failure nothing is left. Gives the bytes written. */
export async function transfer(data: ResolvedData, source: { stream: Readable; bytes?: number }, folder: string, work: Work): Promise<number> {
  const target = join(folder, data.fileName);
  // A name that depends on the file alone, so that what a crash has left is overwritten by the repetition.
  const partial = join(folder, `.${data.fileName}.part`);
  const meter = new Meter(data, source.bytes, work);
  try {
    await pipeline(source.stream, meter, createWriteStream(partial, { flush: true, mode: 0o644 }), { signal: work.signal });
    verify(data, meter.bytes, meter.hex());
    await rename(partial, target);
    return meter.bytes;
  } catch (fault) {
    await rm(partial, { force: true });
    if (work.signal.aborted) throw work.signal.reason;
    throw fault;
  }
}

/** Throws 'conflict' when size or checksum are not what was announced. */
export function verify(data: ResolvedData, bytes: number, hex: string | undefined): void {
  if (data.bytes !== undefined && bytes !== data.bytes) {
    throw new BrokerError('conflict', 'caller', [reason(
      'size-mismatch', "'{name}' has {found} bytes, {expected} were announced: it was changed since the offer", { name: data.fileName, found: bytes, expected: data.bytes }, { path: 'location', level: 'ERROR' },
    )]);
  }
  const expected = data.checksum?.value.trim().toLowerCase();
  if (expected !== undefined && hex !== expected) {
    const values = { name: data.fileName, algorithm: data.checksum?.algorithm ?? '', found: hex ?? 'none', expected };
    throw new BrokerError('conflict', 'caller', [reason('checksum-mismatch', "'{name}' has {algorithm} {found}, expected {expected}", values, { path: 'checksum.value', level: 'ERROR' })]);
  }
}

/** The digest that `data` asks for; undefined when it asks for none. */
export function wantedDigest(data: ResolvedData): Digest | undefined {
  if (data.checksum === undefined) return undefined;
  const algorithm = algorithmOf(data.checksum.algorithm);
  if (algorithm === undefined) {
    throw new BrokerError('malformed', 'caller', [reason('checksum-unknown', "checksum type '{type}' is not known", { type: data.checksum.algorithm }, { path: 'checksum.type' })]);
  }
  return digestOf(algorithm);
}

class Meter extends Transform {
  bytes = 0;
  private told = 0;
  private readonly digest: Digest | undefined;

  constructor(private readonly data: ResolvedData, private readonly announced: number | undefined, private readonly work: Work) {
    super();
    this.digest = wantedDigest(data);
  }

  hex(): string | undefined {
    return this.digest?.hex();
  }

  override _transform(piece: Buffer, _encoding: string, done: (fault: Error | null, piece?: Buffer) => void): void {
    this.bytes += piece.length;
    // Fails as soon as it is too long: an endless stream must not fill the disk before it is found out.
    if (this.data.bytes !== undefined && this.bytes > this.data.bytes) {
      try { verify(this.data, this.bytes, undefined); } catch (fault) { done(fault as Error); return; }
    }
    this.digest?.update(piece);
    if (this.bytes - this.told >= progressStep) this.tell();
    done(null, piece);
  }

  override _flush(done: () => void): void {
    this.tell();
    done();
  }

  private tell(): void {
    this.told = this.bytes;
    const total = this.data.bytes ?? this.announced;
    this.work.progress({ done: this.bytes, unit: 'bytes', what: this.data.fileName, ...(total === undefined ? {} : { total }) });
  }
}
