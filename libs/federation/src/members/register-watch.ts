/** Looks at one register now and then. What it said last stands until it says something else that can be used. */
import type { Dispatcher } from 'undici';
import type { Clock, Log, Milliseconds } from '#model';
import { exchange, placeOf } from '../calling/exchange.js';
import { within } from '../calling/limit.js';
import type { Limit } from '../calling/limit.js';
import type { Member, MemberDescription } from './member.js';
import type { MemberBook } from './member-book.js';
import type { MemberStore } from './member-store.js';
import { readRegister } from './read-register.js';
import type { RegisterRules } from './read-register.js';

export interface RegisterSettings extends RegisterRules {
  readonly url: string;
  readonly every: Milliseconds;
  /** Headers that the register wants to see. */
  identify(): Promise<Readonly<Record<string, string>>>;
  /** A member as it is to be called: the register tells where it is, the configuration who we are there. */
  make(description: MemberDescription): Member;
}

export interface WatchParts {
  readonly book: MemberBook;
  readonly store: MemberStore;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly callWithin: Milliseconds;
}

export class RegisterWatch {
  private tag: string | undefined;
  private isKnown = false;

  constructor(private readonly settings: RegisterSettings, private readonly parts: WatchParts) {}

  /** One look. Never throws: what goes wrong is logged, and the members of the last good look stay. */
  async look(): Promise<void> {
    const { url } = this.settings;
    const { clock, log, store, callWithin } = this.parts;
    try {
      const answer = await within(clock, callWithin, (limit) => this.read(limit));
      if (answer === undefined) return;
      const { members, faults } = readRegister(JSON.parse(answer.text), this.settings);
      if (faults.length > 0) log.warn('a register names members that cannot be used', { register: url, faults });
      this.tag = answer.tag;
      this.say(members);
      await store.keepRegister({ url, read: clock.now(), members });
    } catch (error) {
      log.warn('a register could not be read; what it said last stands', { register: url, error: String(error) });
      if (!this.isKnown) await this.recall();
    }
  }

  private async recall(): Promise<void> {
    const copy = await this.parts.store.registerCopy(this.settings.url);
    if (copy) this.say(copy.members);
  }

  private say(members: readonly MemberDescription[]): void {
    this.isKnown = true;
    this.parts.book.set(this.settings.url, members.map((one) => this.settings.make(one)));
  }

  /** Undefined when nothing has changed since the last look. */
  private async read(limit: Limit): Promise<{ readonly text: string; readonly tag: string | undefined } | undefined> {
    const headers = { accept: 'application/json', ...await this.settings.identify(), ...(this.tag === undefined ? {} : { 'if-none-match': this.tag }) };
    const { status, text, tag } = await exchange(this.parts.dispatcher, { ...placeOf(this.settings.url), method: 'GET', headers }, limit);
    if (status === 304) return undefined;
    if (status !== 200) throw new RangeError(`it answered ${status}`);
    return { text, tag };
  }
}
