/** What a request says that every offer must keep; offer-faults.ts judges by it. */
import { canonicalKind, parseDuration, parseInterval } from '#model';
import type { ExecutionRequest, Instant, Interval, Kind, Measure, Milliseconds, Range, RequestedSchedule } from '#model';
import { fieldsOf, listOf, textOf } from '../reading/read-fields.js';

/** What every offer must keep. What can't be read of a request is left to the members: they say NO to it. */
export interface Terms {
  readonly executable: Kind | undefined;
  readonly windows: readonly Interval[];
  readonly duration: Milliseconds;
  readonly cores: number;
  readonly memory: number;
  /** By the words of the request. */
  readonly accelerators: readonly WantedCount[];
  /** Hosts. */
  readonly nodes: number;
  /** Of storage, in the order of the request. */
  readonly sizes: readonly WantedStorage[];
  /** Bounds on costs and metrics; all have to be met. */
  readonly bounds: readonly Measure[];
}

export interface WantedCount { readonly type: string; readonly count: number }
export interface WantedStorage { readonly name: string | undefined; readonly size: number }

export function termsOf(request: ExecutionRequest, now: Instant): Terms {
  const wish = request.schedule?.requested ?? {};
  const { cores, memory, accelerators, nodes } = request.compute ?? {};
  const windows = [wish.start ?? []].flat().map((text) => parseInterval(text));
  const kind = request.executable?.kind as Kind | undefined;
  return {
    executable: kind === undefined ? undefined : canonicalKind(kind),
    windows: windows.flatMap((one) => (one.ok ? [one.value] : [])), duration: shortest(wish.duration, now),
    cores: leastOf(cores), memory: leastOf(memory), accelerators: countsOf(accelerators), nodes: leastOf(nodes),
    sizes: sizesOf(request.storage), bounds: boundsOf(request),
  };
}

function leastOf(range: Range | undefined): number {
  return range?.min ?? 0;
}

function sizesOf(storage: ExecutionRequest['storage']): readonly WantedStorage[] {
  return listOf(storage).map(fieldsOf).map(({ meta, size }) => {
    const { min } = fieldsOf(size);
    return { name: textOf(fieldsOf(meta)['name']), size: typeof min === 'number' ? min : 0 };
  });
}

/** Those of the request and of its compute, which are quoted as a whole. */
function boundsOf({ costs, metrics, compute }: ExecutionRequest): readonly Measure[] {
  return [...costs ?? [], ...metrics ?? [], ...compute?.costs ?? [], ...compute?.metrics ?? []].filter(({ type }) => type !== undefined && type !== '');
}

/** What simple compute carries besides has no types that were checked. */
export function countsOf(accelerators: unknown): readonly WantedCount[] {
  return listOf(accelerators).map(fieldsOf).flatMap(({ type, count }) => {
    const { min, max } = fieldsOf(count);
    const least = typeof min === 'number' ? min : Math.min(1, typeof max === 'number' ? max : 1);
    return typeof type === 'string' ? [{ type, count: least }] : [];
  });
}

function shortest(wish: RequestedSchedule['duration'], now: Instant): Milliseconds {
  const text = typeof wish === 'string' ? wish : wish?.min;
  const parsed = text === undefined ? undefined : parseDuration(text, now);
  return parsed?.ok === true ? parsed.value : 0;
}
