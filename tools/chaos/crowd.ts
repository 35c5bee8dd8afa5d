/** Clients that ask, accept, reject and cancel at random, and write down what they were told. */
import { createWriteStream } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { kinds } from '#model';
import type { Replica, ReplicaAnswer } from '../../test/support/replica.js';
import type { Dice } from './dice.js';

/** What a client may believe after an answer: it was done; it was not; it can't know. */
export type Told = 'kept' | 'refused' | 'unknown';

interface Entry { readonly act: 'ask' | 'accept' | 'reject' | 'cancel'; readonly set?: string; readonly session?: string; readonly index?: number; readonly told: Told; readonly status: number }
interface Offer { readonly set: string; readonly session: string; readonly index: number }

/** Milliseconds after which a client gives an answer up. */
const limit = 20_000;
/** Reasons that say that it is unknown. */
const doubts = ['unknown', 'commit-unknown'];

export class Crowd {
  readonly counts = new Map<string, number>();
  private readonly journal;

  constructor(private readonly parts: { readonly replicas: () => readonly Replica[]; readonly dice: Dice; readonly ending: AbortSignal }, file: string) {
    this.journal = createWriteStream(file);
  }

  /** Runs so many clients until the end; resolves when all have left and the journal is on disk. */
  async run(clients: number): Promise<void> {
    await Promise.all(Array.from({ length: clients }, () => this.client()));
    await new Promise<void>((resolve) => { this.journal.end(resolve); });
  }

  private async client(): Promise<void> {
    const { dice, ending } = this.parts;
    while (!ending.aborted) {
      const offers = await this.ask();
      const offer = offers && dice.one(offers);
      if (offer) await this.decide(offer, offers);
      await wait(dice.upTo(200));
    }
  }

  private async ask(): Promise<readonly Offer[] | undefined> {
    const { status, body } = await this.call('/requests', wishOf(this.parts.dice));
    const told = toldBy(status, body);
    const set = String(body?.meta?.uuid ?? '');
    if (told !== 'kept') {
      this.tell({ act: 'ask', told, status });
      return undefined;
    }
    this.tell({ act: 'ask', set, told, status });
    const offers = (body.offers ?? []) as { meta: { uuid: string } }[];
    return offers.map(({ meta }, index) => ({ set, session: meta.uuid, index }));
  }

  private async decide(offer: Offer, siblings: readonly Offer[]): Promise<void> {
    const { dice } = this.parts;
    const lot = dice.upTo(100);
    if (lot < 12) return;
    if (lot < 22) return this.update('reject', offer);
    // Some accept twice, or two siblings at once: at most one may be kept.
    const rivals = lot < 30 ? [offer, dice.one(siblings) ?? offer] : [offer];
    await Promise.all(rivals.map((one) => this.update('accept', one)));
    if (lot > 75) {
      await wait(dice.upTo(6_000));
      await this.update('cancel', offer);
    }
  }

  private async update(act: 'accept' | 'reject' | 'cancel', { set, session, index }: Offer): Promise<void> {
    const value = { accept: 'ACCEPTED', reject: 'REJECTED', cancel: 'CANCELLED' }[act];
    const { status, body } = await this.call(`/sessions/${session}`, { kind: 'uri:enum-value-update', path: 'phase', value });
    this.tell({ act, set, session, index, told: toldBy(status, body), status });
  }

  private async call(path: string, body: unknown): Promise<ReplicaAnswer> {
    const replica = this.parts.dice.one(this.parts.replicas());
    if (!replica) {
      await wait(100);
      return { status: 0, body: undefined };
    }
    try {
      return await replica.call('POST', path, body, limit);
    } catch {
      // Cut off, refused or too slow: whatever happened there, this client does not know it, which is what status 0 says.
      return { status: 0, body: undefined };
    }
  }

  private tell(entry: Entry): void {
    const key = `${entry.act} ${entry.told}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.journal.write(`${JSON.stringify(entry)}\n`);
  }
}

function toldBy(status: number, body: unknown): Told {
  if (status === 0 || status === 500) return 'unknown';
  if (status < 400) return 'kept';
  const reasons = (body as { reasons?: { kind?: string }[] } | undefined)?.reasons ?? [];
  return reasons.some(({ kind }) => doubts.includes(kind?.split(':').at(-1) ?? '')) ? 'unknown' : 'refused';
}

function wishOf(dice: Dice): object {
  const now = Date.now();
  const script = dice.one<object>([
    { run: `PT${0.2 + dice.upTo(4)}S`, log: ['hello'] }, { run: 'PT1S', prepare: `PT${dice.upTo(3)}S` }, { run: 'PT2S', exitCode: 3 }, { run: 'forever' },
    { run: 'PT1S', fail: { at: 'start', times: 1, fixer: 'time' } }, { run: 'PT5S', evict: 'PT1S' }, { run: 'PT1S', ignoreCancel: 'PT1S' },
  ]);
  const cores = 1 + Math.floor(dice.upTo(8));
  return {
    executable: { kind: kinds.scripted, script }, compute: { kind: kinds.simpleCompute, cores: { min: cores, max: cores } },
    schedule: { requested: { duration: { min: 'PT2S', max: 'PT8S' }, start: `${new Date(now + dice.upTo(5_000)).toISOString().slice(0, 19)}Z/PT40S` } },
  };
}
