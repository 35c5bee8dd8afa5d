/** How fast something comes, going by the progress that is reported of it. */
import type { Instant, Progress } from '#model';

interface Seen extends Progress { readonly at: Instant }

export class Pace {
  private first: Seen | undefined;
  private last: Seen | undefined;

  note(progress: Progress, at: Instant): void {
    const isSame = this.last?.what === progress.what && this.last.unit === progress.unit && this.last.done <= progress.done;
    this.last = { ...progress, at };
    if (!isSame) this.first = this.last;
  }

  /** What is brought now, and when it will be there if it goes on as it came so far; undefined where nobody can tell. */
  get expected(): { readonly what: string; readonly at: Instant } | undefined {
    const { first, last } = this;
    if (first === undefined || last?.total === undefined || last.done <= first.done || last.done > last.total) return undefined;
    return { what: last.what, at: last.at + (last.at - first.at) * (last.total - last.done) / (last.done - first.done) };
  }
}
