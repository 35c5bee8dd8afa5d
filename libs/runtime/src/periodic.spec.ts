import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Log } from '#model';
import { Periodic } from './periodic.js';
import type { Rhythm } from './periodic.js';
import { silentLog } from './log.js';
import { HandClock } from './testing/index.js';

const second = 1_000;

/** Something periodic that counts its turns; `turn` is what each does. */
function counting(rhythm: Partial<Rhythm> = {}, turn: (count: number) => Promise<void> = () => Promise.resolve()) {
  const clock = new HandClock(0);
  const turns: number[] = [];
  const said: [string, string, unknown][] = [];
  const log: Log = { ...silentLog, warn: (message, facts) => { said.push(['warn', message, facts]); }, error: (message, facts) => { said.push(['error', message, facts]); } };
  const periodic = new Periodic({ pause: second, failed: 'it did not work this time', clock, log, ...rhythm }, () => {
    turns.push(clock.now());
    return turn(turns.length);
  });
  return { clock, periodic, turns, said };
}

/** Starts it, and lets the turn that comes at once be over before time moves on. */
async function begun({ clock, periodic }: Pick<ReturnType<typeof counting>, 'clock' | 'periodic'>): Promise<void> {
  periodic.start();
  await clock.advance(0);
}

/** A promise that is settled by hand. */
function byHand(): { promise: Promise<void>; resolve(): void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => { resolve = done; });
  return { promise, resolve: () => { resolve(); } };
}

describe('something periodic', () => {
  it('does nothing before it is started', async () => {
    const { clock, periodic, turns } = counting();
    await clock.advance(5 * second);
    expect(turns).toEqual([]);
    expect(periodic.nextTurn()).toBeUndefined();
  });

  it('has its first turn at once, and one after each pause', async () => {
    const { clock, periodic, turns } = counting();
    await begun({ clock, periodic });
    await clock.advance(3 * second);
    expect(turns).toEqual([0, 1, 2, 3].map((count) => count * second));
    expect(periodic.nextTurn()).toBe(4 * second);
    await periodic.stop();
  });

  it('pauses first when it is meant to, and asks each time how long', async () => {
    const pauses = [3, 1, 2];
    const { clock, periodic, turns } = counting({ begins: 'after-a-pause', pause: () => (pauses.shift() ?? 10) * second });
    periodic.start();
    expect(periodic.nextTurn()).toBe(3 * second);
    await clock.advance(6 * second);
    expect(turns).toEqual([3, 4, 6].map((count) => count * second));
    await periodic.stop();
  });

  it('runs once however often it is started', async () => {
    const { clock, periodic, turns } = counting();
    await begun({ clock, periodic });
    await begun({ clock, periodic });
    await clock.advance(second);
    expect(turns).toEqual([0, second]);
    await periodic.stop();
  });

  it.each(['warn', 'error'] as const)('tells of a turn that fails (%s), whether it throws or rejects, and has the next one', async (level) => {
    const { clock, periodic, turns, said } = counting({ level }, (count) => {
      if (count === 1) throw new RangeError('thrown');
      return count === 2 ? Promise.reject(new Error('rejected')) : Promise.resolve();
    });
    await begun({ clock, periodic });
    await clock.advance(2 * second);
    expect(turns).toHaveLength(3);
    expect(said).toEqual(['RangeError: thrown', 'Error: rejected'].map((error) => [level, 'it did not work this time', { error }]));
    await periodic.stop();
  });

  it('never has two turns at once: a pause begins when a turn is over', async () => {
    const long = byHand();
    const { clock, periodic, turns } = counting({}, (count) => (count === 1 ? long.promise : Promise.resolve()));
    periodic.start();
    await clock.advance(5 * second);
    expect(turns).toEqual([0]);
    long.resolve();
    await periodic.settled();
    await clock.advance(0);
    await clock.advance(second);
    expect(turns).toEqual([0, 6 * second]);
    await periodic.stop();
  });

  it('is stopped when the turn under way is over, and has none after it', async () => {
    const long = byHand();
    const { clock, periodic, turns } = counting({}, () => long.promise);
    periodic.start();
    let isStopped = false;
    const stopping = periodic.stop().then(() => { isStopped = true; });
    await clock.advance(second);
    expect(isStopped).toBe(false);
    long.resolve();
    await stopping;
    await clock.advance(5 * second);
    expect(turns).toEqual([0]);
    expect(clock.asleep).toBe(0);
  });

  it('is stopped out of a pause, and before it was started', async () => {
    const { clock, periodic, turns } = counting({ begins: 'after-a-pause' });
    periodic.start();
    await periodic.stop();
    const unstarted = counting();
    await unstarted.periodic.stop();
    await clock.advance(5 * second);
    expect([turns, clock.asleep]).toEqual([[], 0]);
  });

  it('keeps to its pauses whatever its turns do', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ pause: fc.integer({ min: 1, max: 5_000 }), fails: fc.boolean() }), { minLength: 1, maxLength: 20 }), async (plan) => {
      const pauses = plan.map((one) => one.pause);
      const total = pauses.reduce((sum, one) => sum + one, 0);
      const { clock, periodic, turns, said } = counting({ begins: 'after-a-pause', pause: () => pauses.shift() ?? 1_000_000 }, (count) => (plan[count - 1]?.fails ? Promise.reject(new Error('away')) : Promise.resolve()));
      periodic.start();
      await clock.advance(total);
      await periodic.stop();
      expect(turns).toEqual(plan.map((_one, index) => plan.slice(0, index + 1).reduce((sum, one) => sum + one.pause, 0)));
      expect(said).toHaveLength(plan.filter((one) => one.fails).length);
    }), { numRuns: 30 });
  });
});
