/** A request resolved for one platform: what a platform gets to judge, prepare and run. */
import type { Spread, WantedAccelerator } from './accelerator.js';
import type { ComponentId, KeptStorageId, PlatformName, PoolId, RequesterId, SessionId } from './ids.js';
import type { Executable } from './executable.js';
import type { DataResource, StorageResource, VolumeMode } from './resource-components.js';
import type { Interval, Milliseconds } from './interval.js';
import type { Reason } from './reason.js';
import type { Resources } from './resources.js';

/** Where a data resource can be had, how big it is and how long it takes to bring; unknown sizes are estimated. */
export interface ResolvedData {
  readonly id: ComponentId;
  readonly spec: DataResource;
  /** Name of the resolver that answers for it; absent where the platform brings data of this kind itself. */
  readonly resolver?: string;
  /** The service whose tokens its source wants to see, and the handle of the credential that the requester has left for it. */
  readonly service?: string;
  readonly credential?: string;
  /** URLs or paths, best first; pinned for the life of the session. */
  readonly locations: readonly string[];
  readonly bytes?: number;
  readonly checksum?: { readonly algorithm: string; readonly value: string };
  /** Expected duration of the transfer. */
  readonly estimate: Milliseconds;
  /** Name of the file below the storage it is put in; one path segment. */
  readonly fileName: string;
  readonly warnings: readonly Reason[];
}

/** Storage that outlives the session. Its size is set aside by the platform; it takes nothing of what sessions share. */
export interface KeptPart {
  readonly id: KeptStorageId;
  /** For people: the owner's name for it. */
  readonly name: string;
  /** True: it is made where it is not there. False: it was there, so that its absence is a fault. */
  readonly make: boolean;
  /** Where it lies already. */
  readonly platform?: PlatformName;
  /** Kept so long after the session; as long as the platform does when left out. */
  readonly lifetime?: Milliseconds;
}

/** Storage that the session gets, with the data that is put in it before the start. */
export interface PlannedStorage { readonly id: ComponentId; readonly spec: StorageResource; readonly gib: number; readonly data: readonly ComponentId[]; readonly kept?: KeptPart }

/** A storage or data resource at a path of the payload. `data` set: only that data resource is shown, else the whole storage. */
export interface PlannedVolume { readonly id: ComponentId; readonly path: string; readonly mode: VolumeMode; readonly storage: ComponentId; readonly data?: ComponentId }

/** Sizes that are asked for: at least `min`, useful up to `max`. */
export interface Need {
  readonly min: Resources;
  readonly max: Resources;
  /** Names for which the client gave no maximum: `max` is their minimum then, and a fixed size may exceed it. */
  readonly open?: readonly string[];
}

/** What is to run, before a place and time is chosen: platforms assess this. */
export interface Draft {
  readonly owner: RequesterId;
  readonly executable: Executable;
  readonly need: Need;
  /** Types of the accelerators that are wanted; their numbers are in the need. */
  readonly accelerators?: readonly WantedAccelerator[];
  /** Hosts that all of it is to be spread over, evenly; absent: as the platform likes. */
  readonly spread?: Spread;
  readonly storage: readonly PlannedStorage[];
  readonly data: readonly ResolvedData[];
  readonly volumes: readonly PlannedVolume[];
  /** Longest run that is asked for. */
  readonly duration: { readonly min: Milliseconds; readonly max: Milliseconds };
}

/** A draft with its place, time and size: what is prepared and run. */
export interface Plan extends Draft {
  readonly session: SessionId;
  readonly platform: PlatformName;
  readonly pools: readonly PoolId[];
  /** From the offered start to the enforced end. */
  readonly run: Interval;
  /** What the session has. */
  readonly granted: Resources;
  /** Over so many hosts; absent: as the platform likes. */
  readonly hosts?: number;
  /** True where the platform can change the size of what runs. */
  readonly resizable?: boolean;
}
