import type { ExecutionRequest } from './request.js';
import type { Reason } from './reason.js';
import type { Requester } from './requester.js';

export type TrialVerdict = 'allow' | 'warn' | 'limit' | 'deny';

/** What one policy says of a request, for one owned share where it is bound to it. */
export interface PolicyVerdict {
  readonly policy: string;
  readonly pool?: string;
  readonly verdict: TrialVerdict;
  readonly reasons: readonly Reason[];
  /** Limits, charges and the numbers behind them, as plain JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What the rules say of a request, without asking the calendar: nothing is held. */
export interface PolicyTrial {
  /** Hash of the policies that were asked. */
  readonly version: string;
  readonly result: TrialVerdict;
  /** Of the whole: why not, or what has to be kept. */
  readonly reasons: readonly Reason[];
  readonly verdicts: readonly PolicyVerdict[];
  /** Owned shares, and what each of them says. */
  readonly pools: Readonly<Record<string, TrialVerdict>>;
}

/** A dry run of the policies in force. */
export interface PolicyTrials { tryOut(request: ExecutionRequest, requester: Requester): Promise<PolicyTrial> }
