/**
 * The booking cycle against the bare speed of the database: ask (find and hold 10 slots durably), then accept one (siblings
 * freed), by 32 clients, in a ledger of 100 000 bookings. Floor and cycles alternate in one run, on one machine and one
 * server, so that only their ratio counts. Two replicas: two ledgers with connections of their own, in this process.
 */
import type { Ledger } from '#booking';
import { acceptFirst, ask, cycle, inventQuery } from './booking/cycle.js';
import { seeded } from './booking/preload.js';
import type { Site } from './booking/site.js';
import { openSite } from './booking/site.js';
import { median, perSecond, timed } from './booking/statistics.js';
import type { Measure } from './measure.js';

interface Phases { readonly floor: number; readonly cycle: number; readonly rounds: number; readonly accepts: number; readonly starts: number }
const full: Phases = { floor: 2000, cycle: 2000, rounds: 5, accepts: 400, starts: 5 };
const short: Phases = { floor: 800, cycle: 1000, rounds: 3, accepts: 100, starts: 3 };
const hour = 3_600_000;
const random = seeded(4711);

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const phases = quick ? short : full;
  const site = await openSite();
  try {
    const start = await startOfReplica(site, phases);
    const single = await singleClient(site, phases);
    const guarded = await cyclesPerCommit(site, phases);
    await site.dropGuard();
    const fenced = await cyclesPerCommit(site, phases);
    return [
      least('cycle-per-commit-guard-1-replica', guarded.one, 0.6), least('cycle-per-commit-guard-2-replicas', guarded.two, 0.4),
      least('cycle-per-commit-fence-1-replica', fenced.one, 0.8), least('cycle-per-commit-fence-2-replicas', fenced.two, 0.5),
      ...single, most('replica-start-100k-s', start / 1000, 's', 1),
    ];
  } finally {
    await site.close();
  }
}

function least(name: string, value: number, goal: number): Measure {
  return { name, value, unit: 'durable operations per bare commit', goal: `>= ${goal}`, holds: value >= goal };
}

function most(name: string, value: number, unit: string, goal: number): Measure {
  return { name, value, unit, goal: `<= ${goal}`, holds: value <= goal };
}

async function startOfReplica(site: Site, { starts }: Phases): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < starts; round += 1) times.push(await timed(async () => { await (await site.startReplica()).close(); }));
  return median(times);
}

/** One client: bare commits and accepts of an hour and of seven days in turns. */
async function singleClient(site: Site, { accepts }: Phases): Promise<Measure[]> {
  const [ledger] = site.ledgers;
  const bare = bareCommit(site);
  const times = { bare: [] as number[], hour: [] as number[], week: [] as number[], any: [] as number[] };
  for (let round = 0; round < accepts; round += 1) {
    times.bare.push(await timed(() => bare(0)));
    times.any.push(await acceptTime(ledger));
    times.hour.push(await acceptTime(ledger, hour));
    if (round % 4 === 0) times.week.push(await acceptTime(ledger, 7 * 24 * hour));
  }
  return [
    most('accept-per-commit-p50', median(times.any) / median(times.bare), 'accept p50 per bare commit p50', 2),
    most('accept-7d-per-1h', median(times.week) / median(times.hour), 'accept p50 of 7 days per 1 hour', 8),
  ];
}

async function acceptTime(ledger: Ledger, duration?: number): Promise<number> {
  for (;;) {
    const set = await ask(ledger, inventQuery(random, duration));
    if (set.state === 'OFFERED') return timed(() => acceptFirst(ledger, set));
  }
}

/** Operations per bare commit, with all clients on one replica and spread over two: median of the rounds. */
async function cyclesPerCommit(site: Site, { floor, cycle: length, rounds }: Phases): Promise<{ one: number; two: number }> {
  const bare = bareCommit(site);
  const floorOf = (milliseconds: number): Promise<number> => perSecond(milliseconds, site.connections.map((_, client) => () => bare(client)));
  const cyclesOf = (ledgers: readonly Ledger[]): Promise<number> => perSecond(length, site.connections.map((_, client) => () => cycle(ledgers[client % ledgers.length] as Ledger, inventQuery(random))));
  await floorOf(500);
  await cyclesOf(site.ledgers);
  const ratios = { one: [] as number[], two: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const commits = await floorOf(floor);
    const [one, two] = [await cyclesOf([site.ledgers[0]]), await cyclesOf(site.ledgers)];
    process.stderr.write(`  per second: ${Math.round(commits)} bare commits, ${Math.round(one)} operations by one replica, ${Math.round(two)} by two\n`);
    ratios.one.push(one / commits);
    ratios.two.push(two / commits);
  }
  return { one: median(ratios.one), two: median(ratios.two) };
}

/** One row, its own commit. */
function bareCommit({ connections }: Site): (client: number) => Promise<number> {
  return async (client) => {
    next += 1;
    await connections[client]?.query({ name: 'bare', text: 'insert into bare_commit values ($1)', values: [next] });
    return 1;
  };
}

let next = 0;
