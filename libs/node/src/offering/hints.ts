/**
 * What to ask for instead of what can't be had: the first start, else the biggest size or the longest run. Each hint was tried
 * out: the request with only that changed gets offers, as long as nobody else is faster.
 */
import type { Instant, Milliseconds, Need, Reason, Resources } from '#model';
import { formatDuration, formatInstant, isAcceleratorName, reason } from '#model';

/** What is changed of a request to try it out. */
export interface Trial {
  readonly window?: { readonly start: Instant; readonly end: Instant };
  readonly need?: Need;
  readonly duration?: Milliseconds;
}

export interface Hints { readonly first?: Instant | undefined; readonly size?: Resources; readonly longest?: Milliseconds }

export interface HintQuestion {
  readonly need: Need;
  readonly duration: Milliseconds;
  /** From now to the end of the calendar. */
  readonly calendar: { readonly start: Instant; readonly end: Instant };
  /** Most of each resource that any pool has. */
  readonly largest: Resources;
  /** True when the storage is of one size that can be changed. */
  readonly mayShrinkStorage: boolean;
  /** Starts of what would be offered; none: NO. */
  tryOut(trial: Trial): Promise<readonly Instant[]>;
}

const minute: Milliseconds = 60_000;

export async function findHints(question: HintQuestion): Promise<Hints> {
  const first = await firstStart(question);
  if (first !== undefined) return { first };
  const [size, longest] = [await biggestSize(question), await longestRun(question)];
  return { ...(size ? { size } : {}), ...(longest === undefined ? {} : { longest }) };
}

async function firstStart({ calendar, tryOut }: HintQuestion): Promise<Instant | undefined> {
  const starts = await tryOut({ window: calendar });
  if (starts.length === 0) return undefined;
  const first = Math.min(...starts);
  return (await tryOut({ window: { start: first, end: first } })).length > 0 ? first : undefined;
}

/** One resource made smaller where that is enough (accelerators first, as they are scarcest), else cores and memory in proportion. */
async function biggestSize(question: HintQuestion): Promise<Resources | undefined> {
  const { need, mayShrinkStorage } = question;
  const accelerators = Object.keys(need.min).filter(isAcceleratorName);
  const single = [...accelerators, 'cores', 'memory', ...(mayShrinkStorage ? ['storage'] : [])].filter((name) => (need.min[name] ?? 0) > 1).map((name) => [name]);
  for (const names of [...single, ['cores', 'memory']]) {
    const steps = names.length === 1 ? Math.min((need.min[names[0] ?? ''] ?? 0) - 1, question.largest[names[0] ?? ''] ?? 0) : fractions - 1;
    const fits = async (step: number): Promise<boolean> => (await question.tryOut({ need: shrunk(need, names, step) })).length > 0;
    const step = await largestThat(steps, fits);
    if (step > 0) return shrunk(need, names, step).min;
  }
  return undefined;
}

async function longestRun({ duration, tryOut }: HintQuestion): Promise<Milliseconds | undefined> {
  const most = Math.ceil(duration / minute) - 1;
  const minutes = await largestThat(most, async (count) => (await tryOut({ duration: count * minute })).length > 0);
  return minutes > 0 ? minutes * minute : undefined;
}

/** Steps of a size in proportion. */
const fractions = 32;

function shrunk(need: Need, names: readonly string[], step: number): Need {
  const least = names.map((name) => [name, names.length === 1 ? step : Math.max(1, Math.floor(((need.min[name] ?? 0) * step) / fractions))] as const);
  const min = { ...need.min, ...Object.fromEntries(least) };
  return { ...need, min, max: { ...need.max, ...Object.fromEntries(least) } };
}

/** The largest number from 1 to `most` that fits, if smaller ones do too; 0 when not even 1 does. */
async function largestThat(most: number, fits: (step: number) => Promise<boolean>): Promise<number> {
  if (most < 1 || !await fits(1)) return 0;
  let [low, high] = [1, most + 1];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The hints as messages of an answer NO. */
export function hintReasons({ first, size, longest }: Hints): readonly Reason[] {
  const sizes = size && Object.entries(size).map(([name, amount]) => `${amount} ${name}`).join(', ');
  return [
    ...(first === undefined ? [] : [reason('first-start', 'the first start that would work is {first}', { first: formatInstant(first) }, { path: 'schedule.requested.start', level: 'INFO' })]),
    ...(sizes === undefined ? [] : [reason('biggest', 'the biggest size that would fit inside the windows is {size}', { size: sizes }, { path: 'compute', level: 'INFO' })]),
    ...(longest === undefined ? [] : [reason('longest', 'the longest run that would fit inside the windows is {duration}', { duration: formatDuration(longest) }, { path: 'schedule.requested.duration', level: 'INFO' })]),
  ];
}
