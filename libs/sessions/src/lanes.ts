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
