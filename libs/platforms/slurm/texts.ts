/** Slurm's small languages: generic resources, limits, lists of hosts, trackable resources. */
import type { Milliseconds, Resources } from '#model';

export const mebibytesPerGibibyte = 1024;

/** `gpu:a100:4(S:0-1),shard:8` → { 'gpu:a100': 4, shard: 8 } */
export function parseGres(gres: string): Resources {
  const parts = gres.replace(/\([^)]*\)/g, '').split(',').map((part) => /^([^:]+(?::[^:]+)?):(\d+)$/.exec(part)).filter((part) => part !== null);
  return Object.fromEntries(parts.map(([, name, count]) => [name ?? '', Number(count)]));
}

/** `7-00:00:00`, `1:00:00`, `30:00`; undefined for none. */
export function parseLimit(limit: string): Milliseconds | undefined {
  const found = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)$/.exec(limit);
  if (!found) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part) || 0);
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** `n[1-3,05],gpu1` → n1 n2 n3 n05 gpu1. Slurm's own grammar has one bracket in a name. */
export function expandHosts(list: string): readonly string[] {
  const names = list.match(/[^,[\]]+(?:\[[^\]]*\])?[^,[\]]*/g) ?? [];
  return names.flatMap((name) => {
    const found = /^([^[]*)\[([^\]]*)\](.*)$/.exec(name);
    if (!found) return [name];
    const [, before = '', ranges = '', after = ''] = found;
    return ranges.split(',').flatMap((range) => rangeOf(range)).map((number) => before + number + after);
  });
}

function rangeOf(range: string): readonly string[] {
  const [from = '', to = from] = range.split('-');
  const length = Math.max(0, Math.min(100_000, Number(to) - Number(from) + 1));
  return Array.from({ length }, (_, index) => String(Number(from) + index).padStart(from.length, '0'));
}

const gresPrefix = 'gres/';

/**
 * `cpu=8,mem=4000M,node=2,gres/gpu=1,gres/gpu:fake=1` → cores, memory (GiB, upwards), generic resources. What has types is counted by them;
 * a cluster that tracks no types tells the sum alone.
 */
export function parseTres(tres: string): Resources {
  const amounts = new Map(tres.split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
  const generic = [...amounts].filter(([name]) => name.startsWith(gresPrefix)).map(([name, count]) => [name.slice(gresPrefix.length), Number(count) || 0] as const);
  const typed = generic.filter(([name]) => name.includes(':') || !generic.some(([other]) => other.startsWith(`${name}:`)));
  return { cores: Number(amounts.get('cpu')) || 0, memory: Math.ceil(mebibytes(amounts.get('mem') ?? '0') / mebibytesPerGibibyte), ...Object.fromEntries(typed) };
}

const units: Readonly<Record<string, number>> = { K: 1 / 1024, M: 1, G: 1024, T: 1024 ** 2, P: 1024 ** 3 };

function mebibytes(text: string): number {
  return (Number.parseFloat(text) || 0) * (units[text.slice(-1).toUpperCase()] ?? 1);
}
