/** Sessions and records with sensible defaults. */
import { randomUUID } from 'node:crypto';
import { kinds, offerSetIdFrom, sessionIdOf } from '#model';
import type { ComponentId, Executable, Instant, Plan, PlatformName, PoolId, RequesterId, Schedule, Session } from '#model';
import { inPhase } from '../in-phase.js';
import { newRecord } from '../record-change.js';
import type { SessionRecord } from '../session-store.js';

export interface Wanted {
  /** The offered start; an hour after `created` when left out. */
  readonly start?: Instant;
  readonly created?: Instant;
  /** Of the run; an hour when left out. */
  readonly length?: number;
  /** How long before the start preparing begins; none when left out. */
  readonly preparing?: number;
  readonly executable?: Executable;
  readonly platform?: string;
  readonly owner?: string;
}

const anHour = 3_600_000;
const someday: Instant = Date.UTC(2030, 5, 3, 8);

/** An offered session: one core, one GiB. */
export function aSession(wanted: Wanted = {}): Session {
  const created = wanted.created ?? someday;
  const schedule = scheduleOf(wanted, created);
  const set = offerSetIdFrom(randomUUID());
  const placed = { phase: 'INITIALIZING' as const, schedule, messages: [] };
  return inPhase({
    id: sessionIdOf(set, 0), offerSet: set, owner: (wanted.owner ?? 'local:tester') as RequesterId, phase: 'OFFERED', created, modified: created,
    expires: created + 300_000, schedule,
    executable: { ...placed, id: componentId(), spec: wanted.executable ?? { kind: kinds.scripted, script: {} } },
    compute: { ...placed, id: componentId(), spec: { kind: kinds.simpleCompute, cores: { min: 1, max: 1 }, memory: { min: 1, max: 1 } }, volumes: [] },
    storage: [], data: [], costs: [], metrics: [], connectors: [], messages: [], options: [],
  }, 'OFFERED', created);
}

/** An accepted session, due at once. */
export function aRecord(wanted: Wanted = {}): SessionRecord {
  const session = aSession(wanted);
  return newRecord(session, planOf(session, wanted), session.created);
}

function planOf(session: Session, wanted: Wanted): Plan {
  const size = { cores: 1, memory: 1 };
  const { start } = session.schedule.available.start;
  const length = session.schedule.available.duration;
  const platform = wanted.platform ?? 'scripted';
  return {
    owner: session.owner, executable: session.executable.spec, need: { min: size, max: size }, storage: [], data: [], volumes: [],
    duration: { min: Math.min(60_000, length), max: length }, session: session.id, platform: platform as PlatformName, pools: [`${platform}/main` as PoolId],
    run: { start, end: start + length }, granted: size,
  };
}

function scheduleOf(wanted: Wanted, created: Instant): Schedule {
  const start = wanted.start ?? created + anHour;
  const length = wanted.length ?? anHour;
  const preparing = wanted.preparing ?? 0;
  return {
    preparing: { start: start - preparing, duration: preparing }, available: { start: { start, end: start }, duration: length },
    releasing: { start: start + length, duration: 0 },
  };
}

function componentId(): ComponentId {
  return randomUUID() as ComponentId;
}
