import type { Instant } from './interval.js';
import type { RequesterId } from './ids.js';

/** A drained node offers nothing new; what it has promised it keeps. */
export interface Drained { readonly since: Instant; readonly by: RequesterId; readonly note?: string }

/** Port: where the node keeps that it is drained, for all its replicas. */
export interface DrainStore {
  read(): Promise<Drained | undefined>;
  /** Undefined: it offers again. */
  write(drained: Drained | undefined): Promise<void>;
}

/** Port: draining a node and letting it offer again. */
export interface DrainSwitch {
  state(): Promise<Drained | undefined>;
  drain(by: RequesterId, note?: string): Promise<Drained>;
  resume(): Promise<void>;
}
