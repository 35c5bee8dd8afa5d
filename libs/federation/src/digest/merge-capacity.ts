/** The calendars of members as one report. A member without one, or in steps that don't fit, is left out. */
import { ClientError } from '#client';
import { formatInstant } from '#model';
import type { CapacityReport, Interval, PoolId, PoolReport, Resources } from '#model';
import type { Ground } from '../ground.js';
import { hideHosts, hidingFor } from '../reading/hide-hosts.js';
import type { Member } from '../members/member.js';
import { durationOf, fieldsOf, instantOf, listOf, textOf } from '../reading/read-fields.js';

export async function mergedCapacity(ground: Ground, window: Interval): Promise<CapacityReport> {
  const found = await Promise.all(ground.parts.members.known.map(({ member }) => reportOf(ground, member, window)));
  const reports = found.flatMap((one) => (one ? [one] : []));
  const step = reports.reduce((largest, one) => Math.max(largest, one.step), 1);
  const start = reports.reduce((latest, one) => Math.max(latest, one.window.start), Number.MIN_SAFE_INTEGER);
  const fitting = reports.filter((one) => step % one.step === 0 && (start - one.window.start) % one.step === 0);
  if (fitting.length === 0) return { window, step: window.end - window.start, pools: [] };
  const end = fitting.reduce((least, one) => Math.min(least, one.window.end), Number.MAX_SAFE_INTEGER);
  const steps = Math.max(0, Math.floor((end - start) / step));
  const shown = { start, end: start + steps * step };
  return { window: shown, step, pools: fitting.flatMap((one) => one.pools.map((pool) => inSteps(pool, one, { start, step, steps }))) };
}

/** In a longer step there is free what is free in all of it. */
function inSteps(pool: PoolReport, of: CapacityReport, to: { start: number; step: number; steps: number }): PoolReport {
  const ratio = to.step / of.step;
  const skipped = (to.start - of.window.start) / of.step;
  const free = Array.from({ length: to.steps }, (_, index) => pool.free.slice(skipped + index * ratio, skipped + (index + 1) * ratio).reduce(least));
  return { ...pool, free };
}

function least(a: Resources, b: Resources): Resources {
  return Object.fromEntries(Object.entries(a).map(([name, amount]) => [name, Math.min(amount, b[name] ?? 0)]));
}

async function reportOf(ground: Ground, member: Member, window: Interval): Promise<CapacityReport | undefined> {
  const query = new URLSearchParams({ from: formatInstant(window.start), to: formatInstant(window.end) });
  try {
    const document = fieldsOf(hideHosts(await ground.connect(member).get(`/capacity?${query.toString()}`), hidingFor(member, '')));
    return readReport(document, member, window);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    ground.parts.log.info('a member is left out of the calendar', { member: member.name, error: error.message });
    return undefined;
  }
}

/** Of other times than those that were asked it says nothing, and would cut short what others say. */
function readReport(document: Readonly<Record<string, unknown>>, member: Member, asked: Interval): CapacityReport | undefined {
  const start = instantOf(fieldsOf(document['window'])['start']);
  const end = instantOf(fieldsOf(document['window'])['end']);
  const step = durationOf(document['step'], start ?? 0);
  if (start === undefined || end === undefined || step === undefined || step <= 0 || end - start < step) return undefined;
  if (start >= asked.start + step || end <= asked.start) return undefined;
  const pools = listOf(document['pools']).map(fieldsOf).map((one): PoolReport => ({
    pool: `${member.name}/${textOf(one['pool']) ?? ''}` as PoolId, total: amounts(one['total']), free: listOf(one['free']).map(amounts),
  }));
  return { window: { start, end }, step, pools: pools.filter((pool) => pool.free.length === (end - start) / step) };
}

function amounts(value: unknown): Resources {
  return Object.fromEntries(Object.entries(fieldsOf(value)).filter((entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] >= 0));
}
