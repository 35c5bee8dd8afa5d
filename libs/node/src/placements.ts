/** Asks every platform whether and how it could run a draft, and turns the answers into searches of the calendar. */
import type { Draft, Instant, Interval, Milliseconds, PlatformName, Reason } from '#model';
import { canonicalKind, reason } from '#model';
import type { Demand, Platform } from '#plugin-sdk';
import type { SlotQuery } from '#booking';
import type { Alternative } from './judgement.js';
import type { KeptStorageBook } from './kept-storage.js';
import type { OthersUse } from './others-use.js';
import type { RequestedTimes } from './requested-schedule.js';

/** One way of one platform to run the draft. */
export interface Placement {
  readonly platform: PlatformName;
  readonly demands: readonly Demand[];
  readonly preparing: Milliseconds;
  readonly releasing: Milliseconds;
  readonly remarks: readonly Reason[];
  /** When set, the run must lie inside one of these. */
  readonly runs?: readonly Interval[];
  /** To be said with an answer NO: why this placement could not help. */
  readonly ifFull?: readonly Reason[];
  /** True where size can be changed while it runs. */
  readonly resizable?: boolean;
}

export interface Placements { readonly placements: readonly Placement[]; readonly refusals: readonly Reason[] }

interface Surroundings { readonly others?: OthersUse | undefined; readonly kept?: KeptStorageBook | undefined }

/** Platforms that can't run the kind at all are passed over in silence: the request was already checked against all of them. */
export async function findPlacements(draft: Draft, platforms: ReadonlyMap<PlatformName, Platform>, surroundings: Surroundings = {}): Promise<Placements> {
  const answers = await Promise.all([...platforms].map(([name, platform]) => ask(draft, { name, ...surroundings }, platform)));
  return { placements: answers.flatMap((one) => one.placements), refusals: answers.flatMap((one) => one.refusals) };
}

interface Asked extends Surroundings { readonly name: PlatformName }

async function ask(draft: Draft, { name, others, kept }: Asked, platform: Platform): Promise<Placements> {
  const { executables, brings = [], keeps } = await platform.capabilities();
  if (!executables.includes(canonicalKind(draft.executable.kind))) return { placements: [], refusals: [] };
  const left = draft.data.findIndex((one) => one.resolver === undefined && !brings.includes(one.spec.kind));
  if (left >= 0) return { placements: [], refusals: [cannotBring(draft, left, name)] };
  const unkept = await kept?.refusalsOf(draft, name, keeps) ?? [];
  if (unkept.length > 0) return { placements: [], refusals: unkept };
  const unreadable = others?.refusalOf(name);
  if (unreadable) return { placements: [], refusals: [unreadable] };
  const assessment = await platform.assess(draft);
  if (!assessment.fits) {
    return { placements: [], refusals: assessment.reasons.map((one) => ({ ...one, values: { ...one.values, platform: name } })) };
  }
  const { choices, preparing, queued, releasing, remarks = [], resizable = false } = assessment;
  return {
    placements: choices.map((demands) => ({ platform: name, demands, preparing: preparing.max + queued.max, releasing: releasing.max, remarks, resizable: resizable && platform.resize !== undefined })),
    refusals: [],
  };
}

function cannotBring(draft: Draft, index: number, platform: PlatformName): Reason {
  const kind = draft.data[index]?.spec.kind ?? '';
  return reason('unsupported-kind', '{path}: platform {platform} can not bring data of kind {kind}', { kind, platform }, { path: `data[${index}].kind` });
}

const second = 1000;

/** Whole seconds, upwards: offers don't start in the middle of one. */
export function wholeSecond(at: Instant): Instant {
  return Math.ceil(at / second) * second;
}

/** The search for one placement within one way to keep the limits. `patience`: how long after now an acceptance may come. */
export function queryOf(
  placement: Placement, times: RequestedTimes, limits: Alternative, when: { now: Instant; patience: Milliseconds },
): SlotQuery {
  const notBefore = wholeSecond(when.now + placement.preparing);
  return {
    demands: placement.demands, windows: times.windows, lead: placement.preparing, trail: placement.releasing,
    duration: { min: times.duration.min, max: Math.min(times.duration.max, limits.longest ?? Infinity) },
    notBefore, settleBy: notBefore + when.patience,
    ...(limits.runs ? { runs: limits.runs } : {}), ...(limits.atMost ? { atMost: limits.atMost } : {}),
  };
}
