import type { CapacityReport, Instant, Interval, Milliseconds, PoolReport } from '#model';
import { BrokerError, reason } from '#model';
import type { Ledger } from '#booking';
import type { OthersUse } from '../others/others-use.js';
import { isPledge } from '../pools/pledges.js';

export interface ReportParts { readonly ledger: Pick<Ledger, 'report'>; readonly others?: OthersUse | undefined; readonly settings: { readonly grain: Milliseconds } }

/** Most steps of one report. */
const mostSteps = 400;

/** Totals and free amounts in equal steps of whole grains, few enough to be looked at. Pools that were given up are left out, and owned shares, which are parts of others. */
export function capacityReport({ ledger, others, settings: { grain } }: ReportParts, window: Interval): CapacityReport {
  if (window.end <= window.start) throw new BrokerError('malformed', 'caller', [reason('schedule', '{path}: the window ends before it starts; exchange from and to', {}, { path: 'to' })]);
  const grains = Math.max(1, Math.ceil((window.end - window.start) / grain / mostSteps));
  const step = grains * grain;
  const start = Math.floor(window.start / grain) * grain;
  const end = start + Math.ceil((window.end - start) / step) * step;
  const pools = ledger.report({ start, end }, step).filter(({ pool, total }) => !isPledge(pool) && Object.values(total).some((amount) => amount > 0));
  return { window: { start, end }, step, pools: others ? pools.map((pool) => ({ ...pool, free: freeBeside(others, pool, { start, step }) })) : pools };
}

/** Without what others use; where they use what is booked, nothing is free. */
function freeBeside(others: OthersUse, { pool, total, free }: PoolReport, { start, step }: { readonly start: Instant; readonly step: Milliseconds }): PoolReport['free'] {
  return free.map((amounts, index) => {
    const used = others.mostDuring(pool, total, { start: start + index * step, end: start + (index + 1) * step });
    return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, used[name] === undefined ? amount : Math.max(0, amount - used[name])]));
  });
}
