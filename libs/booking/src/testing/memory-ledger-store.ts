/** A ledger's database in memory, with the semantics of the real one: fence, compare-and-set, guard. Several ledgers may share it. */
import type { Instant, Milliseconds, OfferSetId, PoolId, Resources, SessionId } from '#model';
import { BrokerError, reason } from '#model';
import type { LedgerEvent } from '../booking.js';
import type { Booking, CommitBatch, CommitResult, LedgerSnapshot, LedgerStore, OfferSetState, SessionSeed, StoredOfferSet, Turn } from '../booking-store.js';
import { addSteps, mostUsed, stepsOfClaims } from './brute-force.js';

type Logged = { readonly version: number; readonly events: readonly LedgerEvent[] };
interface Tables {
  readonly pools: Map<PoolId, Resources>;
  readonly sets: Map<OfferSetId, StoredOfferSet>;
  readonly bookings: Map<SessionId, Booking>;
  readonly seeds: Map<SessionId, SessionSeed>;
}

export class MemoryLedgerStore implements LedgerStore {
  private tables: Tables = { pools: new Map(), sets: new Map(), bookings: new Map(), seeds: new Map() };
  private readonly log: Logged[] = [];
  private lock: Promise<unknown> = Promise.resolve();

  constructor(private readonly grain: Milliseconds) {}

  /** First rows of the sessions that were accepted. */
  get seeds(): ReadonlyMap<SessionId, SessionSeed> {
    return this.tables.seeds;
  }

  async snapshot(after: Instant): Promise<LedgerSnapshot> {
    await turn();
    const { pools, sets, bookings } = this.tables;
    return structuredClone({
      version: this.log.length,
      pools: [...pools].map(([pool, total]) => ({ pool, total })),
      bookings: [...bookings.values()].filter((one) => one.claims.some((claim) => claim.interval.end > after)),
      open: [...sets.values()].filter((one) => one.state === 'OFFERED').map(({ id, expires, holds, rejected }) => ({ set: id, expires, holds, rejected })),
    });
  }

  commit(version: number, batch: CommitBatch): Promise<CommitResult> {
    return this.alone(() => this.write(version, batch));
  }

  takeTurn(version: number): Promise<Turn> {
    return new Promise((resolve, reject) => {
      const taken = this.alone(() => new Promise<void>((leave) => {
        resolve({
          missed: this.after(version),
          commit: async (on, batch, isLast) => {
            try {
              await turn();
              return this.write(on, batch);
            } finally {
              if (isLast) leave();
            }
          },
          leave: async () => { leave(); await turn(); },
        });
      }));
      taken.catch(reject);
    });
  }

  async since(version: number): Promise<readonly Logged[]> {
    await turn();
    return this.after(version);
  }

  async offerSet(id: OfferSetId): Promise<StoredOfferSet | undefined> {
    await turn();
    return structuredClone(this.tables.sets.get(id));
  }

  private after(version: number): readonly Logged[] {
    return structuredClone(this.log.slice(version));
  }

  private alone<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.lock.then(turn).then(work);
    this.lock = done.catch(() => undefined);
    return done;
  }

  private write(version: number, given: CommitBatch): CommitResult {
    if (version !== this.log.length) return { kind: 'conflict' };
    const batch = structuredClone(given);
    const { pools, sets, bookings, seeds } = this.tables;
    const next: Tables = { pools: new Map(pools), sets: new Map(sets), bookings: new Map(bookings), seeds: new Map(seeds) };
    changeSets(next, batch);
    changeBookings(next, batch);
    this.guard(next);
    this.tables = next;
    this.log.push({ version: version + 1, events: batch.events });
    return { kind: 'committed', version: version + 1 };
  }

  private guard({ pools, bookings }: Tables): void {
    const use = new Map<string, number>();
    for (const { claims } of bookings.values()) addSteps(use, stepsOfClaims(claims, this.grain));
    for (const [pool, most] of mostUsed(use)) {
      for (const [name, amount] of Object.entries(most)) {
        const total = pools.get(pool)?.[name] ?? 0;
        if (amount > total) throw refusal(`${amount} of ${total} ${name} of ${pool} would be booked`);
      }
    }
  }
}

function changeSets({ sets }: Tables, batch: CommitBatch): void {
  for (const { state, ...row } of batch.newSets) {
    if (sets.has(row.id)) throw refusal(`offer set ${row.id} exists`);
    sets.set(row.id, { ...row, state, rejected: [], modified: row.created });
  }
  const change = (id: OfferSetId, may: (set: StoredOfferSet) => boolean, to: (set: StoredOfferSet) => Partial<StoredOfferSet> & { state: OfferSetState }): void => {
    const set = sets.get(id);
    if (set?.state !== 'OFFERED' || !may(set)) throw new BrokerError('conflict', 'caller', [reason('offer-not-open', 'Offer set {set} is no longer open', { set: id })]);
    sets.set(id, { ...set, ...to(set), modified: batch.at });
  };
  for (const { set, index } of batch.accepts) {
    change(set, (one) => one.expires > batch.at && !one.rejected.includes(index), () => ({ state: 'ACCEPTED', accepted: index }));
  }
  for (const { set, index, last } of batch.rejects) {
    change(set, (one) => !one.rejected.includes(index), (one) => ({ state: last ? 'REJECTED' : 'OFFERED', rejected: [...one.rejected, index] }));
  }
  for (const { set, expires, ...more } of batch.prolonged) change(set, (one) => one.expires > batch.at, () => ({ state: 'OFFERED', expires, ...more }));
  for (const set of batch.expired) change(set, () => true, () => ({ state: 'EXPIRED' }));
}

function changeBookings({ pools, bookings, seeds }: Tables, batch: CommitBatch): void {
  for (const { pool, total } of batch.pools) pools.set(pool, total);
  for (const { booking, seed } of batch.accepts) {
    if (bookings.has(booking.session)) throw refusal(`session ${booking.session} is booked already`);
    bookings.set(booking.session, booking);
    seeds.set(seed.id, seed);
  }
  for (const booking of batch.rebooked) {
    if (booking.claims.length > 0) bookings.set(booking.session, booking);
    else bookings.delete(booking.session);
  }
  for (const { session, remaining } of batch.releases) {
    const booking = bookings.get(session);
    if (booking) bookings.set(session, { ...booking, claims: remaining });
  }
}

function refusal(why: string): BrokerError {
  return new BrokerError('defect', 'us', [reason('guard-refused', 'The store refused a commit: {why}', { why })]);
}

/** As a database does, answers in a later turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
