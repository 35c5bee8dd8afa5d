/**
 * The booking cycle against the bare speed of the database: ask (find and hold 10 slots durably), then accept one (siblings
 * freed), by 32 clients of one replica with the guard on, in a ledger of 100 000 bookings. Floor and cycle alternate in one run,
 * on one machine and one server, so that only their ratio counts.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Ledger, planOffers } from '#booking';
import type { SlotQuery } from '#booking';
import type { PoolId, RequesterId } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import { openPersistence } from '#persistence';
import { testDatabase } from '#persistence/testing';
import { silentLog, systemClock } from '#runtime';
import { days, grain, preload, seeded, total } from './booking/preload.js';
import type { Measure } from './measure.js';

const clients = 32;
const bookings = 100_000;
const pool = 'bench/pool' as PoolId;
const owner = 'local:bench' as RequesterId;
const hour = 3_600_000;
const day = 24 * hour;
const goal = 0.5;

interface Phases { readonly warm: number; readonly floor: number; readonly cycle: number; readonly rounds: number }
const full: Phases = { warm: 1000, floor: 2000, cycle: 3000, rounds: 5 };
const short: Phases = { warm: 500, floor: 800, cycle: 1200, rounds: 3 };

export async function run({ quick }: { readonly quick: boolean }): Promise<Measure[]> {
  const database = await testDatabase();
  const persistence = await openPersistence({ url: database.url, grain, log: silentLog, clock: systemClock });
  const connections = await Promise.all(Array.from({ length: clients }, () => connect(database.url)));
  try {
    await prepare(database.url, persistence.ledger, connections[0]);
    const ledger = await openLedger(persistence.ledger);
    const ratios = await alternate(quick ? short : full, floorOf(connections), cyclesOf(ledger));
    await ledger.close();
    const value = median(ratios);
    return [{ name: 'cycle-per-commit-guard-1-replica', value, unit: 'durable operations per bare commit', goal: `>= ${goal}`, holds: value >= goal }];
  } finally {
    for (const connection of connections) await connection.end();
    await persistence.close();
    await database.drop();
  }
}

type Store = Parameters<typeof Ledger.open>[0]['store'];

function openLedger(store: Store): Promise<Ledger> {
  return Ledger.open({ store, clock: systemClock, log: silentLog, grain, horizon: days * day, alarm: (overbooking) => { throw new Error(`overbooked: ${JSON.stringify(overbooking)}`); } });
}

async function prepare(url: string, store: Store, connection: pg.Client | undefined): Promise<void> {
  const ledger = await openLedger(store);
  await ledger.definePools([{ pool, total }]);
  await ledger.close();
  await preload(url, bookings, Math.ceil(systemClock.now() / grain) * grain);
  await connection?.query('create table bare_commit (id bigint primary key)');
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

/** Runs both in turns and returns operations per commit of each round. */
async function alternate(phases: Phases, floor: (length: number) => Promise<number>, cycles: (length: number) => Promise<number>): Promise<readonly number[]> {
  await floor(phases.warm);
  await cycles(phases.warm);
  const ratios: number[] = [];
  for (let round = 0; round < phases.rounds; round += 1) {
    const commits = await floor(phases.floor);
    const operations = await cycles(phases.cycle);
    process.stderr.write(`  ${Math.round(commits)} bare commits/s, ${Math.round(operations)} durable operations/s\n`);
    ratios.push(operations / commits);
  }
  return ratios;
}

/** One-row inserts per second, each its own commit. */
function floorOf(connections: readonly pg.Client[]): (length: number) => Promise<number> {
  let next = 0;
  return (length) => perSecond(length, connections.map((connection) => async () => {
    next += 1;
    await connection.query({ name: 'bare', text: 'insert into bare_commit values ($1)', values: [next] });
    return 1;
  }));
}

/** Durable operations per second: two for each cycle. */
function cyclesOf(ledger: Ledger): (length: number) => Promise<number> {
  const random = seeded(4711);
  return (length) => perSecond(length, Array.from({ length: clients }, () => () => cycle(ledger, random)));
}

async function cycle(ledger: Ledger, random: () => number): Promise<number> {
  const created = systemClock.now();
  const set = offerSetIdFrom(randomUUID());
  const query = inventQuery(created, random);
  const offered = await ledger.offer({
    set, owner, created, expires: created + 5 * 60_000,
    choose: (profile) => planOffers({ queries: [query], rules: { most: 10, spacing: hour } }, profile),
    compose: (candidates) => ({ document: { offers: candidates.map(({ start, duration, granted }) => ({ start, duration, granted })) }, state: candidates.length > 0 ? 'OFFERED' : 'REFUSED' }),
  });
  if (offered.state !== 'OFFERED') return 1;
  const session = sessionIdOf(set, 0);
  const accepted = await ledger.accept(set, 0, { id: session, owner, phase: 'ACCEPTED', due: created, document: { session: { id: session, offerSet: set, owner, phase: 'ACCEPTED', created } } });
  if (accepted.kind !== 'accepted') throw new Error(`the offer was not kept: ${accepted.why}`);
  return 2;
}

/** Like the stored bookings: up to four hours, a few cores, anywhere in the next fourteen days. */
function inventQuery(now: number, random: () => number): SlotQuery {
  const cores = 1 + Math.floor(random() * 8);
  const amount = { cores, memory: 4 * cores, storage: Math.floor(random() * 100) };
  const duration = (1 + Math.floor(random() * 48)) * grain;
  const start = now + Math.floor(random() * 13 * day);
  return { demands: [{ pool, min: amount, max: amount, during: 'run' }], windows: [{ start, end: now + 14 * day }], duration: { min: duration, max: duration }, lead: 0, trail: 0, notBefore: now };
}

/** Lets every client do one thing after the other for `length` milliseconds. */
async function perSecond(length: number, works: readonly (() => Promise<number>)[]): Promise<number> {
  const begin = performance.now();
  let done = 0;
  await Promise.all(works.map(async (work) => {
    while (performance.now() - begin < length) {
      const more = await work();
      done += more;
    }
  }));
  return (done * 1000) / (performance.now() - begin);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
