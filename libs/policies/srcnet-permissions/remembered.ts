import { createHash } from 'node:crypto';
import type { Instant, Milliseconds } from '#model';

/** Most answers that are kept; the oldest go first. */
const most = 10_000;

/** Answers by a secret, kept under its hash for a while; questions that are under way are shared. What failed is asked again. */
export class Remembered<Answer> {
  private readonly known = new Map<string, { readonly until: Instant; readonly answer: Promise<Answer> }>();

  constructor(private readonly length: Milliseconds, private readonly now: () => Instant) {}

  of(secret: string, ask: () => Promise<Answer>): Promise<Answer> {
    const key = createHash('sha256').update(secret).digest('base64');
    const found = this.known.get(key);
    if (found && found.until > this.now()) return found.answer;
    const answer = ask();
    this.known.delete(key);
    this.known.set(key, { until: this.now() + this.length, answer });
    answer.catch(() => { if (this.known.get(key)?.answer === answer) this.known.delete(key); });
    for (const oldest of this.known.keys()) {
      if (this.known.size <= most) break;
      this.known.delete(oldest);
    }
    return answer;
  }
}
