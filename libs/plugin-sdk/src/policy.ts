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
  /** How far back the accounts that it charges have to be known. */
  readonly memory?: Milliseconds;
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
  /** Where the policy is bound to an owned share of a pool: that share's name. What it says holds for what is drawn from there. */
  readonly pool?: string;
}

/** What a ranking sees of one offer. */
export interface OfferTerms { readonly platform: string; readonly start: Instant; readonly duration: Milliseconds; readonly granted: Resources }

export type Verdict =
  | ({ readonly kind: 'allow' } & Besides)
  /** Allowed, and the requester is told something. */
  | ({ readonly kind: 'warn'; readonly reason: Reason } & Besides)
  | ({
      readonly kind: 'limit'; readonly reason: Reason;
      /** Most that may be given. */
      readonly resources?: Resources;
      /** Longest run. */
      readonly longest?: Milliseconds;
      /** The run, from start to end, must lie inside one of these. */
      readonly runs?: readonly Interval[];
      /** Limits by time: an offer has to keep one of these, besides the limits above. Best first; none: nothing can be offered. */
      readonly spans?: readonly LimitSpan[];
    } & Besides)
  | ({ readonly kind: 'deny'; readonly reason: Reason } & Pick<Besides, 'others' | 'facts'>);

export interface Besides {
  /** Further reasons, where one is not all. */
  readonly others?: readonly Reason[];
  /** To be told with what is offered. */
  readonly warnings?: readonly Reason[];
  /** Numbers behind the verdict, for explanations; plain JSON. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** What an offer adds to accounts, and how much these may hold. */
  readonly charges?: readonly Charge[];
}

/**
 * A count that is kept in the ledger, exact under concurrency: what each offer adds to an account, from being held to being over,
 * and what the account may hold at most. Accounts of one name are one account, whoever charges them.
 */
export interface Charge {
  /** Letters, digits and `-._/@:`; for example `quota/sessions/local:alice`. */
  readonly account: string;
  /** What is added during the run: the granted amounts, one of `sessions`, or what the run costs, as `money`. */
  readonly counts: 'granted' | 'sessions' | 'money';
  /** How many it counts as, where sessions are counted; one when left out. */
  readonly weight?: number;
  readonly limits: readonly AccountLimit[];
  /** Why not, when a limit is reached; `{used}` and `{limit}` are filled in. */
  readonly reason: Reason;
}

/** Amounts are those of `counts`; in a period they are amounts times hours, for money simply money. What is not named is not limited. */
export type AccountLimit =
  | { readonly kind: 'at-once'; readonly most: Resources }
  /** In any stretch of this length. */
  | { readonly kind: 'sliding'; readonly length: Milliseconds; readonly most: Resources }
  /** In this stretch alone. */
  | { readonly kind: 'during'; readonly interval: Interval; readonly most: Resources }
  /** Open offer sets at a time, the new one included. */
  | { readonly kind: 'open-sets'; readonly most: number };

/** Inside one of `runs`, from start to end, an offer has at most these sizes and lasts at most so long. */
export interface LimitSpan { readonly runs: readonly Interval[]; readonly resources?: Resources; readonly longest?: Milliseconds }

export interface SessionFact { readonly session: SessionId; readonly owner: string; readonly phase: SessionPhase; readonly at: Instant; readonly granted: Resources; /** When the run is booked to start. */ readonly start: Instant }

export interface PolicyPlugin<Config> {
  readonly name: string;
  readonly schema: ConfigSchema;
  parseConfig(raw: unknown): Config;
  create(config: Config, host: PolicyHost): Policy;
}

export interface PolicyHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch: typeof fetch;
  /** The token that somebody came with, for services of their own realm that want to see it; never to be kept or told. */
  tokenOf?(requester: Requester): string | undefined;
}
