import type { Instant, Milliseconds } from './interval.js';

/** Time from outside. Nothing in this project reads the system clock or sets a timer in any other way. */
export interface Clock {
  now(): Instant;
  /** Resolves after `length`; rejects with the signal's reason when aborted. */
  sleep(length: Milliseconds, signal?: AbortSignal): Promise<void>;
}

/** Structured log. `facts` never hold secrets. */
export interface Log {
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void;
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}
