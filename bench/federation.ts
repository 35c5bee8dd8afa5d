/**
 * What an aggregator costs: above the slowest of its members, per call to a member over a bare undici loop, choosing among a thousand by
 * their digests, over a thousand sites with a million bookings, and accepting through one level.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { median, perSecond, timed } from './booking/statistics.js';
import { acceptThroughOneLevel } from './federation/accepting.js';
import { aRequest, alice, deadline, siteUrl, startAggregate, startSites } from './federation/aggregate.js';
import type { Aggregate } from './federation/aggregate.js';
import { bareFanout } from './federation/bare.js';
import { prune } from './federation/pruning.js';
import type { Measure } from './measure.js';

/** V8 has compiled by then what is measured: an aggregator runs for weeks. */
const warmingCalls = 5_000;
const everybody = { pruneFrom: Infinity, mostAsked: Infinity };

const byPart: Readonly<Record<string, (quick: boolean) => Measure[] | Promise<Measure[]>>> = {
  'fanout-100': (quick) => fanout(100, { asks: quick ? 60 : 200, goal: 10 }),
  'fanout-1000': (quick) => fanout(1_000, { asks: quick ? 20 : 60, goal: 60 }),
  prune: (quick) => prune(quick ? 200 : 1_000),
  calls: (quick) => callsPerBare(quick ? 3 : 7),
  simulation,
  accept: (quick) => acceptThroughOneLevel(quick ? 30 : 150),
};

export const parts = Object.keys(byPart);

export async function run({ quick, only }: { readonly quick: boolean; readonly only?: string }): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const [part, measure] of Object.entries(byPart)) if (only === undefined || only === part) measures.push(...await measure(quick));
  return measures;
}

/** In turns with the same calls without an aggregator, to tell what of it is the members' on the same cores. */
async function fanout(count: number, { asks, goal }: { readonly asks: number; readonly goal: number }): Promise<Measure[]> {
  const sites = await startSites(count, 0, 20);
  const aggregate = await startAggregate(sites.port, count, everybody);
  const bare = bareFanout(sites.port, count);
  const askers = { ours: (requestId: string) => ourTime(aggregate, requestId), bare: (requestId: string) => bare.ask(requestId) };
  const above = { ours: [] as number[], bare: [] as number[] };
  try {
    for (let ask = -Math.max(10, warmingCalls / count); ask < asks; ask += 1) {
      for (const who of ['ours', 'bare'] as const) {
        const took = await aboveSlowest(askers[who], sites.port);
        if (ask >= 0) above[who].push(took);
        await aggregate.ground.settled();
      }
    }
    const value = percentile(above.ours, 0.99);
    process.stderr.write(`  ${count} members: above the slowest ${inWords(above.ours)}; the same calls by bare undici ${inWords(above.bare)}\n`);
    return [{ name: `fanout-${count}-above-slowest-p99-ms`, value, unit: 'ms', goal: `<= ${goal}`, holds: value <= goal }];
  } finally {
    await aggregate.stop();
    await bare.stop();
    await sites.stop();
  }
}

function inWords(times: readonly number[]): string {
  return `p50 ${median(times).toFixed(1)} ms, p90 ${percentile(times, 0.9).toFixed(1)} ms, p99 ${percentile(times, 0.99).toFixed(1)} ms`;
}

function ourTime(aggregate: Aggregate, requestId: string): Promise<number> {
  aggregate.trail = { hops: [], requestId };
  return timed(() => aggregate.broker.ask(aRequest(2), alice));
}

async function aboveSlowest(ask: (requestId: string) => Promise<number>, port: number): Promise<number> {
  const requestId = randomUUID();
  const took = await ask(requestId);
  const slowest = await (await request(`${siteUrl(port, 0)}/slowest/${requestId}`)).body.json() as number;
  return took - slowest;
}

