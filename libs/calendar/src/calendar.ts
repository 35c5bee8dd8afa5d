/**
 * The site's own changes of capacity over time. Entries are kept in a store; what they take is booked in the ledger, and
 * brought in line with the entries again and again: after a restart, when a block's grace is over, when something that a
 * forced entry waits for becomes free. Several replicas may do so side by side: they all want the same.
 */
import { BrokerError, fitsIn, isUuid, offerSetIdFrom, reason, sessionIdOf, subtractResources } from '#model';
import type { CalendarAdministration, CalendarEntry, CalendarEntryId, CalendarView, Instant, PoolId, Resources } from '#model';
import type { Claim, PoolResult } from '#booking';
import type { CalendarParts, PoolTotal, Standing } from './calendar-settings.js';
import { isSameShape } from './claim-shapes.js';
import { promisesInTheWay } from './concerned.js';
import type { Promises } from './concerned.js';
import { usedByGroup, withGivenBack } from './give-back.js';
import { readEntry } from './read-entry.js';
import { asSession, atRisk, inTheWay, refusedCut } from './refusals.js';
import { takeable } from './takeable.js';
import { blockPoolOf, isOver, totalsOf, wantedClaims, within } from './wanted.js';
import type { Reach } from './wanted.js';

const nobody: Promises = { sessions: [], sets: [] };

