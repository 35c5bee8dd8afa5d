import type { Instant, Milliseconds } from '#model';
import type { Ask, Verdict } from '#plugin-sdk';
import type { BoundPolicy } from './judgement.js';

interface Known { readonly until: Instant; readonly verdict: Promise<Verdict> }

const kept: Milliseconds = 5_000;
const mostKept = 5_000;

/**
 * Verdicts that only tell what could be changed, known for some seconds: whoever looks at a session again and again does not make
 * the node ask an engine elsewhere each time. What is really changed is always judged anew.
 */
export class RememberedVerdicts {
  private readonly known = new Map<string, Known>();

  constructor(private readonly now: () => Instant) {}

  /** The policies, asked through this memory. `about`: what is looked at, in which state, and the version of the policies. */
  over(policies: readonly BoundPolicy[], about: string): readonly BoundPolicy[] {
    return policies.map((policy, number) => {
      const { name, pool } = policy;
      return { ...(name === undefined ? {} : { name }), ...(pool === undefined ? {} : { pool }), ...(policy.judge ? { judge: (ask: Ask) => this.judge(policy, ask, `${about} ${number}`) } : {}) };
    });
  }

  private judge(policy: BoundPolicy, ask: Ask, about: string): Promise<Verdict> {
    const { requester, need, duration, moment, pool } = ask;
    const key = `${about} ${JSON.stringify([requester, need, duration, moment, pool])}`;
    const known = this.known.get(key);
    if (known && this.now() < known.until) return known.verdict;
    const verdict = policy.judge?.(ask) ?? Promise.reject(new RangeError('a policy without judge was asked'));
    this.keep(key, { until: this.now() + kept, verdict });
    return verdict;
  }

  private keep(key: string, known: Known): void {
    this.known.delete(key);
    this.known.set(key, known);
    // Whoever asked is told; the next one asks again.
    known.verdict.catch(() => { this.known.delete(key); });
    const oldest = this.known.keys().next();
    if (this.known.size > mostKept && !oldest.done) this.known.delete(oldest.value);
  }
}
