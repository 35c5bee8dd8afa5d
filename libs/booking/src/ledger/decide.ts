/** The pure decision: commands against a profile become one batch, already applied in memory, and undone if it is not committed. */
import type { Instant, OfferSetId } from '#model';
import type { LedgerEvent } from '../booking.js';
import type { CommitBatch, PreparedRow } from '../booking-store.js';
import type { Profile, Undo } from '../profile/profile.js';

/** One wish to change the ledger. Decides by looking at the profile and writing to the draft; throwing takes back what it wrote. */
export interface Command<Result> {
  /** The offer set that it changes, if it is one: a batch changes a set by one command only. */
  readonly set?: OfferSetId;
  decide(draft: BatchDraft): Result;
}

export type Outcome<Result> = { readonly ok: true; readonly value: Result } | { readonly ok: false; readonly error: unknown };

export interface Decision {
  /** Undefined: nothing to commit. */
  readonly batch: CommitBatch | undefined;
  /** One for each command, in order. */
  readonly outcomes: readonly Outcome<unknown>[];
  /** Takes the batch out of the profile again. */
  undo(): void;
}

/** Decides commands all at once. */
export function decide(profile: Profile, commands: readonly Command<unknown>[], now: Instant): Decision {
  const draft = new BatchDraft(profile, now);
  for (const { set } of commands) if (set !== undefined) draft.named.add(set);
  const outcomes = commands.map((command) => draft.decide(command, now));
  return { batch: draft.batch(), outcomes, undo: () => { draft.undo(); } };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };
type Parts = Omit<Mutable<CommitBatch>, 'at'>;
interface Mark { readonly undos: number; readonly lengths: readonly number[] }

const partNames = ['events', 'pools', 'newSets', 'accepts', 'rejects', 'expired', 'prolonged', 'releases', 'rebooked'] as const;

/** A batch as it grows, command by command. */
export class BatchDraft {
  /** Sets that a command of the batch changes, or will. */
  readonly named = new Set<OfferSetId>();
  private readonly parts: Parts = { events: [], pools: [], newSets: [], accepts: [], rejects: [], expired: [], prolonged: [], releases: [], rebooked: [] };
  private readonly undos: Undo[] = [];
  private latest: Instant;

  /** `prepare`: told of rows that cost something to write down, as soon as they are decided. */
  constructor(readonly profile: Profile, private readonly begun: Instant, private readonly prepare: (row: PreparedRow) => void = () => undefined) {
    this.latest = begun;
  }

  /** The time of the command that is being decided. */
  get now(): Instant {
    return this.latest;
  }

  decide<Result>(command: Command<Result>, now: Instant): Outcome<Result> {
    this.latest = now;
    this.profile.moveTo(now);
    const mark = this.mark();
    try {
      const value = command.decide(this);
      for (const part of ['newSets', 'accepts'] as const) for (const row of this.parts[part].slice(mark.lengths[partNames.indexOf(part)])) this.prepare(row);
      return { ok: true, value };
    } catch (error) {
      this.backTo(mark);
      return { ok: false, error };
    }
  }

  /** Applies an event to the profile and writes it to the batch. */
  record(event: LedgerEvent): void {
    this.undos.push(this.profile.apply(event));
    this.parts.events.push(event);
  }

  add<Part extends keyof Omit<Parts, 'events'>>(part: Part, row: Parts[Part][number]): void {
    (this.parts[part] as (typeof row)[]).push(row);
  }

  /**
   * Expires what is due, but for sets that a command of the batch names: that command has its say first, and a late sweep can
   * only under-sell. Returns how many.
   */
  expireDue(): number {
    const due = this.profile.dueSets(this.now).filter((set) => !this.named.has(set));
    for (const set of due) {
      this.record({ kind: 'expired', set });
      this.add('expired', set);
    }
    return due.length;
  }

  mark(): Mark {
    return { undos: this.undos.length, lengths: partNames.map((part) => this.parts[part].length) };
  }

  backTo(mark: Mark): void {
    while (this.undos.length > mark.undos) this.undos.pop()?.();
    for (const [place, part] of partNames.entries()) this.parts[part].length = mark.lengths[place] ?? 0;
  }

  /** Takes everything out of the profile and of the batch again. */
  undo(): void {
    this.backTo({ undos: 0, lengths: [] });
  }

  /** A copy, so that taking the draft back does not empty what was sent to the store. Of the time at which it was begun. */
  batch(): CommitBatch | undefined {
    if (partNames.every((part) => this.parts[part].length === 0)) return undefined;
    const copies = Object.fromEntries(partNames.map((part) => [part, [...this.parts[part]]])) as unknown as Parts;
    return { at: this.begun, ...copies };
  }
}