export class Calendar implements CalendarAdministration {
  private known: readonly CalendarEntry[] = [];
  private readonly bases = new Map<PoolId, Resources>();
  /** One change at a time: each looks at what the one before has left. */
  private last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly parts: CalendarParts) {}

  static async open(parts: CalendarParts): Promise<Calendar> {
    const calendar = new Calendar(parts);
    calendar.known = await parts.store.list();
    return calendar;
  }

  /** As this replica knows them; others' changes come with the next refresh. */
  get entries(): readonly CalendarEntry[] {
    return this.known;
  }

  /** What a pool's total has to be when its platform has `base`: called at start, before pools are defined. */
  totalFor(pool: PoolId, base: Resources): Resources {
    this.bases.set(pool, base);
    return totalsOf(new Map([[pool, base]]), this.known).get(pool) ?? base;
  }

  async list(): Promise<readonly CalendarView[]> {
    await this.refresh();
    return this.known.map((entry) => this.view(entry));
  }

  async add(raw: unknown, dry: boolean): Promise<CalendarView> {
    const id = sessionIdOf(offerSetIdFrom(this.parts.newUuid()), 0) as string as CalendarEntryId;
    const entry = readEntry(raw, { id, now: this.parts.clock.now() });
    return this.inTurn(async () => {
      this.known = await this.parts.store.list();
      this.requireRoom(entry);
      const promises = this.promisesFor(entry);
      const isFree = promises.sessions.length + promises.sets.length === 0;
      if (!isFree && !entry.forced) throw refusedCut(await inTheWay(this.parts, this.known, promises), 'choose another time, cancel them, or force it');
      if (dry) return { entry, isWhole: isFree };
      await this.enter(entry);
      for (const session of promises.sessions) await this.parts.tellSession(session, [atRisk(entry)]);
      return this.view(entry);
    });
  }

  remove(id: CalendarEntryId, options: { readonly dry: boolean; readonly force: boolean }): Promise<void> {
    return this.inTurn(async () => {
      this.known = await this.parts.store.list();
      const entry = this.known.find((one) => one.id === id);
      if (!entry || !isUuid(id)) throw new BrokerError('not-found', 'caller', [reason('not-found', 'there is no calendar entry {id} here', { id: id.slice(0, 64) })]);
      const promises = this.promisesOn(entry);
      const isFree = promises.sessions.length + promises.sets.length === 0;
      if (!isFree && !(options.force && entry.kind === 'block')) throw refusedCut(await inTheWay(this.parts, this.known, promises), entry.kind === 'block' ? 'cancel them, or force it to give back what is unused' : 'cancel them first');
      if (options.dry) return;
      if (isFree) await this.drop(entry);
      else await this.giveUp(entry);
    });
  }

  /** Reads the entries again and brings the ledger in line with them. Safe to repeat. */
  refresh(): Promise<void> {
    return this.inTurn(async () => {
      this.known = await this.parts.store.list();
      for (const entry of this.known.filter((one) => this.bases.has(one.pool))) {
        // One entry that can't be followed must not keep the others, or the node, from going on.
        await this.follow(entry).catch((error: unknown) => { this.parts.log.error('a calendar entry could not be followed; tried again in a moment', { entry: entry.id, name: entry.name, error }); });
      }
    });
  }

  private async follow(entry: CalendarEntry): Promise<void> {
    if (isOver(entry, this.parts.clock.now()) && this.promisesOn(entry).sessions.length === 0) await this.drop(entry);
    else await this.bring(entry);
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private view(entry: CalendarEntry): CalendarView {
    const { ledger, clock } = this.parts;
    const own = ledger.bookingOf(asSession(entry))?.claims ?? [];
    const isWhole = entry.kind === 'block' ? own.length > 0 : isSameShape(own, this.wanted(entry));
    const time = entry.kind === 'block' ? entry.times.find((one) => (one.end ?? Infinity) > clock.now()) : undefined;
    if (!time) return { entry, isWhole };
    const [interval] = within([time], { start: clock.now(), end: Infinity });
    const free = ledger.preview((profile) => subtractResources(profile.totalOf(blockPoolOf(entry)) ?? {}, interval ? usedByGroup(profile, entry, interval, []) : {}));
    return { entry, isWhole, block: { pool: blockPoolOf(entry), free } };
  }

  private requireRoom(entry: CalendarEntry): void {
    const base = this.bases.get(entry.pool);
    if (!base) throw new BrokerError('conflict', 'caller', [reason('unknown-pool', '{path}: there is no pool {pool} here; there are {pools}', { pool: entry.pool, pools: [...this.bases.keys()].join(', ') }, { path: 'pool' })]);
    if (entry.name !== undefined && this.known.some((one) => one.name === entry.name)) throw new BrokerError('conflict', 'caller', [reason('name-taken', '{path}: there is an entry {name} already', { name: entry.name }, { path: 'name' })]);
    const total = totalsOf(this.bases, this.known).get(entry.pool) ?? base;
    if (entry.kind !== 'growth' && !fitsIn(entry.amounts ?? {}, total)) {
      const has = Object.entries(total).map(([name, amount]) => `${amount} ${name}`).join(', ');
      throw new BrokerError('conflict', 'caller', [reason('too-big', '{path}: the pool has {has}', { has }, { path: 'amounts' })]);
    }
  }

  /** From then on the entry is in force, however late this replica is to book it. */
  private async enter(entry: CalendarEntry): Promise<void> {
    await this.parts.store.put(entry);
    this.known = [...this.known, entry];
    const refused = await this.bring(entry);
    if (!refused) return;
    await this.drop(entry);
    throw refusedCut(await inTheWay(this.parts, this.known, refused), 'they were promised in this moment; try again');
  }

  /** Books what the entry should have. The promises in the way, if it was refused. */
  private async bring(entry: CalendarEntry): Promise<Promises | undefined> {
    const { ledger, log } = this.parts;
    const { claims } = this.standing(entry);
    const isBooked = isSameShape(ledger.bookingOf(asSession(entry))?.claims ?? [], claims);
    const pools = this.totalsTouchedBy(entry);
    if (isBooked && pools.every(({ pool, total }) => this.hasTotal(pool, total))) return undefined;
    // Queued together, so that nobody books what the raised total shows before the claims cover it.
    const [, result] = await Promise.all([ledger.definePools(pools), ledger.rebook(asSession(entry), claims)]);
    if (result.kind === 'rebooked') return undefined;
    log.warn('the calendar could not book an entry now; it tries again', { entry: entry.id, name: entry.name, sessions: result.sessions, sets: result.sets });
    return result;
  }

  private hasTotal(pool: PoolId, total: Resources): boolean {
    const now = this.parts.ledger.preview((profile) => profile.totalOf(pool));
    return now !== undefined && fitsIn(now, total) && fitsIn(total, now);
  }

  private totalsTouchedBy(entry: CalendarEntry): readonly PoolTotal[] {
    const pool = entry.kind === 'growth' ? entry.pool : entry.kind === 'block' ? blockPoolOf(entry) : undefined;
    const total = pool === undefined ? undefined : totalsOf(this.bases, this.known).get(pool);
    return pool === undefined || total === undefined ? [] : [{ pool, total }];
  }

  private async giveUp(entry: CalendarEntry): Promise<void> {
    const ended = { ...entry, ended: this.parts.clock.now() };
    await this.parts.store.put(ended);
    this.known = this.known.map((one) => (one.id === entry.id ? ended : one));
    await this.bring(ended);
  }

  /** Takes it out of ledger and store. A total that is still needed stays, and is lowered by a later refresh or start. */
  private async drop(entry: CalendarEntry): Promise<void> {
    const { ledger, store, log } = this.parts;
    const left = this.known.filter((one) => one.id !== entry.id);
    const lower = this.totalsTouchedBy(entry).map(({ pool, total }) => ({ pool, total: totalsOf(this.bases, left).get(pool) ?? nothingOf(total) }));
    const [, results] = await Promise.all([ledger.rebook(asSession(entry), []), ledger.definePools(lower)]);
    for (const result of results) if (result.kind === 'refused') log.warn('a pool stays larger than its platform until promises on it are over', { entry: entry.id, ...detailsOf(result) });
    await store.remove(entry.id);
    this.known = left;
  }

  private wanted(entry: CalendarEntry): readonly Claim[] {
    return wantedClaims(entry, { bases: this.bases, entries: this.known, reach: this.reachOf(entry) });
  }

  private standing(entry: CalendarEntry): Standing {
    const { ledger, clock } = this.parts;
    const now = clock.now();
    const wanted = this.wanted(entry);
    const own = ledger.bookingOf(asSession(entry))?.claims ?? [];
    const claims = ledger.preview((profile) => {
      if (entry.kind === 'block') return withGivenBack(profile, entry, wanted, { own, now });
      return entry.forced ? takeable(profile, wanted, own, now) : wanted;
    });
    return { claims, isWhole: isSameShape(claims, wanted), at: now };
  }

  /** Ends beyond everything that can be offered; moves on once in a horizon, so that little is booked anew. */
  private reachOf(entry: CalendarEntry): Reach {
    const { horizon, clock } = this.parts;
    const grain = this.parts.ledger.preview((profile) => profile.grain);
    const end: Instant = (Math.floor(clock.now() / horizon) + 3) * horizon;
    return { start: Math.floor(entry.created / grain) * grain, end };
  }

  private promisesFor(entry: CalendarEntry): Promises {
    // What growth brings was nobody's before.
    if (entry.kind === 'growth') return nobody;
    const totals = totalsOf(this.bases, this.known);
    const claims = this.wanted(entry);
    return this.parts.ledger.preview((profile) => promisesInTheWay(profile, asSession(entry), claims.filter((claim) => claim.pool === entry.pool), (pool) => totals.get(pool)));
  }

  /** Who would lose something if the entry went. */
  private promisesOn(entry: CalendarEntry): Promises {
    if (entry.kind === 'maintenance') return nobody;
    const totals = totalsOf(this.bases, this.known);
    const pool = entry.kind === 'block' ? blockPoolOf(entry) : entry.pool;
    const times = within(entry.times, { start: this.parts.clock.now(), end: this.reachOf(entry).end });
    const claims = times.map((interval): Claim => ({ pool, interval, amount: entry.amounts ?? {} }));
    return this.parts.ledger.preview((profile) => promisesInTheWay(profile, asSession(entry), claims, (one) => totals.get(one)));
  }
}

function nothingOf(total: Resources): Resources {
  return Object.fromEntries(Object.keys(total).map((name) => [name, 0]));
}

function detailsOf({ sessions, sets }: PoolResult & { kind: 'refused' }): { sessions: readonly string[]; sets: readonly string[] } {
  return { sessions, sets };
}
