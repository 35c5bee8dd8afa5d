import type { HandClock } from './hand-clock.js';

/** Moves the clock, `step` milliseconds at a time, until the call is settled. */
export async function passing<T>(clock: HandClock, call: Promise<T>, step = 250): Promise<T> {
  let open = true;
  const settled = call.finally(() => { open = false; });
  // Whoever awaits the result sees a failure; until then it is not unhandled.
  settled.catch(() => undefined);
  while (open) {
    await new Promise((resolve) => { setImmediate(resolve); });
    if (open) await clock.advance(step);
  }
  return settled;
}
