/** A node that is drained offers nothing new. It is a rule like those of policies, so that refusals and explanations say it. */
import { formatInstant, reason } from '#model';
import type { DrainStore, DrainSwitch, Drained, Instant, Milliseconds, RequesterId } from '#model';
import type { BoundPolicy } from '../judging/judgement.js';

/** How soon a replica notices what another one was told. */
const lookEvery: Milliseconds = 2_000;

export class Drain implements DrainSwitch {
  private known: Drained | undefined;
  private seenAt = Number.NEGATIVE_INFINITY;
  private looking: Promise<void> | undefined;

  constructor(private readonly store: DrainStore, private readonly now: () => Instant) {}

  /** Denies offers while the node is drained. What was offered before may be accepted, what runs may be changed. */
  readonly policy: BoundPolicy = {
    name: 'drain',
    judge: async ({ moment }) => {
      if (moment !== 'offer') return { kind: 'allow' };
      await this.look(lookEvery);
      return this.known ? { kind: 'deny', reason: refusal(this.known) } : { kind: 'allow' };
    },
  };

  async state(): Promise<Drained | undefined> {
    await this.look(0);
    return this.known;
  }

  async drain(by: RequesterId, note?: string): Promise<Drained> {
    const drained = { since: this.now(), by, ...(note === undefined ? {} : { note }) };
    await this.store.write(drained);
    this.take(drained);
    return drained;
  }

  async resume(): Promise<void> {
    await this.store.write(undefined);
    this.take(undefined);
  }

  /** One look for all who ask meanwhile. */
  private async look(oldest: Milliseconds): Promise<void> {
    if (this.now() - this.seenAt < oldest) return;
    this.looking ??= this.store.read().then((state) => { this.take(state); }).finally(() => { this.looking = undefined; });
    await this.looking;
  }

  private take(state: Drained | undefined): void {
    this.known = state;
    this.seenAt = this.now();
  }
}

function refusal({ since, note }: Drained): ReturnType<typeof reason> {
  const facts = { since: formatInstant(since), note: note === undefined ? '' : `: ${note}`, fix: 'ask another node, or this one later' };
  return reason('drained', 'the operator lets this node offer nothing new since {since}{note}; {fix}', facts);
}
