import type { CapacityReport, Interval, Milliseconds } from '#model';
import { BrokerError, reason } from '#model';
import type { Ledger } from '#booking';

/** Most steps of one report. */
const mostSteps = 400;

/** Totals and free amounts in equal steps of whole grains, few enough to be looked at. Pools that were given up are left out. */
export function capacityReport(ledger: Pick<Ledger, 'report'>, window: Interval, grain: Milliseconds): CapacityReport {
  if (window.end <= window.start) throw new BrokerError('malformed', 'caller', [reason('schedule', '{path}: the window ends before it starts; exchange from and to', {}, { path: 'to' })]);
  const grains = Math.max(1, Math.ceil((window.end - window.start) / grain / mostSteps));
  const step = grains * grain;
  const start = Math.floor(window.start / grain) * grain;
  const end = start + Math.ceil((window.end - start) / step) * step;
  return { window: { start, end }, step, pools: ledger.report({ start, end }, step).filter(({ total }) => Object.values(total).some((amount) => amount > 0)) };
}
