/** Hosts, jobs and reservations as pools, with what is taken of them and which sessions' places are in danger. */
import type { Interval, Milliseconds, Reason, Resources, SessionId } from '#model';
import { addResources, largestResources, overlaps, reason } from '#model';
import type { NativePool } from '#platforms/batch';
import type { Taken } from '#plugin-sdk';
import type { Partition } from './config.js';
import { expandHosts, parseTres } from './texts.js';
import type { SlurmHost, SlurmJob, SlurmReservation } from './way.js';
import { sessionOf } from './way.js';

export interface ClusterView { readonly hosts: readonly SlurmHost[]; readonly jobs: readonly SlurmJob[]; readonly reservations: readonly SlurmReservation[] }

export interface PoolRules { readonly partitions: readonly Partition[]; readonly window: Interval; /** A host that somebody uses a part of is taken as a whole. */ readonly wholeHosts: boolean; /** A job may have its hosts so long after its limit. */ readonly overrun: Milliseconds }

type Hosts = ReadonlyMap<string, SlurmHost>;

/** One pool for each partition; a host in several counts for the first. Reservations and jobs of sessions say so. */
export function poolsOf(view: ClusterView, { partitions, window, wholeHosts, overrun }: PoolRules): readonly Omit<NativePool, 'givesWholeHosts'>[] {
  const placed = new Map<string, string>();
  for (const { name } of partitions) for (const host of view.hosts) if (host.partition === name && !placed.has(host.name)) placed.set(host.name, name);
  return partitions.map((partition) => {
    const all = view.hosts.filter((host) => host.partition === partition.name && placed.get(host.name) === partition.name);
    const hosts = all.filter(({ isUsable }) => isUsable);
    const names: Hosts = new Map(hosts.map((host) => [host.name, host]));
    const taken = [...view.jobs.filter((job) => !isInside(job, view.reservations)).flatMap((job) => takenByJob(job, names, { wholeHosts, overrun })), ...view.reservations.flatMap((one) => takenByReservation(one, names, wholeHosts))];
    return {
      name: partition.name, total: cut(sumOf(hosts), partition), largestHost: cut(hosts.reduce<Resources>((most, host) => largestResources(most, host.resources), {}), partition),
      mostHosts: Math.min(partition.mostHosts, hosts.length), longestRun: hosts[0]?.longestRun, taken: taken.filter((one) => overlaps(one.interval, window)),
      endangered: endangeredIn(view.reservations, new Map(all.map((host) => [host.name, host]))),
    };
  });
}

function sumOf(hosts: readonly SlurmHost[]): Resources {
  return hosts.reduce<Resources>((sum, host) => addResources(sum, host.resources), {});
}

function cut(amounts: Resources, { atMost, gpus }: Partition): Resources {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, Math.min(amount, (name.startsWith('gpu') ? gpus : atMost[name]) ?? Infinity)]));
}

/** What a job in a reservation takes, the reservation takes already. */
function isInside(job: SlurmJob, reservations: readonly SlurmReservation[]): boolean {
  return job.reservation !== '' && reservations.some(({ name }) => name === job.reservation);
}

/** A job over several hosts takes an equal part of each. The second in which it ends is busy too. */
function takenByJob(job: SlurmJob, hosts: Hosts, { wholeHosts, overrun }: Pick<PoolRules, 'wholeHosts' | 'overrun'>): readonly Taken[] {
  const all = expandHosts(job.hosts);
  const here = all.flatMap((name) => hosts.get(name) ?? []);
  if (here.length === 0) return [];
  const interval = { start: (Number(job.start) || 0) * 1000, end: ((Number(job.end) || Infinity) + 1) * 1000 + overrun };
  const share = Object.entries(typedBy(here, parseTres(job.tres))).map(([name, amount]) => [name, Math.ceil(amount * here.length / all.length)] as const);
  return [{ interval, resources: wholeHosts ? sumOf(here) : Object.fromEntries(share), ...ownerOf(job.name) }];
}

/** Where only the sum over all types is told, each type of the job's hosts may be the one that it has: none is promised twice. */
function typedBy(hosts: readonly SlurmHost[], amounts: Resources): Resources {
  const own = new Set(hosts.flatMap(({ resources }) => Object.keys(resources)));
  return Object.fromEntries(Object.entries(amounts).flatMap(([name, amount]) => {
    const types = own.has(name) ? [] : [...own].filter((other) => other.startsWith(`${name}:`));
    return types.length === 0 ? [[name, amount] as const] : types.map((type) => [type, amount] as const);
  }));
}

/** All cores of its hosts reserved means the hosts as a whole. */
function takenByReservation(one: SlurmReservation, hosts: Hosts, wholeHosts: boolean): readonly Taken[] {
  const here = one.hosts.flatMap((name) => hosts.get(name) ?? []);
  if (here.length === 0) return [];
  const whole = sumOf(here);
  const cores = Math.ceil(one.cores * here.length / one.hosts.length);
  return [{ interval: one.interval, resources: wholeHosts || cores >= (whole['cores'] ?? 0) ? whole : { cores }, ...ownerOf(one.name) }];
}

function ownerOf(name: string): { readonly session?: SessionId } {
  const session = sessionOf(name);
  return session === undefined ? {} : { session };
}

/** Reservations of sessions whose hosts were drained or got maintenance laid over them since. */
function endangeredIn(reservations: readonly SlurmReservation[], hosts: Hosts): NonNullable<NativePool['endangered']> {
  const upkeep = reservations.filter(({ name, flags }) => sessionOf(name) === undefined && flags.some((flag) => /^MAINT|^OVERLAP/.test(flag)));
  return reservations.flatMap((one) => {
    const session = sessionOf(one.name);
    const why = session === undefined ? undefined : dangerOf(one, hosts, upkeep);
    return session === undefined || why === undefined ? [] : [{ session, reason: why }];
  });
}

function dangerOf({ hosts: names, interval }: SlurmReservation, hosts: Hosts, upkeep: readonly SlurmReservation[]): Reason | undefined {
  const away = names.find((name) => hosts.get(name)?.isUsable === false);
  const text = 'the place that the cluster holds for this session is in danger: {note}; it may start late or fail';
  if (away !== undefined) return reason('at-risk', text, { note: `host ${away} was drained or is down` });
  const over = upkeep.find((one) => overlaps(one.interval, interval) && one.hosts.some((name) => names.includes(name) && hosts.has(name)));
  return over && reason('at-risk', text, { note: `maintenance ${over.name} was laid over it` });
}
