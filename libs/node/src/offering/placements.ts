/** Asks every platform whether and how it could run a draft, and turns the answers into searches of the calendar. */
import type { Draft, Instant, Interval, Milliseconds, PlatformName, Reason, Resources } from '#model';
import { canonicalKind } from '#model';
import type { Assessment, Capabilities, Demand, Platform } from '#plugin-sdk';
import type { SlotQuery } from '#booking';
import { inabilities } from '../judging/able-platforms.js';
import type { Alternative } from '../judging/judgement.js';
import type { KeptStorageBook } from '../kept/kept-storage.js';
import type { OthersUse } from '../others/others-use.js';
import type { RequestedTimes } from '../request/requested-schedule.js';

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
  /** GiB of each accelerator of the wanted types, where that is known. */
  readonly memories?: Resources;
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
  const capabilities = await platform.capabilities();
  if (!capabilities.executables.includes(canonicalKind(draft.executable.kind))) return { placements: [], refusals: [] };
  const unable = inabilities(draft, capabilities, name);
  if (unable.length > 0) return { placements: [], refusals: unable };
  const unkept = await kept?.refusalsOf(draft, name, capabilities.keeps) ?? [];
  if (unkept.length > 0) return { placements: [], refusals: unkept };
  const unreadable = others?.refusalOf(name);
  if (unreadable) return { placements: [], refusals: [unreadable] };
  const assessment = await platform.assess(draft);
  if (!assessment.fits) {
    return { placements: [], refusals: assessment.reasons.map((one) => ({ ...one, values: { ...one.values, platform: name } })) };
  }
  const resizable = assessment.resizable === true && platform.resize !== undefined;
  return { placements: placementsOf(assessment, { platform: name, resizable, ...memoriesOf(draft, capabilities) }), refusals: [] };
}

function placementsOf({ choices, preparing, queued, releasing, remarks = [] }: Assessment & { readonly fits: true }, { platform, resizable = false, memories }: Pick<Placement, 'platform' | 'resizable' | 'memories'>): readonly Placement[] {
  // Written out: there may be thousands, and copying members costs more than all else here.
  const plain = choices.map((demands): Placement => ({ platform, demands, preparing: preparing.max + queued.max, releasing: releasing.max, remarks, resizable }));
  return memories === undefined ? plain : plain.map((one) => ({ ...one, memories }));
}

function memoriesOf({ accelerators: wanted = [] }: Draft, { accelerators = [] }: Capabilities): Pick<Placement, 'memories'> {
  const known = wanted.flatMap(({ type }) => {
    const memory = accelerators.find((one) => one.type === type)?.memory;
    return memory === undefined ? [] : [[type, memory] as const];
  });
  return known.length === 0 ? {} : { memories: Object.fromEntries(known) };
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
  const duration = limits.longest === undefined || limits.longest >= times.duration.max ? times.duration : { min: times.duration.min, max: limits.longest };
  const plain: SlotQuery = { demands: placement.demands, windows: times.windows, lead: placement.preparing, trail: placement.releasing, duration, notBefore, settleBy: notBefore + when.patience };
  if (!limits.runs && !limits.atMost) return plain;
  return { ...plain, ...(limits.runs ? { runs: limits.runs } : {}), ...(limits.atMost ? { atMost: limits.atMost } : {}) };
}
