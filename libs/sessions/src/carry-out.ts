/** Does one step through the platform and records the result. Each step may be repeated: the platform's calls are safe to. */
import type { Instant, Milliseconds, Reason } from '#model';
import { isFinal, saysTheSame } from '#model';
import type { BrokerError } from '#model';
import type { Handle, Observation, Platform } from '#plugin-sdk';
import type { Carrier } from './carrier.js';
import { clearLate, isLate } from './clear-late.js';
import { readLog } from './kept-log.js';
import { latestStart } from './next-step.js';
import type { Step } from './next-step.js';
import { pauseAfter } from './ports.js';
import { asBrokerFault, endReason, failureReason, releaseFailed, retriedLater, startedLate, timeLimitReached, unknownWhere } from './reasons.js';
import { RecordChange } from './record-change.js';
import type { SessionRecord } from './session-store.js';

type Saved = Promise<SessionRecord | undefined>;
type Acts = { readonly [Name in Step['do']]: (carrier: Carrier, record: SessionRecord, step: Extract<Step, { do: Name }>) => Saved };

const acts: Acts = {
  rest: async (carrier, record, { until }) => (record.due === until ? record : carrier.save(changeOf(carrier, record).again(until))),
  wait: (carrier, record, { until }) => carrier.save(changeOf(carrier, record).to('WAITING').again(until)),
  watch: (carrier, record, { seen }) => watch(carrier, record, seen),
  prepare: (carrier, record) => prepare(carrier, record),
  approach: (carrier, record) => approach(carrier, record),
  start: (carrier, record) => start(carrier, record),
  run: (carrier, record, { seen }) => run(carrier, record, seen),
  stop: (carrier, record, { why }) => stop(carrier, record, why),
  fail: (carrier, record, { why }) => fail(carrier, record, changeOf(carrier, record).say([failureReason(why, record, carrier.clock.now())])),
  end: (carrier, record, { seen }) => end(carrier, record, seen),
  release: (carrier, record) => release(carrier, record),
  settle: (carrier, record) => finish(carrier, record, changeOf(carrier, record)),
};

/** The record after the step, the same one when there was nothing to record, undefined when somebody else has it now. */
export function carryOut<Name extends Step['do']>(carrier: Carrier, record: SessionRecord, step: Extract<Step, { do: Name }>): Saved {
  return (acts[step.do] as Acts[Name])(carrier, record, step);
}

function changeOf(carrier: Carrier, record: SessionRecord): RecordChange {
  return new RecordChange(record, carrier.clock.now());
}

async function watch(carrier: Carrier, record: SessionRecord, seen: Observation): Saved {
  const now = carrier.clock.now();
  const change = new RecordChange(record, now).again(now + carrier.timing.lease);
  if (seen.seen === 'unknown') {
    return record.work.unknownSince === undefined ? carrier.save(change.work({ unknownSince: now }).say([unknownWhere()])) : record;
  }
  if (seen.seen === 'running' && record.work.stage === 'running') change.connectors(seen.connectors ?? []);
  if (seen.seen === 'queued') change.say(newReasons(record, seen.reason));
  if (change.events.length === 0 && record.work.unknownSince === undefined) return record;
  return carrier.save(change.forget('unknownSince'));
}

/** A look that finds the same says nothing new. */
function newReasons({ session }: SessionRecord, found: Reason | undefined): readonly Reason[] {
  return found === undefined || session.messages.some((one) => saysTheSame(one, found)) ? [] : [found];
}

async function prepare(carrier: Carrier, record: SessionRecord): Saved {
  const begun = await carrier.save(changeOf(carrier, record).to('PREPARING').work({ stage: 'preparing' }).again(carrier.clock.now() + carrier.timing.lease));
  const made = begun && await carrier.prepare(begun);
  return made?.work.stage === 'starting' ? launch(carrier, made) : made;
}

/**
 * `approachTime` where the platform has something to do ahead of a start. What is ready at its start or later is claimed for that by the same
 * save: nothing comes between.
 */
export function prepared(carrier: Carrier, record: SessionRecord, { handle, approachTime }: { readonly handle: Handle; readonly approachTime: Milliseconds | undefined }): RecordChange {
  const now = carrier.clock.now();
  const { start } = record.plan.run;
  const ready = new RecordChange(record, now).with(handle).work({ stage: 'prepared', failures: 0 }).to('AVAILABLE');
  if (now >= start && now <= latestStart(record)) return claimForStart(ready, carrier, now);
  const ahead = approachTime === undefined || now >= start ? {} : { approachAt: start - approachTime };
  return ready.work(ahead)
    .again(Math.max(now, Math.min(start - carrier.timing.lead, ahead.approachAt ?? start)));
}

