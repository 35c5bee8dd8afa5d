/** Drafts and plans with sensible defaults, for specs of platforms and of those who drive them. */
import { randomUUID } from 'node:crypto';
import { offerSetIdFrom, sessionIdOf } from '#model';
import type { ComponentId, Draft, Executable, Instant, PlannedStorage, PlatformName, Plan, PoolId, RequesterId, ResolvedData, SessionId } from '#model';

const gibibytesOfMemory = 1;

/** One core, one GiB, an hour at most, no storage, no data. */
export function aDraft(executable: Executable, more: Partial<Draft> = {}): Draft {
  const size = { cores: 1, memory: gibibytesOfMemory };
  return {
    owner: 'local:tester' as RequesterId, executable, need: { min: size, max: size }, storage: [], data: [], volumes: [],
    duration: { min: 60_000, max: 3_600_000 }, ...more,
  };
}

/** A draft placed on `platform` from `start` on, for an hour, in a new session. */
export function aPlan(draft: Draft, where: { readonly platform: string; readonly pools?: readonly PoolId[]; readonly start: Instant; readonly length?: number; readonly session?: SessionId }): Plan {
  return {
    ...draft, session: where.session ?? aSessionId(), platform: where.platform as PlatformName,
    pools: where.pools ?? [`${where.platform}/main` as PoolId],
    run: { start: where.start, end: where.start + (where.length ?? draft.duration.max) }, granted: draft.need.max,
  };
}

export function aSessionId(): SessionId {
  return sessionIdOf(offerSetIdFrom(randomUUID()), 0);
}

export function aComponentId(): ComponentId {
  return randomUUID() as ComponentId;
}

/** A data resource that a resolver has found at `location`. */
export function someData(kind: string, location: string, more: Partial<ResolvedData> = {}): ResolvedData {
  return { id: aComponentId(), spec: { kind, location }, resolver: 'memory', locations: [location], estimate: 0, fileName: 'data', warnings: [], ...more };
}

export function someStorage(kind: string, gib: number, data: readonly ResolvedData[] = []): PlannedStorage {
  return { id: aComponentId(), spec: { kind, size: { min: gib, max: gib } }, gib, data: data.map((one) => one.id) };
}
