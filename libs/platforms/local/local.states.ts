/** Native ends and states as observations. */
import type { Observation } from '#plugin-sdk';
import { reason } from '#model';

/** States of a container: https://docs.docker.com/reference/api/engine/ (ContainerInspect) and podman's additions. */
export const containerStates: Readonly<Record<string, 'ready' | 'running' | 'ended'>> = {
  created: 'ready', configured: 'ready', initialized: 'ready',
  running: 'running', paused: 'running', restarting: 'running', stopping: 'running',
  exited: 'ended', stopped: 'ended', dead: 'ended', removing: 'ended',
};

/** Exit codes above this are signals, as shells say it. */
const signalBase = 128;

/** The payload's end by its exit code. `cancelled`: we had asked it to stop. */
export function endedByCode(code: number, cancelled: boolean): Observation {
  if (cancelled) return { seen: 'ended', outcome: 'cancelled', exitCode: code };
  if (code === 0) return { seen: 'ended', outcome: 'succeeded', exitCode: 0 };
  const why = code > signalBase
    ? reason('ended-by-signal', 'the payload was ended by signal {signal}', { signal: code - signalBase, exitCode: code }, { level: 'ERROR', path: 'executable' })
    : reason('exit-code', 'the payload ended with exit code {exitCode}', { exitCode: code }, { level: 'ERROR', path: 'executable' });
  return { seen: 'ended', outcome: 'failed', exitCode: code, reason: why };
}

/** It runs no more and left no exit code: killed with everything around it, or the machine was restarted. */
export function vanished(cancelled: boolean): Observation {
  if (cancelled) return { seen: 'ended', outcome: 'cancelled' };
  return { seen: 'ended', outcome: 'evicted', reason: reason('vanished', 'the payload is gone without an exit code: it was killed from outside, or the machine was restarted', {}, { level: 'ERROR', path: 'executable' }) };
}

/** Ended by SIGKILL that we did not send. `certain`: the runtime says that it was for memory. */
export function endedByMemory(code: number, gib: number, certain: boolean): Observation {
  const template = certain ? 'the payload used more than its {gib} GiB of memory and was killed' : 'the payload was killed from outside, most likely because it used more than its {gib} GiB of memory';
  return { seen: 'ended', outcome: 'failed', exitCode: code, reason: reason('out-of-memory', template, { gib, exitCode: code }, { level: 'ERROR', path: 'compute.memory' }) };
}
