import type { Step } from './next-step.js';
import type { Timing } from './ports.js';

/** Runs at most so many at a time; the rest wait in order. */
export class Lanes {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) await new Promise<void>((resolve) => { this.waiting.push(resolve); });
    else this.running += 1;
    try {
      return await act();
    } finally {
      const next = this.waiting.shift();
      // A waiting one takes over this lane, so the count stays.
      if (next) next();
      else this.running -= 1;
    }
  }
}

/**
 * Lanes of their own for what brings sessions to their start, and for what ends them: releases can take minutes, and as many as there are lanes
 * would hold up every start.
 */
export class StepLanes {
  private readonly prepare: Lanes;
  private readonly start: Lanes;
  private readonly leave: Lanes;
  /** Of steps that only write down what was seen. */
  private readonly note: Lanes;

  constructor({ preparing, working }: Pick<Timing, 'preparing' | 'working'>) {
    this.prepare = new Lanes(preparing);
    [this.start, this.leave, this.note] = [new Lanes(working), new Lanes(working), new Lanes(working)];
  }

  of(step: Step): Lanes {
    switch (step.do) {
      case 'prepare': return this.prepare;
      case 'approach': case 'start': return this.start;
      case 'stop': case 'release': return this.leave;
      default: return this.note;
    }
  }
}
