/** How large and how small a container of the namespace may be, by its limit ranges. https://kubernetes.io/docs/concepts/policy/limit-range/ */
import type { V1LimitRange } from '@kubernetes/client-node';
import type { Draft, Reason, Resources } from '#model';
import { isAcceleratorName, largestResources, pathOfResource, reason } from '#model';
import { amountsOf } from './capacity.js';
import type { NodeRoom } from './capacity.js';
import type { Extended } from './accelerators.js';

/** In the broker's words, whole; what is not in them is not limited. */
export interface SizeLimits { readonly most: Resources; readonly least: Resources }

/** The narrowest of all; undefined where nothing is limited. A session is one pod with one container of its size. */
export function sizeLimitsOf(ranges: readonly V1LimitRange[], extended: Extended): SizeLimits | undefined {
  const own = ranges.flatMap(({ spec }) => spec?.limits ?? []).filter(({ type }) => type === 'Container' || type === 'Pod');
  const narrow = (one: 'max' | 'min', round: (amount: number) => number, choose: (a: number, b: number) => number): Resources => {
    const found: Record<string, number> = {};
    for (const limit of own) {
      for (const [name, amount] of Object.entries(amountsOf(limit[one], extended))) if (amount > 0) found[name] = choose(found[name] ?? round(amount), round(amount));
    }
    return found;
  };
  const [most, least] = [narrow('max', Math.floor, Math.min), narrow('min', Math.ceil, Math.max)];
  return Object.keys({ ...most, ...least }).length === 0 ? undefined : { most, least };
}

/** The same rooms, where no session is larger than that. Rooms of equal size stay so. */
export function withinLimits(rooms: readonly NodeRoom[], limits: SizeLimits | undefined): readonly NodeRoom[] {
  if (limits === undefined) return rooms;
  const sizes = new Map<Resources, Resources>();
  return rooms.map((room) => {
    const largest = sizes.get(room.largest) ?? Object.fromEntries(Object.entries(room.largest).map(([name, amount]) => [name, Math.min(amount, limits.most[name] ?? amount)]));
    sizes.set(room.largest, largest);
    return { ...room, largest };
  });
}

/** No session is smaller than that, if it may be as large. */
export function raised(need: Resources, limits: SizeLimits | undefined): Resources {
  const least = Object.entries(limits?.least ?? {}).filter(([name]) => (need[name] ?? 0) > 0);
  return least.length === 0 ? need : largestResources(need, Object.fromEntries(least));
}

/** Why nothing of what is asked for is of a size that the namespace allows; empty when something is. */
export function judgeSize({ need }: Draft, limits: SizeLimits | undefined): readonly Reason[] {
  if (limits === undefined) return [];
  const large = Object.entries(limits.most).filter(([name, most]) => (need.min[name] ?? 0) > most);
  const small = Object.entries(limits.least).filter(([name, least]) => (need.max[name] ?? 0) > 0 && (need.max[name] ?? 0) < least);
  return [
    ...large.map(([name, most]) => reason('too-big', 'asks for {asked} of {name}, the namespace allows at most {most} (limit range)', { name, asked: need.min[name] ?? 0, most }, { path: pathOf(name, 'min') })),
    ...small.map(([name, least]) => reason('too-small', 'asks for at most {asked} of {name}, the namespace allows no less than {least} (limit range)', { name, asked: need.max[name] ?? 0, least }, { path: pathOf(name, 'max') })),
  ];
}

function pathOf(name: string, end: 'min' | 'max'): string {
  return isAcceleratorName(name) ? pathOfResource(name) : `compute.${name}.${end}`;
}
