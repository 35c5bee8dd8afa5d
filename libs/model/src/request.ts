import type { Measure } from './component.js';
import type { Executable } from './executable.js';
import type { ComputeResource, DataResource, StorageResource } from './resource-components.js';

/** When it should run, as it was written. Parsed and judged by the node, so that a fault becomes a NO with a path. */
export interface RequestedSchedule {
  /** ISO 8601; v1.0 has one duration and it means the minimum. An object with min and max is tolerated input of ours. */
  readonly duration?: string | { readonly min?: string; readonly max?: string };
  /** ISO 8601 windows of starts; v1.0 has one, a list (any one suffices) is tolerated input of ours. */
  readonly start?: string | readonly string[];
}

/**
 * A request as it was sent: its JSON types are right, nothing else is checked. Everything but the executable may be left out.
 * Mirrors v1.0 ExecutionRequest.
 */
export interface ExecutionRequest {
  /** Tolerated input: v1.0 has no name on a request. */
  readonly name?: string;
  readonly executable?: Executable;
  readonly compute?: ComputeResource;
  readonly storage?: readonly StorageResource[];
  readonly data?: readonly DataResource[];
  readonly schedule?: { readonly requested?: RequestedSchedule };
  readonly costs?: readonly Measure[];
  readonly metrics?: readonly Measure[];
}
