import { BrokerError, reason } from '#model';
import type { Clock, Instant, Log, Milliseconds } from '#model';

/** Who is guarded, and with what. */
export interface GuardSetting {
  /** Name of the configured instance, for the log. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Told after each look at a platform whether it answered. */
  readonly answers?: ((isUp: boolean) => void) | undefined;
}

/** Rejects with BrokerError('unavailable', 'time') when `call` has not answered within `limit`; its late answer is dropped. */
export async function within<T>(setting: GuardSetting, what: string, limit: Milliseconds, call: () => Promise<T>): Promise<T> {
  const end = setting.clock.now() + limit;
  const answer = call();
  return await isPrompt(answer) ? answer : beforeTooLate(setting, what, { limit, end }, answer);
}

/** So many turns without I/O are waited before a timer is set: what an answer from memory takes. */
const promptTurns = 8;

/** True when it was answered, or failed, without waiting for anything outside: then a timer would be most of the work. */
async function isPrompt(answer: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = (): void => { isSettled = true; };
  answer.then(settle, settle);
  for (let turn = 0; turn < promptTurns && !isSettled; turn++) await Promise.resolve();
  return isSettled;
}

async function beforeTooLate<T>(setting: GuardSetting, what: string, { limit, end }: { readonly limit: Milliseconds; readonly end: Instant }, answer: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = setting.clock.sleep(Math.max(0, end - setting.clock.now()), done.signal).then(
    () => { throw new BrokerError('unavailable', 'time', [reason('too-slow', '{name} did not answer {what} within {seconds} s', { name: setting.name, what, seconds: limit / 1000 }, { level: 'ERROR' })]); },
    // The sleep was aborted because the answer came first: this branch must never win the race.
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    done.abort(new Error('answered'));
  }
}

/** BrokerErrors were meant; anything else is a defect, logged with its detail and told without. */
export function asBrokerError(setting: GuardSetting, what: string, error: unknown): BrokerError {
  if (error instanceof BrokerError) {
    setting.log.debug('a plugin refused', { plugin: setting.name, call: what, word: error.word, fixer: error.fixer, message: error.message });
    return error;
  }
  setting.log.error('a plugin failed in a way it should not', { plugin: setting.name, call: what, error: detailOf(error) });
  return new BrokerError('defect', 'us', [reason('plugin-defect', '{name} failed while doing {what}; the operator finds the detail in the log', { name: setting.name, what }, { level: 'ERROR' })], { cause: error });
}

export function detailOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
