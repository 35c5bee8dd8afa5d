/** Slurm by its command line. */
import type { Interval, Resources, SessionId } from '#model';
import { BrokerError, fitsIn, reason } from '#model';
import type { PlatformHost } from '#plugin-sdk';
import type { BatchDialect, BatchJob, NativeJob, NativePool, ReservationWish } from '#platforms/batch';
import type { SlurmReservation } from './capacity.js';
import { parseHost, parseReservation, poolsOf } from './capacity.js';
import type { SlurmConfig } from './config.js';
import type { SlurmClient, SlurmJob } from './slurm.client.js';
import { faultOf, jobName, sessionOf } from './slurm.client.js';
import { StateTable } from './slurm.states.js';

const second = 1000;
/** A reservation can't be deleted while a job of it is leaving. */
const freeingPause = 250;
const freeingTries = 120;

export class SlurmDialect implements BatchDialect {
  private readonly states: StateTable;

  constructor(private readonly client: SlurmClient, private readonly config: SlurmConfig, private readonly host: PlatformHost) {
    this.states = new StateTable(host.log);
  }

  async pools(window: Interval): Promise<readonly NativePool[]> {
    const [hosts, jobs, reservations] = await Promise.all([this.client.hosts(), this.client.jobs(), this.client.reservations()]);
    const pools = poolsOf({ hosts: hosts.map(parseHost), jobs, reservations: reservations.map(parseReservation) }, this.config.partitions, window);
    const givesWholeHosts = this.config.reservations?.style === 'nodes';
    return pools.map((pool) => ({ ...pool, givesWholeHosts, total: this.reservable(pool.total), largestHost: this.reservable(pool.largestHost) }));
  }

  async submit(job: BatchJob, script: string, held: boolean): Promise<void> {
    await this.client.submit(job, script, held);
  }

  async begin({ id, user }: NativeJob): Promise<void> {
    await this.client.letGo(id, user);
  }

  async list(sessions: readonly SessionId[]): Promise<readonly NativeJob[]> {
    return this.translated(await this.client.jobs(sessions));
  }

  async account(sessions: readonly SessionId[]): Promise<readonly NativeJob[]> {
    return this.config.accounting ? this.translated(await this.client.accounted(sessions)) : [];
  }

  async cancel({ id, user }: NativeJob): Promise<void> {
    await this.client.cancel(id, user);
  }

  /** Undefined where this start gets none. */
  async reserve(wish: ReservationWish): Promise<string | undefined> {
    const { reservations } = this.config;
    if (!reservations || wish.during.start - wish.now < reservations.from) return undefined;
    const name = jobName(wish.session);
    const made = await this.client.reserve(this.wordsOf(wish, name));
    // A repeated accept finds what the first one made.
    if (made !== true && !/duplicate/i.test(made)) throw refusal(wish, made);
    const found = (await this.client.reservations()).map(parseReservation).find((one) => one.name === name);
    const lack = found === undefined ? 'it is not there' : await this.lackOf(found, wish);
    if (lack === undefined) return name;
    await this.client.unreserve(name);
    throw refusal(wish, lack);
  }

  async unreserve(session: SessionId): Promise<void> {
    if (!this.config.reservations) return;
    for (let tries = 0; tries < freeingTries; tries += 1) {
      if (await this.client.unreserve(jobName(session))) return;
      await this.host.clock.sleep(freeingPause);
    }
    throw new BrokerError('busy', 'time', [reason('reservation-in-use', 'the reservation {name} is still in use', { name: jobName(session) }, { level: 'ERROR' })]);
  }

  private wordsOf(wish: ReservationWish, name: string): readonly string[] {
    const { start, end } = wish.during;
    const begin = start <= wish.now ? 'now' : `uts${Math.floor(start / second)}`;
    const cores = this.config.reservations?.style === 'cores' ? [`CoreCnt=${wish.granted['cores'] ?? 1}`] : [];
    return [`ReservationName=${name}`, `StartTime=${begin}`, `EndTime=uts${Math.ceil(end / second)}`, 'NodeCnt=1', ...cores, `PartitionName=${wish.pool}`, `Users=${wish.user}`];
  }

  /** What the reservation lacks of what was wished; Slurm gives less without a word. */
  private async lackOf(found: SlurmReservation, wish: ReservationWish): Promise<string | undefined> {
    const { start, end } = wish.during;
    if (found.interval.start > Math.max(start, wish.now + 2 * second) || found.interval.end < end) return 'it is shorter than the session';
    if (!found.users.includes(wish.user)) return `it is not for ${wish.user}`;
    const [host = ''] = found.hosts;
    const whole = (await this.client.hosts()).map(parseHost).find((one) => one.name === host && one.partition === wish.pool);
    if (!whole || !fitsIn(wish.granted, whole.resources)) return `its host ${host} is too small`;
    return found.cores < (wish.granted['cores'] ?? 1) ? `it has only ${found.cores} cores` : undefined;
  }

  /** GPUs can only be reserved with their host. */
  private reservable(amounts: Resources): Resources {
    if (this.config.reservations?.style !== 'cores') return amounts;
    return Object.fromEntries(Object.entries(amounts).filter(([name]) => !name.startsWith('gpu')));
  }

  private translated(jobs: readonly SlurmJob[]): readonly NativeJob[] {
    const byAge = [...jobs].sort((a, b) => Number(a.id) - Number(b.id));
    return byAge.flatMap((job) => {
      const session = sessionOf(job.name);
      return session === undefined ? [] : [{ id: job.id, session, user: job.user, seen: this.states.observe(job) }];
    });
  }
}

function refusal(wish: ReservationWish, said: string): BrokerError {
  const fault = faultOf('scontrol create reservation', said);
  if (/invalid user|permission|access/i.test(said)) {
    return new BrokerError('unavailable', 'operator', [reason('no-right-to-reserve', "the broker's account may not make reservations; grant it with: sacctmgr modify user NAME set AdminLevel=Operator", {}, { level: 'ERROR' })], { cause: fault });
  }
  if (fault.fixer === 'time') return fault;
  return new BrokerError('conflict', 'time', [reason('not-reserved', "the cluster can't hold this place in '{pool}': {said}", { pool: wish.pool, said })], { cause: fault });
}
