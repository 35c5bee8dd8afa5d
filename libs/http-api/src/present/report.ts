import type { CapacityReport, SessionEvent } from '#model';
import type { Schemas } from '#openapi';
import { presentMessage } from './notes.js';
import { duration, instant } from './times.js';

export function presentCapacity(of: CapacityReport): Schemas['CapacityReport'] {
  return { window: { start: instant(of.window.start), end: instant(of.window.end) }, step: duration(of.step), pools: of.pools };
}

export function presentEvent(of: SessionEvent): Schemas['SessionEvent'] {
  return {
    session: of.session, number: of.number, at: instant(of.at), kind: of.kind, phase: of.phase,
    ...(of.progress && { progress: of.progress }),
    ...(of.message && { message: presentMessage(of.message) }),
    ...(of.connectors && { connectors: of.connectors }),
  };
}
