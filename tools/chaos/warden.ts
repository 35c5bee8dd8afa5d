/** An operator who enters maintenance and growth while everything else goes on, and takes them back. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Caller } from './caller.js';
import type { Dice } from './dice.js';

export class Warden {
  private readonly entered: string[] = [];

  constructor(private readonly parts: { readonly caller: Caller; readonly dice: Dice; readonly ending: AbortSignal; readonly as: string }) {}

  async run(): Promise<void> {
    const { dice, ending } = this.parts;
    while (!ending.aborted) {
      await (dice.upTo(100) < 60 || this.entered.length === 0 ? this.enter() : this.remove());
      await wait(dice.upTo(3_000));
    }
  }

  private async enter(): Promise<void> {
    const { caller, dice, as } = this.parts;
    const start = Date.now() + dice.upTo(60_000);
    const [from, until] = [start, start + 10_000 + dice.upTo(50_000)].map((one) => new Date(one).toISOString());
    const kind = dice.upTo(100) < 50 ? { kind: 'growth' } : { kind: 'maintenance', force: dice.upTo(100) < 30 };
    const amounts = { cores: 1 + Math.floor(dice.upTo(10)) };
    const heard = await caller.call('POST', '/admin/calendar', { ...kind, amounts, pool: dice.one(['stage/main', 'stage/side']), when: `${from}/${until}` }, as);
    const entry = heard.told === 'kept' ? String(heard.body.id) : undefined;
    if (entry !== undefined) this.entered.push(entry);
    caller.tell(heard, { act: 'enter', ...(entry === undefined ? {} : { entry, until }) });
  }

  private async remove(): Promise<void> {
    const { caller, as } = this.parts;
    const entry = this.entered.shift() ?? '';
    const heard = await caller.call('DELETE', `/admin/calendar/${entry}`, undefined, as);
    if (heard.told === 'refused' && heard.status !== 404) this.entered.push(entry);
    caller.tell(heard, { act: 'remove', entry });
  }
}
