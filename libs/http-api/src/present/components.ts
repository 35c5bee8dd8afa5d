import type { ClientMeta, Component, ComponentId, Placed, PlacedCompute, Schedule } from '#model';
import type { Schemas } from '#openapi';
import { presentMessage } from './notes.js';
import { duration, instant, interval } from './times.js';

/** A component of a session on the wire: what was offered, its own identifier and its own life. */
export function presentComponent<Spec extends Component>(of: Placed<Spec>): Spec & Schemas['LifecycleComponent'] {
  const { meta, ...spec } = of.spec;
  const placed = { ...spec, phase: of.phase, schedule: presentSchedule(of.schedule) };
  return { ...placed, meta: presentMeta(of.id, meta, of.messages) } as unknown as Spec & Schemas['LifecycleComponent'];
}

export function presentCompute(of: PlacedCompute): Schemas['AbstractComputeResource'] {
  const compute = presentComponent(of);
  if (of.volumes.length === 0) return compute;
  return { ...compute, volumes: of.volumes.map(({ id, spec: { meta, ...spec } }) => ({ ...spec, meta: presentMeta(id, meta, []) })) };
}

export function presentSchedule(of: Schedule): Schemas['LifecycleSchedule'] {
  return {
    preparing: { start: instant(of.preparing.start), duration: duration(of.preparing.duration) },
    available: { start: interval(of.available.start), duration: duration(of.available.duration) },
    releasing: { start: instant(of.releasing.start), duration: duration(of.releasing.duration) },
  };
}

function presentMeta(uuid: ComponentId, given: ClientMeta | undefined, messages: Placed<unknown>['messages']): Schemas['ComponentMetadata'] {
  return {
    uuid,
    ...(given?.name !== undefined && { name: given.name }),
    ...(given?.description !== undefined && { description: given.description }),
    ...(messages.length > 0 && { messages: messages.map(presentMessage) }),
  };
}
