/** A database with a full ledger, replicas on it, and connections for the bare commits that everything is compared with. */
import pg from 'pg';
import { Ledger } from '#booking';
import type { Persistence } from '#persistence';
import { openPersistence } from '#persistence';
import { testDatabase } from '#persistence/testing';
import { silentLog, systemClock } from '#runtime';
import { pool } from './cycle.js';
import { days, grain, preload, total } from './preload.js';

const clients = 32;
const bookings = 100_000;
const day = 86_400_000;

export interface Site {
  readonly ledgers: readonly [Ledger, Ledger];
  readonly connections: readonly pg.Client[];
  /** Another replica, as one that starts. */
  startReplica(): Promise<Ledger>;
  /** From now on firm bookings are not counted by the database: only to measure what that costs. */
  dropGuard(): Promise<void>;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const database = await testDatabase();
  const connect = (): Promise<Persistence> => openPersistence({ url: database.url, grain, log: silentLog, clock: systemClock });
  const stores = [await connect(), await connect()] as const;
  await fill(database.url, stores[0]);
  const connections = await Promise.all(Array.from({ length: clients }, () => clientOf(database.url)));
  await connections[0]?.query('create table bare_commit (id bigint primary key)');
  const ledgers = [await openLedger(stores[0]), await openLedger(stores[1])] as const;
  return {
    ledgers, connections,
    startReplica: () => openLedger(stores[0]),
    dropGuard: async () => { await connections[0]?.query("create or replace function shift_guard(freed claim[], taken claim[], grain bigint) returns void language sql as ''"); },
    close: async () => {
      for (const ledger of ledgers) await ledger.close();
      for (const connection of connections) await connection.end();
      for (const store of stores) await store.close();
      await database.drop();
    },
  };
}

async function fill(url: string, store: Persistence): Promise<void> {
  const ledger = await openLedger(store);
  await ledger.definePools([{ pool, total }]);
  await ledger.close();
  await preload(url, bookings, Math.ceil(systemClock.now() / grain) * grain);
}

function openLedger({ ledger: store }: Persistence): Promise<Ledger> {
  return Ledger.open({ store, clock: systemClock, log: silentLog, grain, horizon: days * day, alarm: (overbooking) => { throw new Error(`overbooked: ${JSON.stringify(overbooking)}`); } });
}

async function clientOf(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}
