/** What sessions say of themselves while they are carried out. */
import { BrokerError, formatDuration, formatInstant, reason, reasonPrefix } from '#model';
import type { Instant, Reason, Session } from '#model';
import type { Observation } from '#plugin-sdk';
import { latestStart } from './next-step.js';
import type { Failure } from './next-step.js';
import type { SessionRecord } from './session-store.js';

export function failureReason(why: Failure, record: SessionRecord, now: Instant): Reason {
  const { run } = record.plan;
  const times = { start: formatInstant(run.start), end: formatInstant(run.end), now: formatInstant(now) };
  switch (why) {
    case 'too-late': return reason('too-late', 'it was not ready in time: at {now} less than the shortest run is left until the booked end {end}', times, { level: 'ERROR' });
    case 'vanished': return reason('vanished', 'the platform no longer knows the session; what it did until then may be lost', times, { level: 'ERROR' });
    case 'never-ran': return reason('never-ran', 'the platform did not run it before the booked end {end}', times, { level: 'ERROR' });
  }
}

export function timeLimitReached(record: SessionRecord): Reason {
  return reason('time-limit', 'the time limit of {length} was reached and the payload was stopped', { length: formatDuration(record.plan.run.end - record.plan.run.start) });
}

export function startedLate(record: SessionRecord, now: Instant): Reason {
  const late = Math.round((now - record.plan.run.start) / 1000);
  return reason('late-start', 'it started {seconds} s late; the booked end {end} stays', { seconds: late, end: formatInstant(record.plan.run.end) });
}

const readyLateWord = 'late-preparing';

/** Its start has come; `expected` is what is brought now, and when it would be there. */
export function readyLate(record: SessionRecord, expected: { readonly what: string; readonly at: Instant } | undefined): Reason {
  const times = { latest: formatInstant(latestStart(record)), end: formatInstant(record.plan.run.end) };
  return expected
    ? reason(readyLateWord, '{what} is still being brought and expected at {expected}; the session starts then if that is at {latest} or before, and its booked end {end} stays', { ...times, what: expected.what, expected: formatInstant(Math.round(expected.at / 1000) * 1000) })
    : reason(readyLateWord, 'it is not prepared yet; it starts when it is if that is at {latest} or before, and its booked end {end} stays', times);
}

export function isSaidReadyLate({ messages }: Pick<Session, 'messages'>): boolean {
  return messages.some(({ kind }) => kind === reasonPrefix + readyLateWord);
}

export function unknownWhere(): Reason {
  return reason('unknown', 'the platform cannot tell at present where the session is; waiting for an answer');
}

/** Why the payload's own end means failure; undefined when it succeeded. */
export function endReason(seen: Observation): Reason | undefined {
  if (seen.seen !== 'ended' || seen.outcome === 'succeeded') return undefined;
  if (seen.reason) return seen.reason;
  if (seen.outcome === 'evicted') return reason('evicted', 'the platform ended the payload for its own reasons', {}, { level: 'ERROR' });
  if (seen.outcome === 'cancelled') return reason('stopped-outside', 'the payload was stopped on the platform, not by this broker', {}, { level: 'ERROR' });
  return seen.exitCode === undefined
    ? reason('payload-failed', 'the payload failed', {}, { level: 'ERROR' })
    : reason('payload-failed', 'the payload ended with exit code {code}', { code: seen.exitCode }, { level: 'ERROR' });
}

export function releaseFailed(session: Session, error: BrokerError): Reason {
  const how = session.outcome === 'succeeded' ? 'the run succeeded but release failed' : 'release failed';
  return reason('release-failed', '{how}: {why}; it is tried again until nothing is left', { how, why: error.message }, { level: 'ERROR' });
}

export function retriedLater(error: BrokerError, at: Instant): readonly Reason[] {
  return [...error.reasons, reason('retry', 'trying again at {time}', { time: formatInstant(at) })];
}

/** Reasons of whatever a platform rejected with; guarded platforms reject with BrokerErrors only. */
export function asBrokerFault(error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  return new BrokerError('defect', 'us', [reason('defect', 'a step failed in a way it should not; the operator finds the detail in the log', {}, { level: 'ERROR' })], { cause: error });
}
