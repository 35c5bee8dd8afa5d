/** The pure decision: commands against a profile become one batch, already applied in memory, and undone if it is not committed. */
import type { Instant, OfferSetId } from '#model';
import type { LedgerEvent } from './booking.js';
import type { CommitBatch } from './booking-store.js';
import type { Profile, Undo } from './profile.js';

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

export function decide(profile: Profile, commands: readonly Command<unknown>[], now: Instant): Decision {
  profile.moveTo(now);
  const draft = new BatchDraft(profile, now, new Set(commands.flatMap((command) => command.set ?? [])));
  const outcomes = commands.map((command): Outcome<unknown> => {
    const mark = draft.mark();
    try {
      return { ok: true, value: command.decide(draft) };
    } catch (error) {
      draft.backTo(mark);
      return { ok: false, error };
    }
  });
  return { batch: draft.batch(), outcomes, undo: () => { draft.backTo(emptyMark); } };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };
type Parts = Omit<Mutable<CommitBatch>, 'at'>;
interface Mark { readonly undos: number; readonly lengths: Readonly<Partial<Record<keyof Parts, number>>> }

const emptyMark: Mark = { undos: 0, lengths: {} };

export class BatchDraft {
  private readonly parts: Parts = { events: [], pools: [], newSets: [], accepts: [], rejects: [], expired: [], prolonged: [], releases: [], rebooked: [] };
  private readonly undos: Undo[] = [];

  constructor(readonly profile: Profile, readonly now: Instant, private readonly named: ReadonlySet<OfferSetId>) {}

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
    const lengths = Object.fromEntries(Object.entries(this.parts).map(([part, rows]) => [part, rows.length]));
    return { undos: this.undos.length, lengths };
  }

  backTo(mark: Mark): void {
    while (this.undos.length > mark.undos) this.undos.pop()?.();
    for (const part of Object.keys(this.parts) as (keyof Parts)[]) this.parts[part].length = mark.lengths[part] ?? 0;
  }

  /** A copy, so that taking the draft back does not empty what was sent to the store. */
  batch(): CommitBatch | undefined {
    if (Object.values(this.parts).every((rows) => rows.length === 0)) return undefined;
    const copies = Object.fromEntries(Object.entries(this.parts).map(([part, rows]) => [part, [...rows]])) as unknown as Parts;
    return { at: this.now, ...copies };
  }
}