/** Sixteen clients that ask ten members each, against the same calls without an aggregator around them. In turns. */
async function callsPerBare(rounds: number): Promise<Measure[]> {
  const [clients, members] = [16, 10];
  const sites = await startSites(members, 0, 0);
  const aggregate = await startAggregate(sites.port, members, everybody);
  const bare = new Agent({ keepAliveTimeout: 60_000 });
  const body = JSON.stringify(aRequest(2));
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'eb-hops': 'bench', 'eb-request-id': randomUUID(), 'eb-patience-ms': '4500' };
  const bareAsk = async (): Promise<number> => {
    await Promise.all(Array.from({ length: members }, async (_, site) => (await request(`${siteUrl(sites.port, site)}/requests`, { method: 'POST', headers, body, dispatcher: bare })).body.text()));
    return members;
  };
  const ask = async (): Promise<number> => {
    await aggregate.broker.ask(aRequest(2), alice);
    return members;
  };
  try {
    const loads = { bare: [] as Load[], ours: [] as Load[] };
    for (let round = 0; round <= rounds; round += 1) {
      const [fast, ours] = [await loadBy(clients, bareAsk), await loadBy(clients, ask)];
      // The first round warms up.
      if (round > 0) {
        loads.bare.push(fast);
        loads.ours.push(ours);
      }
    }
    const value = median(loads.ours.map(({ rate }) => rate)) / median(loads.bare.map(({ rate }) => rate));
    process.stderr.write(`  member calls: bare ${loadInWords(loads.bare)}; ours ${loadInWords(loads.ours)}\n`);
    return [{ name: 'member-calls-per-bare-undici', value, unit: 'calls per call', goal: '>= 0.5', holds: value >= 0.5 }];
  } finally {
    await aggregate.stop();
    await bare.destroy();
    await sites.stop();
  }
}

/** `rate`: calls per second. `cost`: microseconds of this process's own time for each, which other programs on the machine change less. */
interface Load { readonly rate: number; readonly cost: number }

async function loadBy(clients: number, work: () => Promise<number>): Promise<Load> {
  let calls = 0;
  const before = process.cpuUsage();
  const rate = await perSecond(1_500, Array(clients).fill(async () => {
    const more = await work();
    calls += more;
    return more;
  }));
  const { user, system } = process.cpuUsage(before);
  return { rate, cost: (user + system) / calls };
}

function loadInWords(loads: readonly Load[]): string {
  return `${median(loads.map(({ rate }) => rate)).toFixed(0)} a second, ${median(loads.map(({ cost }) => cost)).toFixed(0)} µs of processor time each`;
}

/** Ten sites and a thousand, as full as each other: one whose calendar is asked is chosen by its digest. */
async function simulation(quick: boolean): Promise<Measure[]> {
  const sites = await startSites(1_000, quick ? 200 : 1_000, 20);
  try {
    const few = await answerTimes(sites.port, 10, quick ? 80 : 300);
    const many = await answerTimes(sites.port, 1_000, quick ? 80 : 300);
    const value = percentile(many, 0.99) / percentile(few, 0.99);
    const late = Math.max(...few, ...many) > deadline;
    process.stderr.write(`  10 sites p99 ${percentile(few, 0.99).toFixed(0)} ms, 1000 sites p99 ${percentile(many, 0.99).toFixed(0)} ms, deadline ${late ? 'MISSED' : 'kept'}\n`);
    return [{ name: 'sim-1000-sites-p99-per-10-sites', value, unit: 'time per time', goal: '<= 2', holds: value <= 2 && !late }];
  } finally {
    await sites.stop();
  }
}

async function answerTimes(port: number, count: number, asks: number): Promise<readonly number[]> {
  const aggregate = await startAggregate(port, count, { pruneFrom: 24, mostAsked: 20 });
  try {
    await aggregate.ground.knowledge.look();
    for (let warm = 0; warm < 5; warm += 1) await aggregate.broker.ask(aRequest(4), alice);
    const times: number[] = [];
    for (let ask = 0; ask < asks; ask += 1) {
      times.push(await timed(() => aggregate.broker.ask(aRequest(1 + (ask % 60)), alice)));
      await wait(1);
    }
    return times;
  } finally {
    await aggregate.stop();
  }
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
