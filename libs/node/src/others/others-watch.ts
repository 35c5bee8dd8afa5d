/** Reads by itself what others use, and tells owners whose promises it has reached. */
import type { Clock, Instant, Log, Milliseconds, Reason, SessionId } from '#model';
import type { Profile } from '#booking';
import { Periodic } from '#runtime';
import { crowdedOut, namedInDanger } from './endangered.js';
import type { Endangered } from './endangered.js';
import type { OthersUse } from './others-use.js';

export interface OthersWatchParts {
  readonly others: OthersUse;
  preview<Result>(look: (profile: Profile) => Result): Result;
  /** Attaches reasons to a session and tells its followers. Repeats say nothing new. */
  tellSession(session: SessionId, reasons: readonly Reason[]): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly horizon: Milliseconds;
}

/** Between two looks. */
const every: Milliseconds = 30_000;
/** What is in danger for shorter than this passes: a session's place is given back a moment after its booking. */
const lasting: Milliseconds = 20_000;

export class OthersWatch {
  private readonly looks: Periodic;
  /** Since when each session is in danger. */
  private suspects = new Map<SessionId, Instant>();

  constructor(private readonly parts: OthersWatchParts) {
    const { clock, log } = parts;
    this.looks = new Periodic({ pause: every, begins: 'after-a-pause', failed: 'promises on shared platforms could not be looked after; tried again in a moment', clock, log }, () => this.look());
  }

  start(): void {
    this.looks.start();
  }

  stop(): Promise<void> {
    return this.looks.stop();
  }

  /** When it looks again by itself. */
  nextLook(): Instant | undefined {
    return this.looks.nextTurn();
  }

  /** Resolves when no look is under way. */
  settled(): Promise<void> {
    return this.looks.settled();
  }

  /** One look: reads all platforms and tells who has been in danger since an earlier one. */
  private async look(): Promise<void> {
    const { others, clock } = this.parts;
    await others.readAll();
    const now = clock.now();
    const found = this.inDanger(now);
    const suspects = new Map(found.map(({ session }) => [session, this.suspects.get(session) ?? now]));
    this.suspects = suspects;
    for (const { session, reason } of found) if (now - (suspects.get(session) ?? now) >= lasting) await this.parts.tellSession(session, [reason]);
  }

  private inDanger(now: Instant): readonly Endangered[] {
    const { others, horizon, preview } = this.parts;
    const readings = [...others.readings().values()];
    const crowded = preview((profile) => crowdedOut(profile, others.over(profile), readings, { start: now, end: now + horizon }));
    return [...namedInDanger(readings), ...crowded];
  }
}
