/** Health of members: one that failed several times in a row is left alone for a while, then tried again. */
import type { Instant, Milliseconds } from '#model';
import type { MemberHealth } from '../members/member.js';

interface State { failures: number; openUntil: Instant; since: Instant }

const mostFailures = 3;
const restFor: Milliseconds = 15_000;

export class Circuits {
  private readonly states = new Map<string, State>();

  constructor(private readonly now: () => Instant) {}

  /** False while the member rests. The first caller after the rest tries for all: the others wait for another rest. */
  mayAsk(name: string): boolean {
    const state = this.states.get(name);
    if (!state || state.failures < mostFailures) return true;
    if (this.now() < state.openUntil) return false;
    state.openUntil = this.now() + restFor;
    return true;
  }

  succeeded(name: string): void {
    this.states.set(name, { failures: 0, openUntil: 0, since: this.now() });
  }

  failed(name: string): void {
    const failures = (this.states.get(name)?.failures ?? 0) + 1;
    this.states.set(name, { failures, openUntil: this.now() + restFor, since: this.now() });
  }

  health(name: string): MemberHealth {
    const state = this.states.get(name);
    return { name, up: (state?.failures ?? 0) < mostFailures, failures: state?.failures ?? 0, ...(state ? { since: state.since } : {}) };
  }
}
