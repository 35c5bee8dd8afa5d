/** Claims as steps on the grain: the only place where times are rounded, and always outward. */
import type { Instant, Milliseconds, PoolId, Resources } from '#model';
import type { Claim, Hold } from '../booking.js';

/** An amount of one resource from slot `from` until slot `until`; slots are counted from the epoch. */
export interface Step { readonly pool: PoolId; readonly resource: string; readonly from: number; readonly until: number; readonly amount: number }

export function firstSlot(start: Instant, grain: Milliseconds): number {
  return Math.floor(start / grain);
}

/** The slot after the last one that is touched. */
export function endSlot(end: Instant, grain: Milliseconds): number {
  return Math.ceil(end / grain);
}

/** Steps that add up: what one booking, or one offer, occupies. */
export function stepsOf(claims: readonly Claim[], grain: Milliseconds): readonly Step[] {
  const steps: Step[] = [];
  for (const { pool, interval, amount } of claims) {
    const from = firstSlot(interval.start, grain);
    const until = endSlot(interval.end, grain);
    if (from >= until) continue;
    for (const resource in amount) {
      const wanted = amount[resource] ?? 0;
      if (wanted !== 0) steps.push({ pool, resource, from, until, amount: wanted });
    }
  }
  return steps;
}

/** What a set of alternatives occupies: only one can be accepted, so at each slot the most that one of them takes. */
export function stepsOfAlternatives(holds: readonly Hold[], grain: Milliseconds): readonly Step[] {
  const single = holds[0];
  if (!single || holds.length === 1) return stepsOf(single?.claims ?? [], grain);
  if (holds.every(({ claims }) => isAlike(claims, single.claims))) return stepsOfAlike(single.claims, holds, grain);
  const byResource = new Map<string, Part[]>();
  for (const { index, claims } of holds) {
    for (const step of stepsOf(claims, grain)) {
      const key = `${step.pool}\n${step.resource}`;
      const parts = byResource.get(key);
      if (parts) parts.push({ index, step });
      else byResource.set(key, [{ index, step }]);
    }
  }
  return [...byResource.values()].flatMap(upperEnvelope);
}

/** The usual case: alternatives that differ in their times only, in pools that occur once. */
function isAlike(claims: readonly Claim[], others: readonly Claim[]): boolean {
  return claims.length === others.length && claims.every(({ pool, amount }, place) =>
    pool === others[place]?.pool && isSame(amount, others[place].amount) && claims.findIndex((one) => one.pool === pool) === place);
}

function isSame(a: Resources, b: Resources): boolean {
  if (a === b) return true;
  for (const name in a) if (a[name] !== b[name]) return false;
  for (const name in b) if (a[name] !== b[name]) return false;
  return true;
}

/** What they take is the same wherever one of them is. */
function stepsOfAlike(claims: readonly Claim[], holds: readonly Hold[], grain: Milliseconds): readonly Step[] {
  const steps: Step[] = [];
  for (const [place, { pool, amount }] of claims.entries()) {
    for (const { from, until } of unionOf(holds.map((hold) => slotsOf(hold.claims[place], grain)))) {
      for (const resource in amount) if (amount[resource]) steps.push({ pool, resource, from, until, amount: amount[resource] });
    }
  }
  return steps;
}

interface Slots { readonly from: number; readonly until: number }

function slotsOf(claim: Claim | undefined, grain: Milliseconds): Slots {
  return claim ? { from: firstSlot(claim.interval.start, grain), until: endSlot(claim.interval.end, grain) } : { from: 0, until: 0 };
}

function unionOf(ranges: Slots[]): readonly Slots[] {
  const union: { from: number; until: number }[] = [];
  for (const { from, until } of ranges.sort((a, b) => a.from - b.from)) {
    if (from >= until) continue;
    const last = union.at(-1);
    if (last && from <= last.until) last.until = Math.max(last.until, until);
    else union.push({ from, until });
  }
  return union;
}

interface Part { readonly index: number; readonly step: Step }

/** Sweeps over the edges of one resource; between two of them every alternative's amount is constant. */
function upperEnvelope(parts: readonly Part[]): readonly Step[] {
  const edges = parts.flatMap(({ index, step }) => [{ index, at: step.from, change: step.amount }, { index, at: step.until, change: -step.amount }]).sort((a, b) => a.at - b.at);
  const amounts = new Map<number, number>();
  const steps: Step[] = [];
  for (const [place, { index, at, change }] of edges.entries()) {
    amounts.set(index, (amounts.get(index) ?? 0) + change);
    const next = edges[place + 1];
    if (next && next.at !== at) extend(steps, { ...(parts[0] as Part).step, from: at, until: next.at, amount: Math.max(...amounts.values()) });
  }
  return steps;
}

/** Adds what follows; the step before grows if it ends there with the same amount. */
function extend(steps: Step[], step: Step): void {
  const last = steps.at(-1);
  if (step.amount === 0) return;
  if (last?.until === step.from && last.amount === step.amount) steps[steps.length - 1] = { ...last, until: step.until };
  else steps.push(step);
}
