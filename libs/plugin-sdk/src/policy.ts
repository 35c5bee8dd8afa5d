/** The contract of a local rule. A policy never changes a request; it can only narrow what is offered. */
import type { Clock, ExecutionRequest, Interval, Log, Milliseconds, Reason, Requester, Resources, SessionId, SessionPhase, Instant } from '#model';
import type { ConfigSchema } from './config-schema.js';

/** Every method is optional; a policy says only what it cares about. One that throws denies and is reported. */
export interface Policy {
  /** May this be offered at all, and within what limits? Asked before offers are computed and again on acceptance. */
  judge?(ask: Ask): Promise<Verdict>;
  /** Best first; leave out what should not be offered. Pure. */
  rank?(offers: readonly OfferTerms[], ask: Ask): readonly OfferTerms[];
  /** Told of each phase change, at least once. */
  record?(fact: SessionFact): Promise<void>;
}

export interface Ask {
  readonly requester: Requester;
  readonly request: ExecutionRequest;
  /** What is asked for after defaults: smallest and largest amounts and durations. */
  readonly need: { readonly min: Resources; readonly max: Resources };
  readonly duration: { readonly min: Milliseconds; readonly max: Milliseconds };
  /** First to last instant that the answer may touch. */
  readonly window: Interval;
  readonly moment: 'offer' | 'accept' | 'change';
}

/** What a ranking sees of one offer. */
export interface OfferTerms { readonly platform: string; readonly start: Instant; readonly duration: Milliseconds; readonly granted: Resources }

export type Verdict =
  | { readonly kind: 'allow' }
  | {
      readonly kind: 'limit'; readonly reason: Reason;
      /** Most that may be given. */
      readonly resources?: Resources;
      /** Longest run. */
      readonly longest?: Milliseconds;
      /** The run, from start to end, must lie inside one of these. */
      readonly runs?: readonly Interval[];
      /** Limits by time: an offer has to keep one of these, besides the limits above. Best first; none: nothing can be offered. */
      readonly spans?: readonly LimitSpan[];
    }
  | { readonly kind: 'deny'; readonly reason: Reason };

/** Inside one of `runs`, from start to end, an offer has at most these sizes and lasts at most so long. */
export interface LimitSpan { readonly runs: readonly Interval[]; readonly resources?: Resources; readonly longest?: Milliseconds }

export interface SessionFact { readonly session: SessionId; readonly owner: string; readonly phase: SessionPhase; readonly at: Instant; readonly granted: Resources }

export interface PolicyPlugin<Config> {
  readonly name: string;
  readonly schema: ConfigSchema;
  parseConfig(raw: unknown): Config;
  create(config: Config, host: { readonly clock: Clock; readonly log: Log; readonly fetch: typeof fetch }): Policy;
}
