import type { SessionFact } from '#plugin-sdk';
import type { BoundPolicy } from './judgement.js';

/** Policies that belong together: made of one configuration, known by its hash. */
export interface PolicyVersion { readonly policies: readonly BoundPolicy[]; readonly version: string }

/** The policies in force; exchanged as a whole while the node runs. A judgement that is under way ends with those that it began with. */
export class PolicySet {
  constructor(private now: PolicyVersion) {}

  get current(): PolicyVersion {
    return this.now;
  }

  exchange(next: PolicyVersion): void {
    this.now = next;
  }

  /** Told to those that are in force when it happens. */
  async record(fact: SessionFact): Promise<void> {
    for (const policy of this.now.policies) await policy.record?.(fact);
  }
}
