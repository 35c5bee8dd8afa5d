/** Platforms that others use too: what they use narrows offers, what changes in their size goes to ledger and calendar. */
import { largestResources, subtractResources } from '#model';
import type { Clock, Log, Milliseconds, PlatformName, PoolId, Reason, Resources, SessionId } from '#model';
import type { Ledger } from '#booking';
import type { Calendar } from '#calendar';
import { OthersUse, OthersWatch } from '#node';
import type { Platform } from '#plugin-sdk';

export interface OthersGround {
  readonly ledger: Ledger;
  readonly calendar: Calendar;
  readonly platforms: ReadonlyMap<PlatformName, Platform>;
  tellSession(session: SessionId, reasons: readonly Reason[]): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly grain: Milliseconds;
  readonly horizon: Milliseconds;
}

/** Undefined where no platform is shared. */
export async function openOthers(ground: OthersGround): Promise<{ others: OthersUse; watch: OthersWatch } | undefined> {
  const { ledger, platforms } = ground;
  if (platforms.size === 0) return undefined;
  const bases = new Map<PoolId, Resources>();
  const preview = ledger.preview.bind(ledger);
  const others = await OthersUse.open({ ...ground, preview, define: (pools) => define(ground, bases, pools) }, platforms);
  return { others, watch: new OthersWatch({ ...ground, preview, others }) };
}

type PoolTotals = readonly { readonly pool: PoolId; readonly total: Resources }[];

/**
 * Growth is entered at once. What shrinks keeps its total while the node runs, as promises are made of it: what is away is laid over the
 * calendar like what others use.
 */
async function define({ ledger, calendar }: OthersGround, bases: Map<PoolId, Resources>, pools: PoolTotals): Promise<ReadonlyMap<PoolId, Resources>> {
  const wanted = pools.map(({ pool, total }) => ({ pool, base: largestResources(bases.get(pool) ?? total, total) }));
  const changed = wanted.filter(({ pool, base }) => JSON.stringify(bases.get(pool)) !== JSON.stringify(base));
  const results = await ledger.definePools(changed.map(({ pool, base }) => ({ pool, total: calendar.totalFor(pool, base) })));
  for (const [index, { pool, base }] of changed.entries()) {
    bases.set(pool, results[index]?.kind === 'defined' ? base : promisedBase({ ledger, calendar }, pool, base));
  }
  return bases;
}

/** After a restart with less: what the promises were made of, without what the calendar adds. */
function promisedBase({ ledger, calendar }: Pick<OthersGround, 'ledger' | 'calendar'>, pool: PoolId, base: Resources): Resources {
  const promised = ledger.preview((profile) => profile.totalOf(pool)) ?? base;
  const kept = subtractResources(promised, subtractResources(calendar.totalFor(pool, base), base));
  calendar.totalFor(pool, kept);
  return kept;
}
