/** What the session's folder tells, beside what the scheduler says: the payload's own exit code is the better witness. */
import { reason, reasonPrefix } from '#model';
import type { Observation } from '#plugin-sdk';
import type { SessionFolder } from './session-folder.js';

/** Exit codes above this are signals, as shells say it, as far as there are signals: 255 is an exit code. */
const signalBase = 128;
const mostSignal = 64;

export interface Traces { readonly isThere: boolean; readonly isPrepared: boolean; readonly wasSubmitted: boolean; readonly began: boolean; readonly cancelled: boolean; readonly code: number | undefined }

export async function tracesOf(folder: SessionFolder): Promise<Traces> {
  if (!(await folder.has())) return { isThere: false, isPrepared: false, wasSubmitted: false, began: false, cancelled: false, code: undefined };
  const [prepared, submitted, began, cancelled, code] = await Promise.all([folder.has('job.json'), folder.has('submitted'), folder.has('run', 'began'), folder.has('cancel'), folder.read('run', 'code')]);
  const found = /^(\d{1,3})\n$/.exec(code ?? '');
  return { isThere: true, isPrepared: prepared, wasSubmitted: submitted, began, cancelled, code: found ? Number(found[1]) : undefined };
}

/** The payload's own end wins over the scheduler, whose word may be old (a ghost after a crash) or turned (COMPLETED into TIMEOUT). */
export function judge(traces: Traces, native: Observation | undefined): Observation {
  if (!traces.isThere) return { seen: 'gone' };
  if (traces.code !== undefined) return isExplained(traces, native) ? { ...native, exitCode: traces.code } : endedByCode(traces.code, traces.cancelled);
  return native?.seen === 'ended' ? endedUnnoted(traces, native) : native ?? unlisted(traces);
}

/** A payload that a signal has ended may have been the scheduler's: it knows of limits, lost hosts, and whoever needed the place. */
export function mayBeExplained({ code, cancelled }: Traces): boolean {
  return code !== undefined && isSignal(code) && !cancelled;
}

function isExplained(traces: Traces, native: Observation | undefined): native is Observation & { seen: 'ended' } {
  return mayBeExplained(traces) && native?.seen === 'ended' && native.outcome !== 'succeeded' && native.reason?.kind !== unexplained;
}

function isSignal(code: number): boolean {
  return code > signalBase && code <= signalBase + mostSignal;
}

/** The script notes how its payload ends; here it did not come to that. */
function endedUnnoted({ cancelled, began }: Traces, native: Observation & { seen: 'ended' }): Observation {
  const { exitCode, reason: why } = native;
  if (cancelled) return { seen: 'ended', outcome: 'cancelled', ...(exitCode === undefined ? {} : { exitCode }) };
  return began && why?.kind === unexplained ? cutOff(exitCode) : native;
}

export function endedByCode(code: number, cancelled: boolean): Observation {
  if (cancelled) return { seen: 'ended', outcome: 'cancelled', exitCode: code };
  if (code === 0) return { seen: 'ended', outcome: 'succeeded', exitCode: 0 };
  const why = isSignal(code)
    ? reason('ended-by-signal', 'the payload was ended by signal {signal}', { signal: code - signalBase, exitCode: code }, { level: 'ERROR', path: 'executable' })
    : reason('exit-code', 'the payload ended with exit code {exitCode}', { exitCode: code }, { level: 'ERROR', path: 'executable' });
  return { seen: 'ended', outcome: 'failed', exitCode: code, reason: why };
}

/** What dialects call a job that failed, with no more to say of it. */
const unexplained = `${reasonPrefix}failed`;

/** Something ended script and payload, such as a controller that came back with an old state. */
function cutOff(exitCode: number | undefined): Observation {
  const why = reason('cut-off', 'the payload began, and the cluster ended its job before it could end by itself', {}, { level: 'ERROR', path: 'executable' });
  return { seen: 'ended', outcome: 'evicted', ...(exitCode === undefined ? {} : { exitCode }), reason: why };
}

/** Neither the scheduler nor its accounting know of a job. */
function unlisted({ cancelled, began, isPrepared, wasSubmitted }: Traces): Observation {
  if (cancelled) return { seen: 'ended', outcome: 'cancelled' };
  if (began) {
    const why = reason('vanished', 'the payload began, and the scheduler knows nothing of it any more', {}, { level: 'ERROR', path: 'executable' });
    return { seen: 'ended', outcome: 'evicted', reason: why };
  }
  if (wasSubmitted) return { seen: 'gone' };
  return { seen: isPrepared ? 'ready' : 'preparing' };
}