/** A prepare that failed is tried again while time can mend it and enough is left; else the session fails. */
export function prepareFailed(carrier: Carrier, record: SessionRecord, error: unknown): RecordChange {
  const now = carrier.clock.now();
  const fault = asBrokerFault(error);
  const failures = record.work.failures + 1;
  const again = now + pauseAfter(failures, carrier.timing);
  const change = new RecordChange(record, now);
  if (fault.fixer === 'time' && again <= latestStart(record)) return change.work({ failures }).say(retriedLater(fault, again)).again(again);
  return toReleasing(change.say(fault.reasons).work({ stop: { why: 'failed', at: now } }), now);
}

/** The start does all that is left, so this is tried once. Saved before it, as a start is, and due at the start for whichever replica is there. */
async function approach(carrier: Carrier, record: SessionRecord): Saved {
  const { start } = record.plan.run;
  const claimed = await carrier.save(changeOf(carrier, record).forget('approachAt').again(start));
  if (!claimed?.handle || isLate(carrier, claimed)) return claimed;
  try {
    await carrier.platform(claimed.plan.platform).approach?.(claimed.handle);
  } catch (error) {
    carrier.log.warn('a start could not be made ready ahead; it may be late', { session: record.session.id, error: String(error) });
  }
  if (isLate(carrier, claimed)) await clearLate(carrier, claimed);
  return claimed;
}

async function start(carrier: Carrier, record: SessionRecord): Saved {
  const saved = await carrier.save(claimForStart(changeOf(carrier, record), carrier, carrier.clock.now()));
  return saved && launch(carrier, saved);
}

/** Saved before the native start: a cancellation that was saved first wins, and nothing revives a cancelled session. */
function claimForStart(change: RecordChange, { timing }: Carrier, now: Instant): RecordChange {
  return change.work({ stage: 'starting' }).again(now + timing.lease);
}

/** The native start of what was claimed for it just now. */
async function launch(carrier: Carrier, claimed: SessionRecord): Saved {
  if (!claimed.handle || isLate(carrier, claimed)) return undefined;
  try {
    const handle = await carrier.platform(claimed.plan.platform).start(claimed.handle);
    if (isLate(carrier, claimed)) await clearLate(carrier, claimed);
    if (JSON.stringify(handle) === JSON.stringify(claimed.handle)) return claimed;
    return await carrier.save(new RecordChange(claimed, carrier.clock.now()).with(handle));
  } catch (error) {
    carrier.log.warn('a session could not be started', { session: claimed.session.id, error: String(error) });
    return startFailed(carrier, claimed, asBrokerFault(error));
  }
}

/** Tried again while time can mend it and enough is left; that it may have had its effect does no harm, as starting twice runs once. */
function startFailed(carrier: Carrier, record: SessionRecord, fault: BrokerError): Saved {
  const failures = record.work.failures + 1;
  const again = carrier.clock.now() + pauseAfter(failures, carrier.timing);
  const change = changeOf(carrier, record);
  if (fault.fixer !== 'time' || again > latestStart(record)) return fail(carrier, record, change.say(fault.reasons));
  return carrier.save(change.work({ stage: 'prepared', failures }).say(retriedLater(fault, again)).again(again));
}

function run(carrier: Carrier, record: SessionRecord, seen: Observation): Saved {
  const now = carrier.clock.now();
  const change = new RecordChange(record, now).to('RUNNING').work({ stage: 'running', started: now, failures: 0 }).forget('unknownSince');
  if (now - record.plan.run.start > carrier.timing.lead) change.say([startedLate(record, now)]);
  if (seen.seen === 'running') change.connectors(seen.connectors ?? []);
  // What is over before it was looked at ran, and has ended: both are told, by one save.
  if (seen.seen === 'ended') return carrier.save(endOf(change, record, seen, now));
  return carrier.save(change.again(now + carrier.timing.lease));
}

async function stop(carrier: Carrier, record: SessionRecord, why: 'cancelled' | 'time-limit' | 'failed'): Saved {
  const now = carrier.clock.now();
  let current: SessionRecord | undefined = record;
  if (record.work.stage !== 'stopping') {
    const change = new RecordChange(record, now).work({ stage: 'stopping', failures: 0, stop: record.work.stop ?? { why, at: now } });
    if (why === 'time-limit') change.say([timeLimitReached(record)]);
    if (!isFinal(change.phase)) change.to('RELEASING');
    current = await carrier.save(change.connectors([]).again(now + carrier.timing.lease));
  }
  if (!current) return undefined;
  try {
    await carrier.platform(current.plan.platform).cancel(current.handle ?? carrier.platform(current.plan.platform).handleOf(current.plan));
  } catch (error) {
    // The payload may still be running: seen again at the next look, and asked again then.
    carrier.log.warn('a payload could not be asked to stop', { session: record.session.id, error: String(error) });
  }
  return current;
}

