/** Short words of the command line for values of a request. Each throws UsageError with an example. */
import { DateTime } from 'luxon';
import { formatInstant, kinds } from '#model';
import type { Accelerator, DataResource, Instant, Range, StorageResource, VolumeMount } from '#model';
import { UsageError } from './exit.js';

/** `2`, `2:4`, `:4`. */
export function readRange(text: string, option: string): Range {
  const match = /^(\d+)?(?::(\d+))?$/.exec(text);
  if (match === null || text === '') throw new UsageError(`${option} '${text}' is not an amount`, `write ${option} 2, or ${option} 2:4 for at least 2 and at most 4`);
  return { ...(match[1] === undefined ? {} : { min: Number(match[1]) }), ...(match[2] === undefined ? {} : { max: Number(match[2]) }) };
}

/** `nvidia-a100`, `nvidia-a100=2`, or `nvidia-a100=2:4`; a URI as well. */
export function readAccelerator(text: string): Accelerator {
  const [, type = '', count] = /^(.*?)(?:=(\d*(?::\d+)?))?$/.exec(text) ?? [];
  if (type === '' || count === '') throw new UsageError(`--accelerator '${text}' names no accelerator`, 'write --accelerator nvidia-a100, or nvidia-a100=2:4 for at least 2 and at most 4');
  return { type, ...(count === undefined ? {} : { count: readRange(count, '--accelerator') }) };
}

/** ISO 8601, or `90m`, `1h30m`, `2d`; the broker judges ISO texts itself. */
export function readLength(text: string): string {
  if (/^P/i.test(text)) return text;
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === '') throw new UsageError(`'${text}' is not a duration`, 'write 90m, 1h30m, 2d or PT1H30M');
  const [days, hours, minutes, seconds] = match.slice(1);
  const time = [[hours, 'H'], [minutes, 'M'], [seconds, 'S']].filter(([amount]) => amount !== undefined).map(([amount, unit]) => `${amount}${unit}`).join('');
  return `P${days === undefined ? '' : `${days}D`}${time === '' ? '' : `T${time}`}`;
}

/** `min` or `min:max`. */
export function readDurations(text: string): string | { readonly min: string; readonly max: string } {
  const [min = '', max] = text.split(':');
  return max === undefined ? readLength(min) : { min: readLength(min), max: readLength(max) };
}

/** A window of starts: `start/end` or `start/duration`, where a start is ISO 8601, `now` or `+2h`; without a zone it is local. */
export function readWindow(text: string, now: Instant, zone: string): string {
  const [first = '', second] = text.split('/');
  const start = readStart(first, now, zone);
  if (second === undefined) return `${start}/PT0S`;
  const isLength = /^P/i.test(second) || /^(\d+[dhms])+$/.test(second);
  return `${start}/${isLength ? readLength(second) : readStart(second, now, zone)}`;
}

function readStart(text: string, now: Instant, zone: string): string {
  if (text === 'now') return formatInstant(Math.ceil(now / 1_000) * 1_000);
  const at = text.startsWith('+')
    ? DateTime.fromMillis(now, { zone: 'utc' }).startOf('second').plus(luxonLength(text.slice(1)))
    : DateTime.fromISO(text, { zone });
  if (!at.isValid) throw new UsageError(`'${text}' is not a start`, 'write 2030-06-03T09:00, now, +2h, or a window such as now/2h');
  return formatInstant(at.toMillis());
}

function luxonLength(text: string): { days: number; hours: number; minutes: number; seconds: number } {
  const amount = (unit: string): number => Number(new RegExp(`(\\d+)${unit}`, 'i').exec(readLength(text))?.[1] ?? 0);
  return { days: amount('D'), hours: amount('H'), minutes: amount('M'), seconds: amount('S') };
}

/** `name=url`, with `#sha256=HEX` behind the URL when it is to be verified. */
export function readData(text: string): DataResource {
  const match = /^([\w.-]+)=(.+?)(?:#(sha256|sha512|md5|sha1)=([0-9a-fA-F]+))?$/.exec(text);
  if (match === null) throw new UsageError(`--data '${text}' is not name=url`, 'write --data cube=https://example.org/cube.fits');
  const [, name = '', location = '', type, value] = match;
  return { kind: kinds.simpleData, meta: { name }, location, ...(type !== undefined && value !== undefined ? { checksum: { type, value } } : {}) };
}

/** `10`, or `name=10:20` (GiB). */
export function readStorage(text: string, index: number): StorageResource {
  const [first = '', second] = text.split('=');
  const name = second === undefined ? `storage-${index + 1}` : first;
  return { kind: kinds.simpleStorage, meta: { name }, size: readRange(second ?? first, '--storage') };
}

/** `name:/path` or `name:/path:rw`. */
export function readMount(text: string): VolumeMount {
  const match = /^([\w.-]+):(\/[^:]*)(?::(ro|rw))?$/.exec(text);
  if (match === null) throw new UsageError(`--mount '${text}' is not name:/path[:rw]`, 'write --mount cube:/data, or --mount out:/out:rw');
  return { kind: kinds.simpleVolume, resource: match[1] ?? '', path: match[2] ?? '', mode: match[3] === 'rw' ? 'READWRITE' : 'READONLY' };
}

/** `8080`, `8080/http`, `8080/http/lab`. */
export function readPort(text: string): { readonly access: true; readonly internal: { readonly port: number }; readonly protocol: string; readonly path?: string } {
  const match = /^(\d+)(?:\/(tcp|udp|https?))?(\/.*)?$/i.exec(text);
  if (match === null) throw new UsageError(`--port '${text}' is not a port`, 'write --port 8888/http/lab');
  return { access: true, internal: { port: Number(match[1]) }, protocol: (match[2] ?? 'TCP').toUpperCase(), ...(match[3] === undefined ? {} : { path: match[3] }) };
}

/** `NAME=value`. */
export function readVariable(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--env '${text}' is not NAME=value`, 'write --env THREADS=4');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Words of a command line; quotes keep words together, nothing is expanded. */
export function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/(?:"([^"]*)"|'([^']*)'|(\S+))/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}
