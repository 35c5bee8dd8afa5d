/** Slurm, whichever way in. */
import type { Interval, Resources, SessionId } from '#model';
import type { Finding, PlatformHost } from '#plugin-sdk';
import type { BatchDialect, BatchJob, NativeJob, NativePool, ReservationWish, StartOfJob } from '#platforms/batch';
import { poolsOf } from './capacity.js';
import type { SlurmConfig } from './config.js';
import { GresNames } from './gres-names.js';
import type { Reservations } from './reservations.js';
import { leaving, StateTable, waitsForItsTime } from './slurm.states.js';
import type { SlurmJob, SlurmWay } from './way.js';
import { sessionOf } from './way.js';
import { isReservationGone } from './faults.js';

export interface DialectParts { readonly config: SlurmConfig; readonly reservations: Reservations; readonly host: PlatformHost; check(): Promise<readonly Finding[]> }

export class SlurmDialect implements BatchDialect {
  readonly spreads: boolean;
  private readonly states: StateTable;
  private readonly names: GresNames;

  constructor(private readonly way: SlurmWay, private readonly parts: DialectParts) {
    this.states = new StateTable(parts.host.log);
    this.names = new GresNames(parts.config.accelerators);
    this.spreads = parts.config.partitions.some(({ mostHosts }) => mostHosts > 1);
  }

  async pools(window: Interval): Promise<readonly NativePool[]> {
    const [hosts, jobs, reservations] = await Promise.all([this.way.hosts(), this.way.jobs(), this.way.reservations()]);
    const wholeHosts = this.parts.config.reservations?.style === 'nodes';
    const pools = poolsOf({ hosts, jobs, reservations }, { partitions: this.parts.config.partitions, window, wholeHosts, overrun: this.parts.config.overrun });
    return pools.map((pool) => ({
      ...pool, givesWholeHosts: wholeHosts, total: this.named(pool.total), largestHost: this.named(pool.largestHost),
      taken: pool.taken.map((one) => ({ ...one, resources: this.names.fromSlurm(one.resources) })),
    }));
  }

  /** Without its reservation when somebody has removed that: the place may still be free. */
  async submit(job: BatchJob, script: string, when: StartOfJob): Promise<void> {
    const named = { ...job, granted: this.names.toSlurm(job.granted) };
    try {
      await this.way.submit(named, script, when);
    } catch (fault) {
      const { reservation, ...bare } = named;
      if (reservation === undefined || !isReservationGone(fault)) throw fault;
      this.parts.host.log.warn('the reservation of a session was removed on the cluster; it is submitted without', { session: job.session, reservation });
      await this.way.submit(bare, script, when);
    }
  }

  async begin(job: NativeJob): Promise<void> {
    await this.way.letGo(job);
  }

  async list(sessions: readonly SessionId[]): Promise<readonly NativeJob[]> {
    return this.translated(await this.way.jobs(sessions));
  }

  async account(sessions: readonly SessionId[]): Promise<readonly NativeJob[]> {
    return this.parts.config.accounting ? this.translated(await this.way.accounted(sessions)) : [];
  }

  async cancel(job: NativeJob): Promise<void> {
    await this.way.cancel(job);
  }

  reserve(wish: ReservationWish): Promise<string | undefined> {
    return this.parts.reservations.hold({ ...wish, granted: this.names.toSlurm(wish.granted) });
  }

  unreserve(session: SessionId): Promise<void> {
    return this.parts.reservations.giveBack(session);
  }

  check(): Promise<readonly Finding[]> {
    return this.parts.check();
  }

  /** By the site's words; what is reserved by cores has no GPUs, as these can only be reserved with their host. */
  private named(amounts: Resources): Resources {
    const all = this.names.fromSlurm(amounts);
    if (this.parts.config.reservations?.style !== 'cores') return all;
    return Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('gpu')));
  }

  private translated(jobs: readonly SlurmJob[]): readonly NativeJob[] {
    const byAge = [...jobs].sort((a, b) => Number(a.id) - Number(b.id));
    return byAge.flatMap((job) => {
      const session = sessionOf(job.name);
      return session === undefined ? [] : [{ id: job.id, session, user: job.user, state: job.state, seen: this.states.observe(job), isTimed: job.why === waitsForItsTime, isLeaving: job.state === leaving }];
    });
  }
}
