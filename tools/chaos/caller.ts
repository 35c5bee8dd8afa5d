/** Calls at any replica, and a journal of what was answered. */
import { createWriteStream } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Replica } from '../../test/support/replica.js';
import type { Dice } from './dice.js';

/** What a client may believe after an answer: it was done; it was not; it can't know. */
export type Told = 'kept' | 'refused' | 'unknown';
export type Act = 'ask' | 'accept' | 'reject' | 'cancel' | 'move' | 'change' | 'enter' | 'remove';

/** A line of the journal. `sent` and `at`: when the call was made and answered. */
export interface Entry {
  readonly act: Act; readonly told: Told; readonly status: number; readonly sent: number; readonly at: number; readonly why?: string;
  readonly set?: string; readonly session?: string; readonly index?: number;
  /** As the answer has them: the expiries of all offers, or of one, the length of a run, the identifier of a calendar entry; and when that is over. */
  readonly promises?: Readonly<Record<string, string>>; readonly expires?: string; readonly length?: string; readonly entry?: string; readonly until?: string;
}

// Answers are read as clients read them.
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- wire documents are asserted on, not typed
export interface Heard extends Pick<Entry, 'told' | 'status' | 'sent' | 'at' | 'why'> { readonly body: any }

/** Milliseconds after which a client gives an answer up. */
const limit = 20_000;
/** Reasons that say that it is unknown. */
const doubts = ['unknown', 'commit-unknown'];

export class Caller {
  readonly counts = new Map<string, number>();
  private readonly journal;

  constructor(private readonly parts: { readonly replicas: () => readonly Replica[]; readonly dice: Dice }, file: string) {
    this.journal = createWriteStream(file);
  }

  async call(method: 'POST' | 'DELETE', path: string, body?: unknown, as?: string): Promise<Heard> {
    const sent = Date.now();
    const { status, body: answer } = await this.answerOf(method, path, body, as);
    const reasons = ((answer as { reasons?: { kind?: string }[] } | undefined)?.reasons ?? []).map(({ kind }) => kind?.split(':').at(-1) ?? '');
    return { status, body: answer, told: toldBy(status, reasons), sent, at: Date.now(), ...(reasons[0] === undefined ? {} : { why: reasons[0] }) };
  }

  tell({ body: _body, ...heard }: Heard, more: Pick<Entry, 'act'> & Partial<Entry>): void {
    const entry: Entry = { ...heard, ...more };
    const key = `${entry.act} ${entry.told}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.journal.write(`${JSON.stringify(entry)}\n`);
  }

  /** Resolves when the journal is on disk. */
  close(): Promise<void> {
    return new Promise((resolve) => { this.journal.end(resolve); });
  }

  private async answerOf(method: 'POST' | 'DELETE', path: string, body: unknown, as: string | undefined): Promise<{ readonly status: number; readonly body: unknown }> {
    const replica = this.parts.dice.one(this.parts.replicas());
    if (!replica) {
      await wait(100);
      return { status: 0, body: undefined };
    }
    try {
      return await replica.call(method, path, body, { limit, ...(as === undefined ? {} : { as }) });
    } catch {
      // Cut off, refused or too slow: whatever happened there, this client does not know it, which is what status 0 says.
      return { status: 0, body: undefined };
    }
  }
}

function toldBy(status: number, reasons: readonly string[]): Told {
  if (status === 0 || status === 500) return 'unknown';
  if (status < 400) return 'kept';
  return reasons.some((one) => doubts.includes(one)) ? 'unknown' : 'refused';
}
