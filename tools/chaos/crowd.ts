/** Clients that ask, accept, reject, cancel, and change what they have, at random, and write down what they were told. */
import { setTimeout as wait } from 'node:timers/promises';
import { kinds } from '#model';
import type { Caller } from './caller.js';
import type { Dice } from './dice.js';

interface Offer { readonly set: string; readonly session: string; readonly index: number }

export class Crowd {
  constructor(private readonly parts: { readonly caller: Caller; readonly dice: Dice; readonly ending: AbortSignal }) {}

  /** Runs so many clients until the end; resolves when all have left. */
  async run(clients: number): Promise<void> {
    await Promise.all(Array.from({ length: clients }, () => this.client()));
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
    const { caller, dice } = this.parts;
    const heard = await caller.call('POST', '/requests', wishOf(dice));
    if (heard.told !== 'kept') {
      caller.tell(heard, { act: 'ask' });
      return undefined;
    }
    const set = String(heard.body.meta.uuid);
    const offers = (heard.body.offers ?? []) as { meta: { uuid: string }; expires: string }[];
    caller.tell(heard, { act: 'ask', set, promises: Object.fromEntries(offers.map(({ meta, expires }) => [meta.uuid, expires])) });
    return offers.map(({ meta }, index) => ({ set, session: meta.uuid, index }));
  }

  private async decide(offer: Offer, siblings: readonly Offer[]): Promise<void> {
    const { dice } = this.parts;
    const lot = dice.upTo(100);
    if (lot < 12) return;
    if (lot < 22) return this.phase('reject', offer);
    if (lot < 34) await this.move(offer);
    // Some accept twice, or two siblings at once: at most one may be kept.
    const rivals = lot < 42 ? [offer, dice.one(siblings) ?? offer] : [offer];
    await Promise.all(rivals.map((one) => this.phase('accept', one)));
    if (lot > 60 && lot < 75) await this.change(offer);
    if (lot > 70) {
      await wait(dice.upTo(6_000));
      await this.phase('cancel', offer);
    }
  }

  private async phase(act: 'accept' | 'reject' | 'cancel', { set, session, index }: Offer): Promise<void> {
    const value = { accept: 'ACCEPTED', reject: 'REJECTED', cancel: 'CANCELLED' }[act];
    const heard = await this.parts.caller.call('POST', `/sessions/${session}`, { kind: 'uri:enum-value-update', path: 'phase', value });
    this.parts.caller.tell(heard, { act, set, session, index });
  }

  /** Keeps an offer longer, or a little less long, and lets some of that pass. */
  private async move({ set, session, index }: Offer): Promise<void> {
    const { caller, dice } = this.parts;
    const delta = Math.round(dice.upTo(40)) - 10;
    const heard = await caller.call('POST', `/sessions/${session}`, { kind: 'uri:integer-delta-update', path: 'expires', delta, units: 's' });
    caller.tell(heard, { act: 'move', set, session, index, ...(heard.told === 'kept' ? { expires: String(heard.body.expires) } : {}) });
    await wait(dice.upTo(20_000));
  }

  /** Longer or shorter while it waits or runs. */
  private async change({ set, session, index }: Offer): Promise<void> {
    const { caller, dice } = this.parts;
    await wait(dice.upTo(4_000));
    const heard = await caller.call('POST', `/sessions/${session}`, { kind: 'uri:integer-delta-update', path: 'duration', delta: Math.round(dice.upTo(16)) - 4, units: 's' });
    caller.tell(heard, { act: 'change', set, session, index, ...(heard.told === 'kept' ? { length: String(heard.body.schedule.available.duration) } : {}) });
  }
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
