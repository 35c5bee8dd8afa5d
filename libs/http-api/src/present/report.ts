import { formatDuration, formatInstant } from '#model';
import type { CapacityReport, Digest, SessionEvent } from '#model';
import type { Schemas } from '#openapi';
import { presentMessage } from './notes.js';

export function presentCapacity(of: CapacityReport): Schemas['CapacityReport'] {
  return { window: { start: formatInstant(of.window.start), end: formatInstant(of.window.end) }, step: formatDuration(of.step), pools: of.pools };
}

export function presentDigest({ kinds, longest, window, step, accelerators, free, isComplete }: Digest): Schemas['Digest'] {
  return {
    kinds: { executable: [...kinds.executable], storage: [...kinds.storage] }, ...(Number.isFinite(longest) ? { longest: formatDuration(longest) } : {}),
    window: { start: formatInstant(window.start), end: formatInstant(window.end) }, step: formatDuration(step),
    ...(accelerators ? { accelerators: accelerators.map(({ type, aliases }) => ({ type, aliases: [...aliases] })) } : {}),
    free: Object.fromEntries(Object.entries(free).map(([name, amounts]) => [name, [...amounts]])), isComplete,
  };
}

export function presentEvent(of: SessionEvent): Schemas['SessionEvent'] {
  return {
    session: of.session, number: of.number, at: formatInstant(of.at), kind: of.kind, phase: of.phase,
    ...(of.progress && { progress: of.progress }),
    ...(of.message && { message: presentMessage(of.message) }),
    ...(of.connectors && { connectors: of.connectors }),
  };
}