/** Something went wrong: what may still run is stopped, what was made is released, then the session is FAILED. */
function fail(carrier: Carrier, record: SessionRecord, change: RecordChange): Saved {
  const now = carrier.clock.now();
  change.work({ stop: { why: 'failed', at: now }, failures: 0 });
  if (record.work.stage === 'booked') {
    change.to('FAILED');
    return record.handle === undefined ? finish(carrier, record, change) : carrier.save(toReleasing(change, now));
  }
  if (record.work.stage === 'starting' || record.work.stage === 'running') return carrier.save(change.to('RELEASING').connectors([]).again(now));
  return carrier.save(toReleasing(change, now));
}

function toReleasing(change: RecordChange, now: Instant): RecordChange {
  if (!isFinal(change.phase)) change.to('RELEASING');
  return change.connectors([]).work({ stage: 'releasing', failures: 0 }).again(now);
}

function end(carrier: Carrier, record: SessionRecord, seen: Observation): Saved {
  const now = carrier.clock.now();
  return carrier.save(endOf(new RecordChange(record, now).forget('unknownSince'), record, seen, now));
}

function endOf(change: RecordChange, { work }: SessionRecord, seen: Observation, now: Instant): RecordChange {
  if (seen.seen === 'ended') change.ended({ outcome: seen.outcome, ...(seen.exitCode === undefined ? {} : { exitCode: seen.exitCode }) });
  // One that came to its own bad end before our stop reached it failed by itself.
  const why = work.stop && !(work.stop.why === 'time-limit' && endedBadly(change.record())) ? undefined : endReason(seen);
  if (why) change.say([why]);
  return toReleasing(change, now);
}

async function release(carrier: Carrier, record: SessionRecord): Saved {
  const platform = carrier.platform(record.plan.platform);
  const handle = record.handle ?? platform.handleOf(record.plan);
  const { id } = record.session;
  if (!record.work.bookingReleased) await carrier.bookings.release(id, carrier.clock.now());
  try {
    if (record.work.started !== undefined) await keepLog(carrier, platform, handle);
    await platform.release(handle);
  } catch (error) {
    return releaseAgain(carrier, record, error);
  }
  const change = changeOf(carrier, record).work({ stage: 'settled', bookingReleased: true, failures: 0 });
  if (!isFinal(change.phase)) change.to(succeeded(record) ? 'COMPLETED' : 'FAILED');
  return carrier.save(change.components(true).again(undefined));
}

/** Once only: when release is repeated the platform may have nothing left to read, and what is kept must not be lost. */
async function keepLog(carrier: Carrier, platform: Platform, handle: Handle): Promise<void> {
  if (await carrier.store.keptLog(handle.session) !== undefined) return;
  const text = await readLog(platform, handle, carrier.timing.keptLog);
  if (text !== undefined) await carrier.store.keepLog(handle.session, text);
}

/** S7: a release that fails makes the session FAILED, whatever the payload did; the work goes on until nothing is left. */
function releaseAgain(carrier: Carrier, record: SessionRecord, error: unknown): Saved {
  const now = carrier.clock.now();
  const failures = record.work.failures + 1;
  carrier.log.error('a session could not be released', { session: record.session.id, failures, error: String(error) });
  const change = new RecordChange(record, now).work({ failures, bookingReleased: true }).again(now + pauseAfter(failures, carrier.timing));
  if (failures === 1) change.say([releaseFailed(record.session, asBrokerFault(error))]);
  if (!isFinal(change.phase)) change.to('FAILED').components(false);
  return carrier.save(change);
}

async function finish(carrier: Carrier, record: SessionRecord, change: RecordChange): Saved {
  await carrier.bookings.release(record.session.id, carrier.clock.now());
  return carrier.save(change.work({ stage: 'settled', bookingReleased: true }).components(true).again(undefined));
}

/** Completed: the payload succeeded, or it was we who stopped it at its time limit. */
function succeeded(record: SessionRecord): boolean {
  if (record.work.stop?.why === 'failed') return false;
  if (record.work.stop?.why === 'time-limit') return !endedBadly(record);
  return record.session.outcome === 'succeeded';
}

function endedBadly({ session }: SessionRecord): boolean {
  return session.outcome === 'failed' || session.outcome === 'evicted';
}
