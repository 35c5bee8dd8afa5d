/** Data of kinds that a platform brings itself: no resolver looks at it, so only the request tells what it is and how big. */
import type { DataResource, ResolvedData } from '#model';
import { reason } from '#model';
import type { LinkedRequest } from './linked-request.js';

/** Bytes in a second that a transfer is expected to make, and the time that data of unknown size is given. */
const pace = 50_000_000;
const unknownTransfer = 60_000;

export function passedOn({ id, spec }: LinkedRequest['data'][number]): ResolvedData {
  const bytes = bytesOf(spec);
  const estimate = bytes === undefined ? unknownTransfer : Math.ceil(bytes / pace) * 1000;
  const warnings = bytes === undefined ? [reason('data', 'The size of this data is not known; a minute is planned to bring it', {}, { path: 'data', level: 'INFO' })] : [];
  return { id, spec, locations: locationsOf(spec), estimate, fileName: fileNameOf(spec), warnings, ...(bytes === undefined ? {} : { bytes }) };
}

type Block = Readonly<Record<string, unknown>>;

function bytesOf(spec: DataResource): number | undefined {
  const told = [spec.skao?.['datasize'], blockOf(spec.ivoa, 'datalink')['content_length']];
  return told.find((each): each is number => typeof each === 'number' && each >= 0);
}

function locationsOf(spec: DataResource): readonly string[] {
  const replicas = (spec.skao?.['replicas'] ?? []) as readonly Block[];
  const urls = [...replicas.map((each) => each['dataurl']), blockOf(spec.ivoa, 'datalink')['access_url'], blockOf(spec.ivoa, 'obscore')['access_url']];
  return urls.filter((each): each is string => typeof each === 'string' && each !== '');
}

function fileNameOf(spec: DataResource): string {
  const names = [spec.meta?.name, spec.object, spec.bucket, spec.rucio?.['object'], spec.skao?.['objectname'], spec.ivoa?.['ivoid']];
  const name = names.find((each): each is string => typeof each === 'string' && each !== '') ?? 'data';
  const safe = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(-100);
  return /^\.*$/.test(safe) ? 'data' : safe;
}

function blockOf(owner: Block | undefined, name: string): Block {
  return (owner?.[name] ?? {}) as Block;
}
