import { formatDuration, formatInstant, formatInterval } from '#model';
import type { ClientMeta, Component, ComponentId, Placed, PlacedCompute, Schedule } from '#model';
import type { Schemas } from '#openapi';
import { presentMessage } from './notes.js';

/** A component of a session on the wire: what was offered, its own identifier and its own life. */
export function presentComponent<Spec extends Component>(of: Placed<Spec>): Spec & Schemas['LifecycleComponent'] {
  const { meta, ...spec } = of.spec;
  const placed = { ...spec, phase: of.phase, schedule: presentSchedule(of.schedule) };
  return { ...placed, meta: presentMeta(of.id, meta, of.messages) } as unknown as Spec & Schemas['LifecycleComponent'];
}

export function presentCompute(of: PlacedCompute): Schemas['AbstractComputeResource'] {
  const compute = presentComponent(of);
  return of.volumes.length === 0 ? compute : { ...compute, volumes: volumesOf(of) };
}

/** Volume mounts with identifiers of their own. */
export function volumesOf({ volumes }: PlacedCompute): NonNullable<Schemas['AbstractComputeResource']['volumes']> {
  return volumes.map(({ id, spec: { meta, ...spec } }) => ({ ...spec, meta: presentMeta(id, meta, []) }));
}

export function presentSchedule(of: Schedule): Schemas['LifecycleSchedule'] {
  return {
    preparing: { start: formatInstant(of.preparing.start), duration: formatDuration(of.preparing.duration) },
    available: { start: formatInterval(of.available.start), duration: formatDuration(of.available.duration) },
    releasing: { start: formatInstant(of.releasing.start), duration: formatDuration(of.releasing.duration) },
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
