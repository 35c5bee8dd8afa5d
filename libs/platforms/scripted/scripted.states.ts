/** What a pretended session looks like at a time. */
import type { Instant, Milliseconds } from '#model';
import { reason } from '#model';
import type { Observation } from '#plugin-sdk';
import { openConnectors } from './script.js';
import type { ScriptedState } from './scripted.client.js';

const connectorKind = 'urn:execution-broker:kind:connector:scripted';

/** Why a run ends, and when. */
interface Ending { readonly at: Instant; readonly seen: Observation }

export function observationOf(state: ScriptedState, now: Instant): Observation {
  if (!state.isPrepared) return { seen: 'preparing' };
  const begin = runBegin(state);
  if (begin === undefined) return { seen: 'ready' };
  const hidden = hiddenAt(state, now - begin);
  if (hidden) return hidden;
  const ending = endingOf(state, begin);
  if (ending && now >= ending.at) return ending.seen;
  if (now < begin) return { seen: 'queued' };
  const connectors = openConnectors(state.script, connectorKind, now - begin);
  return connectors.length === 0 ? { seen: 'running' } : { seen: 'running', connectors };
}

/** What the script hides from the broker. */
function hiddenAt(state: ScriptedState, elapsed: Milliseconds): Observation | undefined {
  const { vanish, unknown } = state.script;
  if (vanish !== undefined && elapsed >= vanish) return { seen: 'gone' };
  const isUnknown = unknown !== undefined && elapsed >= unknown.after && elapsed < unknown.after + unknown.for;
  return isUnknown ? { seen: 'unknown' } : undefined;
}

/** When the run begins; undefined while it was not started. */
export function runBegin(state: ScriptedState): Instant | undefined {
  const { started, approached = started, script } = state;
  return started === undefined || approached === undefined ? undefined : Math.max(started, approached + script.queued);
}

/** How much of the run has passed at most by `now`. */
export function elapsedRun(state: ScriptedState, now: Instant): Milliseconds {
  const begin = runBegin(state);
  if (begin === undefined) return -1;
  const ending = endingOf(state, begin);
  return Math.min(now, ending?.at ?? now) - begin;
}

/** The first of what ends it: its own end, an eviction, a cancellation. */
function endingOf(state: ScriptedState, begin: Instant): Ending | undefined {
  const { run, exitCode, evict, ignoreCancel } = state.script;
  const endings: Ending[] = [];
  if (state.cancelled !== undefined) endings.push({ at: state.cancelled + ignoreCancel, seen: { seen: 'ended', outcome: 'cancelled', exitCode: 143 } });
  if (evict !== undefined) endings.push({ at: begin + evict, seen: { seen: 'ended', outcome: 'evicted', reason: reason('evicted', 'the script had it thrown out', {}, { level: 'ERROR' }) } });
  if (run !== 'forever') endings.push({ at: begin + run, seen: { seen: 'ended', outcome: exitCode === 0 ? 'succeeded' : 'failed', exitCode } });
  return endings.reduce<Ending | undefined>((first, next) => (first && first.at <= next.at ? first : next), undefined);
}
