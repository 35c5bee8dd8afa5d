import type { Interval, Milliseconds } from './interval.js';
import type { PoolId } from './ids.js';
import type { Resources } from './resources.js';

/** A pool's total and what is free in each step of a window. `free[i]` counts from `window.start + i * step`. */
export interface PoolReport { readonly pool: PoolId; readonly total: Resources; readonly free: readonly Resources[] }

/** The calendar as steps of equal length. */
export interface CapacityReport { readonly window: Interval; readonly step: Milliseconds; readonly pools: readonly PoolReport[] }
