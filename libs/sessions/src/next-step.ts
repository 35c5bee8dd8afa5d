/**
 * What to do next with a session: a pure function of what is stored, what is seen, and the time.
 *
 *   booked ─ prepare ─▶ preparing ─▶ prepared ─ start ─▶ starting ─▶ running ─┬─▶ releasing ─▶ settled
 *                                        └──────── cancelled, time limit, failure ─▶ stopping ─┘
 *
 * The stage is how far the platform was driven; the phase is what clients see. A cancelled session is CANCELLED at once,
 * and its stage goes on to `settled` behind it.
 */
import type { Instant } from '#model';
import type { Observation } from '#plugin-sdk';
import type { Timing } from './ports.js';
import type { SessionRecord, SessionWork } from './session-store.js';

export type Failure = 'too-late' | 'vanished' | 'never-ran';

export type Step =
  /** Nothing until then; undefined: never again. */
  | { readonly do: 'rest'; readonly until: Instant | undefined }
  /** Look again soon. `seen` is what was seen, to be recorded where it differs. */
  | { readonly do: 'watch'; readonly seen: Observation }
  /** Accepted long before its time. */
  | { readonly do: 'wait'; readonly until: Instant }
  | { readonly do: 'prepare' }
  /** What the start takes time for is done ahead. */
  | { readonly do: 'approach' }
  | { readonly do: 'start' }
  /** It was seen running, or ended after it ran. */
  | { readonly do: 'run'; readonly seen: Observation }
  /** Ask the payload to stop, for the first time or again. */
  | { readonly do: 'stop'; readonly why: NonNullable<SessionWork['stop']>['why'] }
  | { readonly do: 'fail'; readonly why: Failure }
  /** The payload is over, or never ran: its capacity is given back and what is left is cleaned up. */
  | { readonly do: 'end'; readonly seen: Observation }
  | { readonly do: 'release' }
  /** Nothing native was ever made. */
  | { readonly do: 'settle' };

/** A payload that does not stop is asked again every so many looks. */
const asksAgain = 5;

type Rule = (record: SessionRecord, seen: Observation, now: Instant, timing: Timing) => Step;

export function nextStep(record: SessionRecord, seen: Observation, now: Instant, timing: Timing): Step {
  return rules[record.work.stage](record, seen, now, timing);
}

/** True when the step depends on an observation. */
export function isWatched(record: SessionRecord): boolean {
  const { stage } = record.work;
  return stage === 'starting' || stage === 'running' || stage === 'stopping';
}

/** When preparing begins, so that the session is ready at its start. */
export function prepareAt(record: SessionRecord, timing: Timing): Instant {
  return Math.min(record.session.schedule.preparing.start, record.plan.run.start) - timing.margin;
}

/**
 * Last instant at which a start still leaves the shortest run that was asked for; a tenth of it is forgiven, so that a
 * late start does not fail what was offered without slack.
 */
export function latestStart(record: SessionRecord): Instant {
  const { run, duration } = record.plan;
  return run.end - Math.min(duration.min, run.end - run.start) * 0.9;
}

/** When a session that is watched is looked at again: soon, and exactly at its booked end. */
export function nextLookAt(record: SessionRecord, now: Instant, timing: Timing): Instant {
  const soon = now + timing.poll;
  const { end } = record.plan.run;
  return end > now && end < soon ? end : soon;
}

/** The end of a rest that is over before `limit`: such a rest needs no write. */
export function restWithin(step: Step, limit: Instant): Instant | undefined {
  return step.do === 'rest' && step.until !== undefined && step.until <= limit ? step.until : undefined;
}

const rules: Readonly<Record<SessionWork['stage'], Rule>> = {
  booked: (record, _seen, now, timing) => {
    // What was held natively when the offer was accepted is given back.
    if (isCancelled(record)) return record.handle === undefined ? { do: 'settle' } : { do: 'release' };
    if (now > latestStart(record)) return { do: 'fail', why: 'too-late' };
    const at = prepareAt(record, timing);
    if (now >= at) return { do: 'prepare' };
    return record.session.phase === 'ACCEPTED' ? { do: 'wait', until: at } : { do: 'rest', until: at };
  },
  preparing: (record, seen, now) => {
    if (isCancelled(record)) return { do: 'end', seen };
    return now > latestStart(record) ? { do: 'fail', why: 'too-late' } : { do: 'prepare' };
  },
  prepared: (record, _seen, now) => {
    if (isCancelled(record)) return { do: 'stop', why: 'cancelled' };
    if (now > latestStart(record)) return { do: 'fail', why: 'too-late' };
    const { start } = record.plan.run;
    if (now >= start) return { do: 'start' };
    const { approachAt = start } = record.work;
    return now >= approachAt ? { do: 'approach' } : { do: 'rest', until: approachAt };
  },
  starting: (record, seen, now) => {
    const stop = whyStop(record);
    if (stop) return { do: 'stop', why: stop };
    if (seen.seen === 'running' || seen.seen === 'ended') return { do: 'run', seen };
    if (seen.seen === 'gone') return { do: 'fail', why: 'vanished' };
    if (now >= record.plan.run.end) return { do: 'fail', why: 'never-ran' };
    return seen.seen === 'ready' ? { do: 'start' } : { do: 'watch', seen };
  },
  running: (record, seen, now) => {
    const stop = whyStop(record);
    if (stop) return { do: 'stop', why: stop };
    if (seen.seen === 'ended') return { do: 'end', seen };
    if (seen.seen === 'gone') return { do: 'fail', why: 'vanished' };
    return now >= record.plan.run.end ? { do: 'stop', why: 'time-limit' } : { do: 'watch', seen };
  },
  stopping: (record, seen, now, timing) => {
    const { stop } = record.work;

    const over = seen.seen === 'ended' || seen.seen === 'gone' || seen.seen === 'ready' || seen.seen === 'preparing';
    if (over) return { do: 'end', seen };
    const asked = stop !== undefined && (now - stop.at) % (timing.poll * asksAgain) < timing.poll * (asksAgain - 1);
    return seen.seen === 'unknown' || asked ? { do: 'watch', seen } : { do: 'stop', why: stop?.why ?? 'failed' };
  },
  releasing: () => ({ do: 'release' }),
  settled: () => ({ do: 'rest', until: undefined }),
};

function whyStop(record: SessionRecord): 'cancelled' | 'failed' | undefined {
  if (isCancelled(record)) return 'cancelled';
  return record.work.stop === undefined ? undefined : 'failed';
}

function isCancelled(record: SessionRecord): boolean {
  return record.session.phase === 'CANCELLED';
}
