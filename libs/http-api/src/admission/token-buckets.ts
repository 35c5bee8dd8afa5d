import type { Clock, Milliseconds } from '#model';

interface Bucket { tokens: number; at: number }

/** Buckets kept before full ones are forgotten. */
const mostBuckets = 10_000;

/** A token bucket for each key: `rate` per second on average, `burst` at once. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly rate: number, private readonly burst: number, private readonly clock: Pick<Clock, 'now'>) {}

  /** Takes a token and returns 0, or how long it is until there is one. */
  take(key: string): Milliseconds {
    const bucket = this.filled(key);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / this.rate) * 1000);
    bucket.tokens -= 1;
    return 0;
  }

  private filled(key: string): Bucket {
    const now = this.clock.now();
    const known = this.buckets.get(key);
    if (!known && this.buckets.size >= mostBuckets) this.forgetFull(now);
    const bucket = known ?? { tokens: this.burst, at: now };
    // A clock that was set back must not take tokens away.
    bucket.tokens = this.tokensAt(bucket, now);
    bucket.at = now;
    if (!known) this.buckets.set(key, bucket);
    return bucket;
  }

  private tokensAt(bucket: Bucket, now: number): number {
    return Math.min(this.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * this.rate);
  }

  private forgetFull(now: number): void {
    for (const [key, bucket] of this.buckets) if (this.tokensAt(bucket, now) >= this.burst) this.buckets.delete(key);
  }
}
