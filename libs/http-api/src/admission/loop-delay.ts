import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Milliseconds } from '#model';

const resolution = 50;
/** Each measure covers about this long, so that a bad moment is forgotten. */
const window: Milliseconds = 2_000;

/** How late the event loop is with its timers, as the median of the last seconds: one long pause is no overload. */
@Injectable()
export class LoopDelay implements OnModuleDestroy {
  private readonly histogram = monitorEventLoopDelay({ resolution });
  private since = Number.NEGATIVE_INFINITY;
  private last: Milliseconds = 0;

  constructor() {
    this.histogram.enable();
  }

  read(): Milliseconds {
    const now = performance.now();
    if (now - this.since < window) return this.last;
    const isOld = now - this.since > 4 * window;
    this.since = now;
    // Nobody has asked for a while: what is measured is the past, for example the start of the process.
    this.last = isOld || this.histogram.count < 3 ? 0 : Math.max(0, this.histogram.percentile(50) / 1e6 - resolution);
    this.histogram.reset();
    return this.last;
  }

  onModuleDestroy(): void {
    this.histogram.disable();
  }
}
