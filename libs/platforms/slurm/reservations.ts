/** Reservations are written by command, as no REST before 24.11 can: held, read back and verified. */
import type { PlatformHost } from '#plugin-sdk';
import type { Instant, Milliseconds, SessionId } from '#model';
import { BrokerError, fitsIn, reason } from '#model';
import type { Commands, ReservationWish } from '#platforms/batch';
import { Gathering } from '#platforms/batch';
import { faultOf, oneLine } from './faults.js';
import type { SlurmConfig } from './config.js';
import type { SlurmHost, SlurmReservation, SlurmWay } from './way.js';
import { jobName, shareOf } from './way.js';

const second = 1000;
/** A reservation can't be deleted while a job of it is leaving. */
const freeingPause = 250;
const freeingTries = 120;
/** A host that is drained sooner after than this is the affair of the watch over what is at risk. */
const hostsAge: Milliseconds = 2 * second;

export interface ReservationParts { readonly commands: Commands; readonly way: SlurmWay; readonly config: SlurmConfig; readonly host: PlatformHost }

export class Reservations {
  /** Those that are made at the same moment are read back together. */
  private readonly madeNow: Gathering<string, readonly SlurmReservation[]>;
  private hostsSeen: { readonly at: Instant; readonly hosts: Promise<readonly SlurmHost[]> } | undefined;

  constructor(private readonly parts: ReservationParts) {
    this.madeNow = new Gathering(() => parts.way.reservations());
  }

  /** Its name; undefined where this start gets none. A repeated accept finds what the first one made. */
  async hold(wish: ReservationWish): Promise<string | undefined> {
    const { reservations } = this.parts.config;
    if (!reservations || wish.during.start - wish.now < reservations.from) return undefined;
    const name = jobName(wish.session);
    const made = await this.create(this.wordsOf(wish, name));
    if (made !== true && !/duplicate/i.test(made)) throw refusal(wish, made);
    const found = (await this.madeNow.with(name)).find((one) => one.name === name);
    const lack = found === undefined ? 'it is not there' : await this.lackOf(found, wish);
    if (lack === undefined) return name;
    await this.remove(name);
    throw refusal(wish, lack);
  }

  async giveBack(session: SessionId): Promise<void> {
    if (!this.parts.config.reservations) return;
    for (let tries = 0; tries < freeingTries; tries += 1) {
      if (await this.remove(jobName(session))) return;
      await this.parts.host.clock.sleep(freeingPause);
    }
    throw new BrokerError('busy', 'time', [reason('reservation-in-use', 'the reservation {name} is still in use', { name: jobName(session) }, { level: 'ERROR' })]);
  }

  /** True when it came about; the complaint otherwise. */
  async create(words: readonly string[]): Promise<true | string> {
    const { code, stdout, stderr } = await this.parts.commands.answer(['scontrol', 'create', 'reservation', ...words]);
    return code === 0 ? true : oneLine(`${stdout} ${stderr}`);
  }

  /** True when it is gone, or was never there; false while jobs use it. */
  async remove(name: string): Promise<boolean> {
    const { code, stdout, stderr } = await this.parts.commands.answer(['scontrol', 'delete', `ReservationName=${name}`]);
    if (code === 0 || /reservation is invalid/i.test(stderr)) return true;
    if (/in use/i.test(stderr)) return false;
    throw faultOf('scontrol', `${stdout} ${stderr}`);
  }

  private wordsOf(wish: ReservationWish, name: string): readonly string[] {
    const { start, end } = wish.during;
    const { hosts, cores } = shareOf(wish);
    const begin = start <= wish.now ? 'now' : `uts${Math.floor(start / second)}`;
    // Of all hosts together: a list of counts (22.05) reserves as many hosts for each of them.
    const each = this.parts.config.reservations?.style === 'cores' ? [`CoreCnt=${hosts * cores}`] : [];
    return [`ReservationName=${name}`, `StartTime=${begin}`, `EndTime=uts${Math.ceil(end / second)}`, `NodeCnt=${hosts}`, ...each, `PartitionName=${wish.pool}`, `Users=${wish.user}`];
  }

  /** What the reservation lacks of what was wished; Slurm gives less without a word. */
  private async lackOf(found: SlurmReservation, wish: ReservationWish): Promise<string | undefined> {
    const { start, end } = wish.during;
    const share = shareOf(wish);
    // What is due begins when a controller makes it, which may take its time.
    if (found.interval.start > Math.max(start, this.parts.host.clock.now() + 2 * second) || found.interval.end < end) return 'it is shorter than the session';
    if (!found.users.includes(wish.user)) return `it is not for ${wish.user}`;
    if (found.hosts.length !== share.hosts) return `it has ${found.hosts.length} of ${share.hosts} hosts`;
    if (found.cores < share.cores * share.hosts) return `it has only ${found.cores} cores`;
    const need = { cores: share.cores, memory: share.mebibytes / 1024, ...Object.fromEntries(share.gres) };
    const known = (await this.hosts()).filter(({ partition }) => partition === wish.pool);
    const small = found.hosts.find((name) => !known.some((one) => one.name === name && one.isUsable && fitsIn(need, one.resources)));
    return small === undefined ? undefined : `its host ${small} is too small, or drained`;
  }

  /** Shared by those that are made within a moment; an answer that failed is not believed a second time. */
  private hosts(): Promise<readonly SlurmHost[]> {
    const now = this.parts.host.clock.now();
    if (this.hostsSeen !== undefined && now >= this.hostsSeen.at && now - this.hostsSeen.at < hostsAge) return this.hostsSeen.hosts;
    const hosts = this.parts.way.hosts();
    this.hostsSeen = { at: now, hosts };
    hosts.catch(() => { this.hostsSeen = undefined; });
    return hosts;
  }
}

export const grantOfReservations = 'sacctmgr modify user NAME set AdminLevel=Operator';

/** What Slurm says of a table that has no number left; its log is clearer. */
const fullTable = ' (so it says too when its table of reservations is full: it numbers 9999)';

function refusal(wish: ReservationWish, said: string): BrokerError {
  const fault = faultOf('scontrol create reservation', said);
  if (/invalid user|permission|access/i.test(said)) {
    return new BrokerError('unavailable', 'operator', [reason('no-right-to-reserve', `the broker's account may not make reservations; grant it with: ${grantOfReservations}`, {}, { level: 'ERROR' })], { cause: fault });
  }
  if (fault.fixer === 'time') return fault;
  const hint = /reservation is invalid/i.test(said) ? fullTable : '';
  return new BrokerError('conflict', 'time', [reason('not-reserved', "the cluster can't hold this place in '{pool}': {said}", { pool: wish.pool, said: said + hint })], { cause: fault });
}
