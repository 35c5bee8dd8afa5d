import type { Measure } from './component.js';
import type { Executable } from './executable.js';
import type { ComponentId, OfferSetId, RequesterId, SessionId } from './ids.js';
import type { Instant, Interval, Milliseconds } from './interval.js';
import type { LifecyclePhase, Outcome, SessionPhase } from './phase.js';
import type { Message } from './reason.js';
import type { ComputeResource, DataResource, StorageResource, VolumeMount } from './resource-components.js';

/** When something prepares, is available (payload may run), and releases. `available.start` is the offered window of starts. */
export interface Schedule {
  readonly preparing: { readonly start: Instant; readonly duration: Milliseconds };
  readonly available: { readonly start: Interval; readonly duration: Milliseconds };
  readonly releasing: { readonly start: Instant; readonly duration: Milliseconds };
}

/** A component of a session: what was offered (links resolved to ComponentIds), with its own life. */
export interface Placed<Spec> {
  readonly id: ComponentId;
  readonly spec: Spec;
  readonly phase: LifecyclePhase;
  readonly schedule: Schedule;
  readonly messages: readonly Message[];
}

/** Compute of a session; its volume mounts have identifiers of their own. */
export interface PlacedCompute extends Placed<Omit<ComputeResource, 'volumes'>> {
  readonly volumes: readonly { readonly id: ComponentId; readonly spec: VolumeMount }[];
}

/** A way in to a running session. */
export interface Connector { readonly kind: string; readonly status: 'PREPARING' | 'AVAILABLE' | 'FINISHED'; readonly protocol: string; readonly location: string }

/** What a client may change now. */
export type Option =
  | { readonly kind: 'enum'; readonly path: string; readonly values: readonly string[] }
  | { readonly kind: 'string'; readonly path: string; readonly pattern?: string }
  | { readonly kind: 'integer' | 'delta'; readonly path: string; readonly min?: number; readonly max?: number; readonly units?: string };

/** The change that a client asks for. */
export type Update =
  | { readonly kind: 'enum' | 'string'; readonly path: string; readonly value: string }
  | { readonly kind: 'integer'; readonly path: string; readonly value: number; readonly units?: string }
  | { readonly kind: 'delta'; readonly path: string; readonly delta: number; readonly units?: string };

/** How far the current phase is; shown in events and messages. */
export interface Progress { readonly done: number; readonly total?: number; readonly unit: 'bytes' | 'percent' | 'steps'; readonly what: string }

/** One execution, from offered to finished. An offer is a session in phase OFFERED. */
export interface Session {
  readonly id: SessionId;
  readonly offerSet: OfferSetId;
  readonly owner: RequesterId;
  readonly name?: string;
  /** Where it is shown, when that is not here: at the member of an aggregator, whose clients go there. */
  readonly url?: string;
  readonly phase: SessionPhase;
  readonly created: Instant;
  readonly modified: Instant;
  readonly expires: Instant;
  readonly schedule: Schedule;
  readonly executable: Placed<Executable>;
  readonly compute: PlacedCompute;
  readonly storage: readonly Placed<StorageResource>[];
  readonly data: readonly Placed<DataResource>[];
  readonly costs: readonly Measure[];
  readonly metrics: readonly Measure[];
  readonly connectors: readonly Connector[];
  readonly messages: readonly Message[];
  readonly options: readonly Option[];
  readonly outcome?: Outcome;
  /** Exit code of the payload, where it has one. */
  readonly exitCode?: number;
  readonly progress?: Progress;
}

/** Something that happened to a session, in order; `number` starts at 1 and has no gaps. */
export interface SessionEvent {
  readonly session: SessionId;
  readonly number: number;
  readonly at: Instant;
  readonly kind: 'phase' | 'progress' | 'message' | 'connectors' | 'schedule';
  readonly phase: SessionPhase;
  readonly progress?: Progress;
  readonly message?: Message;
  readonly connectors?: readonly Connector[];
}
