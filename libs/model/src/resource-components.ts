import type { Component, Range } from './component.js';

export type VolumeMode = 'READONLY' | 'READWRITE';

/** v1.0 SimpleVolumeMount: shows a storage or data resource (by name or UUID) at a path. */
export interface VolumeMount extends Component { readonly path?: string; readonly mode?: VolumeMode; readonly resource?: string }

/** Accelerators of one type, counted over the whole session; memory in GiB of each. */
export interface Accelerator {
  readonly type?: string;
  readonly count?: Range;
  readonly memory?: Range;
  /** In an offer: what the site calls the type. */
  readonly model?: string;
}

/** v1.0 SimpleComputeResource: whole cores, memory in GiB. */
export interface ComputeResource extends Component {
  readonly cores?: Range;
  readonly memory?: Range;
  readonly volumes?: readonly VolumeMount[];
  /** Of accelerated-compute, as `nodes`: the hosts over which all of it is spread evenly. */
  readonly accelerators?: readonly Accelerator[];
  readonly nodes?: Range;
}

/** v1.0 SimpleStorageResource: size in GiB; `data` lists data resources (by name or UUID) that are put there. */
export interface StorageResource extends Component {
  readonly size?: Range; readonly data?: readonly string[];
  /** persistent-storage: what its owner calls it, in every session. */
  readonly name?: string;
  /** persistent-storage: several sessions may read it at a time, where the platform can. READWRITE when left out. */
  readonly mode?: VolumeMode;
  /** persistent-storage: ISO 8601, kept so long after its last session. */
  readonly lifetime?: string;
}

/** v1.0 data resources of every kind; `storage` names the storage they are put in. Kind-specific fields stand beside. */
export interface DataResource extends Component {
  readonly storage?: string;
  /** simple-data-resource. */
  readonly location?: string;
  readonly endpoint?: string; readonly template?: string; readonly bucket?: string; readonly object?: string;
  readonly rucio?: Readonly<Record<string, unknown>>;
  readonly ivoa?: Readonly<Record<string, unknown>>;
  readonly skao?: Readonly<Record<string, unknown>>;
  /** Own tolerated input on simple data: `{type: 'sha256', value: hex}`, checked after the transfer. */
  readonly checksum?: { readonly type?: string; readonly value?: string };
}
