import type { Instant, PlatformName, SessionId } from '#model';
import { isWatched } from './next-step.js';
import type { SessionRecord } from './session-store.js';

/** A session that this replica holds: nobody else takes it before `until`, and it wants to be looked at `at`. */
export interface Held { record: SessionRecord; until: Instant; at: Instant }

type Keyed<Key> = { has(key: Key): boolean };

/** The sessions in memory, so that what runs unchanged costs neither a read nor a write of the store. */
export class HeldSessions {
  private readonly all = new Map<SessionId, Held>();
  /** Taken from the store while a step of an older revision was still in hand. */
  private readonly later = new Map<SessionId, Held>();
  /** What the steps in hand have saved last. */
  private readonly saved = new Map<SessionId, number>();
  /** What the clock showed last: one that was set back would let everything rest until it is as late again. */
  private shown: Instant = Number.NEGATIVE_INFINITY;

  take(held: Held, busy: Keyed<SessionId>): void {
    if (this.isOutdated(held)) return;
    const { id } = held.record.session;
    (busy.has(id) ? this.later : this.all).set(id, held);
  }

  /** The step in hand is over: what was taken meanwhile comes to its turn. */
  free(id: SessionId): void {
    const next = this.later.get(id);
    if (next && !this.isOutdated(next)) this.all.set(id, next);
    this.later.delete(id);
    this.saved.delete(id);
  }

  /** A claim reads what a step may have saved anew before the claim's answer is here. */
  private isOutdated({ record }: Held): boolean {
    const { id } = record.session;
    return Math.max(this.all.get(id)?.record.revision ?? 0, this.saved.get(id) ?? 0) > record.revision;
  }

  has(held: Held): boolean {
    return this.all.get(held.record.session.id) === held;
  }

  /** Nothing more to do with it here: false. */
  drop(id: SessionId): false {
    this.all.delete(id);
    return false;
  }

  /** What is held already as it was saved stays: a claim may have taken it between the save and the word of it, and nobody else can have it until its lease is over. */
  dropBefore(id: SessionId, revision: number): void {
    if ((this.all.get(id)?.record.revision ?? revision) < revision) this.all.delete(id);
  }

  clear(): void {
    this.all.clear();
    this.later.clear();
    this.saved.clear();
  }

  /** Nothing to do with it before `at`: false. */
  rest(held: Held, at: Instant): false {
    held.at = at;
    return false;
  }

  /** After a save: the session is ours until it is due. */
  replace(held: Held, record: SessionRecord, at: Instant): void {
    this.saved.set(record.session.id, record.revision);
    held.record = record;
    held.until = record.due ?? held.until;
    held.at = at;
  }

  /** True when the session is held here. */
  hint(id: SessionId, now: Instant): boolean {
    const held = this.all.get(id);
    if (held) held.at = Math.min(held.at, now);
    return held !== undefined;
  }

  dropLapsed(now: Instant, busy: Keyed<SessionId>): void {
    for (const [id, held] of this.all) if (held.until <= now && !busy.has(id)) this.all.delete(id);
  }

  /** Those that want to be looked at, most overdue first. */
  ready(now: Instant, busy: Keyed<SessionId>): readonly Held[] {
    if (now < this.shown) for (const held of this.all.values()) held.at = Math.min(held.at, now);
    this.shown = now;
    return [...this.all.values()].filter((held) => held.at <= now && !busy.has(held.record.session.id)).sort((a, b) => a.at - b.at);
  }

  /** Those whose platform is being looked at just now are left out: its answer comes by itself. */
  nextLook(busy: Keyed<SessionId>, observing?: Keyed<PlatformName>): Instant | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const [id, held] of this.all) {
      const isWaiting = observing?.has(held.record.plan.platform) === true && isWatched(held.record);
      if (!busy.has(id) && !isWaiting) next = Math.min(next, held.at);
    }
    return Number.isFinite(next) ? next : undefined;
  }
}
