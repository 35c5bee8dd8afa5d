/** The requested times: windows of starts and durations, parsed and judged (WD 3.3; docs/decisions/0007). */
import type { ExecutionRequest, Instant, Interval, Milliseconds, Parsed, Reason } from '#model';
import { formatDuration, formatInstant, parseDuration, parseInterval, reason } from '#model';
import type { Faults } from '../faults.js';
import type { NodeSettings } from '../settings.js';

export interface RequestedTimes {
  /** Closed windows of starts, in order, merged, none in the past. */
  readonly windows: readonly Interval[];
  readonly duration: { readonly min: Milliseconds; readonly max: Milliseconds };
  readonly remarks: readonly Reason[];
  /** True for a run that is longer than this node allows; it is among the faults too. */
  readonly isTooLong: boolean;
}

type Settings = Pick<NodeSettings, 'defaults' | 'longest' | 'horizon'>;
const mostWindows = 100;
const here = 'schedule.requested';

/** Reads the schedule block; faults go to `faults` and make the result meaningless. */
export function readTimes(request: ExecutionRequest, now: Instant, settings: Settings, faults: Faults): RequestedTimes {
  const remarks: Reason[] = [];
  const duration = readDurations(request, now, settings, faults);
  const windows = readWindows(request, now, settings, { faults, remarks });
  return { windows, duration, remarks, isTooLong: duration.min > settings.longest };
}

function readDurations(request: ExecutionRequest, now: Instant, settings: Settings, faults: Faults): RequestedTimes['duration'] {
  const byDefault = settings.defaults.duration;
  const wish = request.schedule?.requested?.duration ?? {};
  const isOne = typeof wish === 'string';
  const given = isOne ? { min: wish } : wish;
  const suffix = (end: string): string => (isOne ? `${here}.duration` : `${here}.duration.${end}`);
  const read = (end: 'min' | 'max'): Milliseconds | undefined => readDuration(given[end], now, suffix(end), faults);
  const [min, max] = [read('min'), read('max')];
  const shortest = min ?? Math.min(byDefault, max ?? byDefault);
  const longest = max ?? shortest;
  if (shortest > longest) faults.add('schedule', `${here}.duration`, 'the minimum is longer than the maximum', 'exchange them');
  if (shortest > settings.longest) {
    faults.add('limit', suffix('min'), `${formatDuration(shortest)} is longer than this node allows`, `ask for at most ${formatDuration(settings.longest)}`);
  }
  return { min: shortest, max: Math.min(longest, settings.longest) };
}

function readDuration(text: string | undefined, now: Instant, path: string, faults: Faults): Milliseconds | undefined {
  if (text === undefined) return undefined;
  const parsed = parseDuration(text, now);
  if (!parsed.ok) return faults.add('schedule', path, parsed.fault, 'write an ISO 8601 duration such as PT1H30M');
  if (parsed.value <= 0) return faults.add('schedule', path, 'the duration is zero', 'write a duration greater than zero');
  return parsed.value;
}

interface Notes { readonly faults: Faults; readonly remarks: Reason[] }

function readWindows(request: ExecutionRequest, now: Instant, settings: Settings, notes: Notes): readonly Interval[] {
  const start = request.schedule?.requested?.start;
  if (start === undefined) return [{ start: now, end: now + settings.defaults.window }];
  const isList = typeof start !== 'string';
  const texts = isList ? start : [start];
  if (texts.length === 0) return [{ start: now, end: now + settings.defaults.window }];
  if (texts.length > mostWindows) {
    notes.faults.add('schedule', `${here}.start`, `${texts.length} windows are too many`, `send at most ${mostWindows}`);
    return [];
  }
  const before = notes.faults.reasons.length;
  const windows = texts.flatMap((text, index) => readWindow(text, isList ? `${here}.start[${index}]` : `${here}.start`, notes));
  if (notes.faults.reasons.length > before) return [];
  return keepFuture(windows, now, settings, notes.faults);
}

function readWindow(text: string, path: string, notes: Notes): readonly Interval[] {
  const parsed: Parsed<Interval> = parseInterval(text);
  if (!parsed.ok) {
    notes.faults.add('schedule', path, parsed.fault, 'write start/end or start/duration with a zone, such as 2030-06-03T09:00:00Z/PT1H');
    return [];
  }
  if (parsed.warning !== undefined) notes.remarks.push(reason('zone', '{path}: {fault}', { fault: parsed.warning }, { path }));
  return [parsed.value];
}

function keepFuture(windows: readonly Interval[], now: Instant, settings: Settings, faults: Faults): readonly Interval[] {
  const future = windows.filter((window) => window.end >= now).map((window) => ({ start: Math.max(window.start, now), end: window.end }));
  if (future.length === 0) {
    faults.add('schedule', `${here}.start`, `every window of starts ended before now, ${formatInstant(now)}`, 'send a window that lies in the future');
    return [];
  }
  const latest = now + settings.horizon;
  const near = future.filter((window) => window.start < latest);
  if (near.length === 0) {
    faults.add('schedule', `${here}.start`, 'every window starts beyond the calendar of this node', `ask for a start before ${formatInstant(latest)}`);
    return [];
  }
  return merge(near.map((window) => ({ start: window.start, end: Math.min(window.end, latest) })));
}

/** Sorted, and without overlaps. */
function merge(windows: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = [];
  for (const window of [...windows].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && window.start <= last.end) merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, window.end) };
    else merged.push(window);
  }
  return merged;
}
