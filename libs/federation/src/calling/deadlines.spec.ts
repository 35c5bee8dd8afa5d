import { describe, expect, it } from 'vitest';
import { HandClock } from '#runtime/testing';
import { Deadlines } from './deadlines.js';

function started(): { clock: HandClock; deadlines: Deadlines; ended: string[]; after: (name: string, length: number) => () => void } {
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  const deadlines = new Deadlines(clock);
  const ended: string[] = [];
  const after = (name: string, length: number): (() => void) => {
    const limit = deadlines.after(length);
    limit.onEnd({ stop: () => { ended.push(name); } });
    return () => { deadlines.done(limit); };
  };
  return { clock, deadlines, ended, after };
}

describe('deadlines that share one sleep', () => {
  it('end each in its time, a shorter one that came later too', async () => {
    const { clock, ended, after } = started();
    after('long', 5_000);
    after('short', 1_000);
    after('middle', 3_000);
    await clock.moveTo(clock.now() + 1_000);
    expect(ended).toEqual(['short']);
    await clock.moveTo(clock.now() + 2_000);
    expect(ended).toEqual(['short', 'middle']);
    after('next', 500);
    await clock.moveTo(clock.now() + 10_000);
    expect(ended).toEqual(['short', 'middle', 'next', 'long']);
  });

  it('do not end what was done before, nor anything after all was stopped', async () => {
    const { clock, deadlines, ended, after } = started();
    after('done', 1_000)();
    after('left', 2_000);
    await clock.moveTo(clock.now() + 1_500);
    deadlines.stop();
    await clock.moveTo(clock.now() + 1_500);
    expect(ended).toEqual([]);
  });

  it('end what begins under a limit that is over at once', async () => {
    const { clock, deadlines } = started();
    const limit = deadlines.after(1_000);
    await clock.moveTo(clock.now() + 1_000);
    const told: string[] = [];
    limit.onEnd({ stop: (why) => { told.push(why.message); } });
    expect(told).toEqual(['no answer in time']);
  });
});
