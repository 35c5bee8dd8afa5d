import type { HandClock } from '#runtime/testing';
import type { SessionTasks } from '../session-tasks.js';

/** Waits until the tasks have nothing in hand and what runs in the background sleeps by the clock. */
export async function settle(tasks: SessionTasks): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await tasks.settled();
    await new Promise<void>((resolve) => { setImmediate(resolve); });
  }
}

/** Moves the clock on in small steps, letting the tasks finish at each. */
export async function passTime(tasks: SessionTasks, clock: HandClock, length: number, step = 500): Promise<void> {
  const end = clock.now() + length;
  for (await settle(tasks); clock.now() < end; await settle(tasks)) await clock.moveTo(Math.min(end, clock.now() + step));
}
