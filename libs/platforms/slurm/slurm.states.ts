/** Native states as observations. Source: https://slurm.schedmd.com/job_state_codes.html */
import type { Log, Outcome } from '#model';
import { reason } from '#model';
import type { Observation } from '#plugin-sdk';

type Meaning = 'waiting' | 'running' | Outcome;

/** What is not listed reads unknown. A session's job is never requeued, so states of requeueing are waiting ones. */
export const jobStates: Readonly<Record<string, Meaning>> = {
  PENDING: 'waiting', CONFIGURING: 'waiting', REQUEUED: 'waiting', REQUEUE_HOLD: 'waiting', REQUEUE_FED: 'waiting', RESV_DEL_HOLD: 'waiting', SPECIAL_EXIT: 'waiting',
  RUNNING: 'running', COMPLETING: 'running', SUSPENDED: 'running', STOPPED: 'running', SIGNALING: 'running', STAGE_OUT: 'running', RESIZING: 'running',
  COMPLETED: 'succeeded', FAILED: 'failed', TIMEOUT: 'failed', DEADLINE: 'failed', OUT_OF_MEMORY: 'failed', CANCELLED: 'evicted',
  NODE_FAIL: 'evicted', BOOT_FAIL: 'evicted', PREEMPTED: 'evicted', REVOKED: 'evicted', LAUNCH_FAILED: 'evicted', RECONFIG_FAIL: 'evicted',
};

const texts: Readonly<Record<string, string>> = {
  TIMEOUT: 'the job reached its time limit', DEADLINE: 'the job missed its deadline', OUT_OF_MEMORY: 'the payload used more than its memory and was killed',
  CANCELLED: 'the job was cancelled on the cluster, not through this broker', NODE_FAIL: 'a host of the job failed', BOOT_FAIL: 'a host of the job did not boot',
  PREEMPTED: 'the job had to make room for another one', FAILED: 'the job failed',
};

/** `JobHeldUser` is our own hold. A hold by an administrator is a queue. */
const ourHold = 'JobHeldUser';
export const waitsForItsTime = 'BeginTime';
export const leaving = 'COMPLETING';

/** Words of a job whose turn has not come; others keep it waiting until somebody does something. */
const turns = new Set(['', 'None', 'Priority', 'Resources', 'Reservation', 'Cleaning']);

export interface NativeState { readonly state: string; readonly why: string; /** As wait() gives it. */ readonly waitStatus: number }

export class StateTable {
  private readonly warned = new Set<string>();

  constructor(private readonly log: Log) {}

  observe(native: NativeState): Observation {
    // Accounting says who cancelled: "CANCELLED by 1001".
    const [state = ''] = native.state.split(/[ +]/);
    const meaning = jobStates[state];
    if (meaning === undefined) return this.unlisted(state);
    if (meaning === 'waiting') return native.why === ourHold || native.why === waitsForItsTime ? { seen: 'ready' } : queued(native.why);
    if (meaning === 'running') return { seen: 'running' };
    return ended(state, meaning, native);
  }

  private unlisted(state: string): Observation {
    if (!this.warned.has(state)) this.log.warn('a job is in a state that is not listed', { state });
    this.warned.add(state);
    return { seen: 'unknown' };
  }
}

function queued(why: string): Observation {
  if (turns.has(why)) return { seen: 'queued' };
  return { seen: 'queued', reason: reason('held-up', 'the cluster does not start the job at present: {why}', { why }, { level: 'WARN', path: 'executable' }) };
}

function ended(state: string, outcome: Outcome, { waitStatus, why }: NativeState): Observation {
  const exitCode = exitCodeOf(waitStatus);
  if (outcome === 'succeeded') return { seen: 'ended', outcome, exitCode };
  const text = texts[state] ?? 'the job ended as {state}';
  return { seen: 'ended', outcome, exitCode, reason: reason(state.toLowerCase().replaceAll('_', '-'), `${text} ({state}, {why})`, { state, why, exitCode }, { level: 'ERROR', path: 'executable' }) };
}

/** A wait status: 768 is exit code 3, 15 is signal 15, which shells call 143. */
export function exitCodeOf(waitStatus: number): number {
  const signal = waitStatus % 128;
  return signal === 0 ? Math.floor(waitStatus / 256) : 128 + signal;
}
