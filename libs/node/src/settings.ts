import type { Milliseconds } from '#model';
import type { HoldLimits } from './offering/open-holds.js';
import type { CostSettings } from './costs/rates.js';

/** What the operator decides about offers; from the configuration. */
export interface NodeSettings {
  readonly name: string;
  /** How long an offer holds its capacity. */
  readonly offerExpiry: Milliseconds;
  /** From its creation on, how long a client may keep an offer open by moving its expiry. */
  readonly longestExpiry: Milliseconds;
  /** Distance between the starts of alternative offers. */
  readonly spacing: Milliseconds;
  readonly mostOffers: number;
  /** No booking ends later than this from now. */
  readonly horizon: Milliseconds;
  /** Accounting grain; offers start at any second. */
  readonly grain: Milliseconds;
  readonly defaults: { readonly duration: Milliseconds; readonly window: Milliseconds; readonly cores: number; readonly memory: number };
  /** Longest run that anybody gets. */
  readonly longest: Milliseconds;
  /** When true, reading by UUID needs no ownership (federations whose v1.0 clients read without credentials). */
  readonly publicReads: boolean;
  /** Prices, watts and benchmark figures; quoted in every offer. */
  readonly costs: CostSettings;
  /** How much may be held by offers that wait for an answer. */
  readonly limits: HoldLimits;
}
