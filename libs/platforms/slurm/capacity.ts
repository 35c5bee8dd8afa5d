/** Hosts, other people's jobs and reservations as pools with what is taken of them. */
import type { Interval, Milliseconds, Resources } from '#model';
import { addResources, largestResources, overlaps } from '#model';
import type { NativePool } from '#platforms/batch';
import type { Partition } from './config.js';
import type { SlurmJob } from './slurm.client.js';
import { fieldsOf, sessionOf } from './slurm.client.js';

export interface SlurmHost { readonly name: string; readonly partition: string; readonly isUsable: boolean; readonly resources: Resources; readonly longestRun: Milliseconds | undefined }
export interface SlurmReservation { readonly name: string; readonly hosts: readonly string[]; readonly interval: Interval; readonly cores: number; readonly users: readonly string[] }
interface Taken { readonly interval: Interval; readonly resources: Resources }

const usable = new Set(['idle', 'mixed', 'allocated', 'completing', 'reserved', 'planned']);
const mebibytesPerGibibyte = 1024;

/** A line of `sinfo --Node` in the client's format. A `*` marks a host that does not answer, other marks its power. */
export function parseHost(line: string): SlurmHost {
  const field = fieldsOf(line);
  const [name, partition, state, cores, memory, gres, limit, availability] = [field(0), field(1), field(2), field(3), field(4), field(5), field(6), field(7)];
  const word = state.toLowerCase().replace(/[~#!%$@^+-]+$/, '');
  return {
    name, partition: partition.replace(/\*$/, ''), isUsable: usable.has(word) && availability === 'up',
    resources: { cores: Number(cores) || 0, memory: Math.floor((Number.parseInt(memory, 10) || 0) / mebibytesPerGibibyte), ...parseGres(gres) },
    longestRun: parseLimit(limit),
  };
}

/** `gpu:a100:4(S:0-1),shard:8` → { 'gpu:a100': 4 }; only GPUs count. */
export function parseGres(gres: string): Resources {
  const parts = gres.replace(/\([^)]*\)/g, '').split(',').map((part) => /^(gpu(?::[^:]+)?):(\d+)$/.exec(part)).filter((part) => part !== null);
  return Object.fromEntries(parts.map(([, name, count]) => [name ?? 'gpu', Number(count)]));
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

/** A line of `scontrol --oneliner show reservation`, times in seconds since the epoch. */
export function parseReservation(line: string): SlurmReservation {
  const fields = new Map([...line.matchAll(/(\w+)=(\S*)/g)].map(([, key = '', value = '']) => [key, value]));
  const seconds = (key: string): number => (Number(fields.get(key)) || 0) * 1000;
  const given = (key: string): string => (fields.get(key) === '(null)' ? '' : fields.get(key) ?? '');
  return {
    name: given('ReservationName'), hosts: expandHosts(given('Nodes')), interval: { start: seconds('StartTime'), end: seconds('EndTime') },
    cores: Number(given('CoreCnt')) || 0, users: given('Users').split(',').filter((user) => user !== ''),
  };
}

/** `cpu=8,mem=4000M,node=2,gres/gpu:fake=1` → cores, memory (GiB, upwards), GPUs. */
export function parseTres(tres: string): Resources {
  const amounts = new Map(tres.split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
  const gpus = [...amounts].filter(([name]) => name.startsWith('gres/gpu:')).map(([name, count]) => [name.slice('gres/'.length), Number(count) || 0]);
  return { cores: Number(amounts.get('cpu')) || 0, memory: Math.ceil(mebibytes(amounts.get('mem') ?? '0') / mebibytesPerGibibyte), ...Object.fromEntries(gpus) };
}

const units: Readonly<Record<string, number>> = { K: 1 / 1024, M: 1, G: 1024, T: 1024 ** 2, P: 1024 ** 3 };

function mebibytes(text: string): number {
  return (Number.parseFloat(text) || 0) * (units[text.slice(-1).toUpperCase()] ?? 1);
}

export interface ClusterView { readonly hosts: readonly SlurmHost[]; readonly jobs: readonly SlurmJob[]; readonly reservations: readonly SlurmReservation[] }

/** One pool for each partition; a host in several counts for the first. Reservations and jobs of sessions are not other people's. */
export function poolsOf(view: ClusterView, partitions: readonly Partition[], window: Interval): readonly Omit<NativePool, 'givesWholeHosts'>[] {
  const placed = new Map<string, string>();
  for (const { name } of partitions) for (const host of view.hosts) if (host.partition === name && !placed.has(host.name)) placed.set(host.name, name);
  return partitions.map((partition) => {
    const hosts = view.hosts.filter((host) => host.partition === partition.name && placed.get(host.name) === partition.name && host.isUsable);
    const names = new Map(hosts.map((host) => [host.name, host]));
    const taken = [...view.jobs.flatMap((job) => takenByJob(job, names)), ...view.reservations.flatMap((one) => takenByReservation(one, names))];
    return {
      name: partition.name, total: cut(hosts.reduce<Resources>((sum, host) => addResources(sum, host.resources), {}), partition),
      largestHost: cut(hosts.reduce<Resources>((most, host) => largestResources(most, host.resources), {}), partition),
      longestRun: hosts[0]?.longestRun, taken: taken.filter((one) => overlaps(one.interval, window)),
    };
  });
}

function cut(amounts: Resources, { atMost, gpus }: Partition): Resources {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, Math.min(amount, (name.startsWith('gpu') ? gpus : atMost[name]) ?? Infinity)]));
}

/** A job over several hosts takes an equal part of each. */
function takenByJob(job: SlurmJob, hosts: ReadonlyMap<string, SlurmHost>): readonly Taken[] {
  if (sessionOf(job.name) !== undefined) return [];
  const all = expandHosts(job.hosts);
  const here = all.filter((name) => hosts.has(name)).length;
  if (here === 0) return [];
  const interval = { start: (Number(job.start) || 0) * 1000, end: (Number(job.end) || Number.MAX_SAFE_INTEGER / 1000) * 1000 };
  const share = Object.entries(parseTres(job.tres)).map(([name, amount]) => [name, Math.ceil(amount * here / all.length)] as const);
  return [{ interval, resources: Object.fromEntries(share) }];
}

/** All cores of its hosts reserved means the hosts as a whole. */
function takenByReservation(one: SlurmReservation, hosts: ReadonlyMap<string, SlurmHost>): readonly Taken[] {
  if (sessionOf(one.name) !== undefined) return [];
  const here = one.hosts.flatMap((name) => hosts.get(name) ?? []);
  if (here.length === 0) return [];
  const whole = here.reduce<Resources>((sum, host) => addResources(sum, host.resources), {});
  const cores = Math.ceil(one.cores * here.length / one.hosts.length);
  return [{ interval: one.interval, resources: cores >= (whole['cores'] ?? 0) ? whole : { cores } }];
}
