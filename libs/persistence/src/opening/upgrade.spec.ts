/** A database as the first release left it, with a running session and an open offer in it, opened by this version. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OfferSetId, PoolId } from '#model';
import { offerSetIdFrom, sessionIdOf } from '#model';
import { Ledger } from '#booking';
import { HandClock } from '#runtime/testing';
import { RecordChange } from '#sessions';
import type { SessionRecord } from '#sessions';
import { aRecord } from '#sessions/testing';
import { migrations } from '../migrations/index.js';
import { openPersistence } from '../open-persistence.js';
import type { Persistence } from '../open-persistence.js';
import { testDatabase } from '../testing/index.js';
import type { TestDatabase } from '../testing/index.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = HandClock.at('2030-06-03T08:00:00Z');
const now = clock.now();
const hour = 3_600_000;
const grain = 300_000;
const pool = 'stage/main' as PoolId;
/** Migrations of the first release; the last of them had fifteen parameters for a commit. */
const firstRelease = migrations.slice(0, 4);
const commit = 'select commit_batch(1, $1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, $8, $9, null, null, null, null)';

let home: TestDatabase;
let name: string;
let url: string;
let persistence: Persistence;
let running: SessionRecord;
let open: OfferSetId;

beforeAll(async () => {
  home = await testDatabase();
  name = `upgrade_${randomUUID().replaceAll('-', '')}`;
  await onServer(`create database ${name} template template0`);
  url = home.url.replace(/\/[^/]*$/, `/${name}`);
  const old = await new DataSource({ type: 'postgres', url, migrations: firstRelease }).initialize();
  await old.runMigrations();
  await old.destroy();
  await fillAsFirstRelease();
  persistence = await openPersistence({ url, grain, log, clock });
});

afterAll(async () => {
  await persistence.close();
  await onServer(`drop database ${name} with (force)`);
  await home.drop();
});

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client(home.url);
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** A pool of four cores; a session that runs on three of them; an open set of two offers for the other one. */
async function fillAsFirstRelease(): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('insert into ledger (id, grain_ms) values (1, $1)', [grain]);
  const pools = JSON.stringify([{ pool, total: { cores: 4 } }]);
  await client.query(commit, [0, now, JSON.stringify([{ kind: 'pool', pool, total: { cores: 4 } }]), pools, null, null, null, null, null]);
  const record = aRecord({ created: now - hour, start: now - hour / 2, length: 2 * hour });
  running = new RecordChange(record, now - hour / 2).to('WAITING').to('PREPARING').to('AVAILABLE').to('RUNNING').work({ stage: 'running', started: now - hour / 2 }).again(now).record();
  const { session } = running;
  const claim = { pool, interval: { start: now - hour / 2, end: now + 1.5 * hour }, amount: { cores: 3 } };
  const holds = [{ index: 0, claims: [claim] }];
  await client.query(commit, [1, now, JSON.stringify([{ kind: 'held', set: session.offerSet, expires: now, holds }]), null, ...setRow(session.offerSet, holds), null, null, null]);
  const accepts = JSON.stringify([{ set: session.offerSet, index: 0, session: session.id, owner: session.owner, phase: 'RUNNING', due: now, created: session.created }]);
  const claims = JSON.stringify([{ session: session.id, pool, start: claim.interval.start, end: claim.interval.end, amount: claim.amount }]);
  const document = JSON.stringify({ session, plan: running.plan, work: running.work });
  await client.query(commit, [2, now - hour, JSON.stringify([{ kind: 'accepted', set: session.offerSet, index: 0 }]), null, null, null, accepts, [document], claims]);
  await client.query('update session set revision = $1', [running.revision]);
  open = offerSetIdFrom(randomUUID());
  const offered = [0, 1].map((index) => ({ index, claims: [{ pool, interval: { start: now + index * hour, end: now + (index + 1) * hour }, amount: { cores: 1 } }] }));
  await client.query(commit, [3, now, JSON.stringify([{ kind: 'held', set: open, expires: now + hour, holds: offered }]), null, ...setRow(open, offered), null, null, null]);
  await client.end();
}

function setRow(id: OfferSetId, holds: unknown): [string, string[]] {
  return [JSON.stringify([{ id, owner: 'local:tester', state: 'OFFERED', created: now - hour, expires: now + hour, holds }]), ['{}']];
}

it('a replica that runs on while a newer version takes over refuses, is no longer ready, and says why', async () => {
  const other = await testDatabase();
  const old = await openPersistence({ url: other.url, grain, log, clock });
  const ledger = await Ledger.open({ store: old.ledger, clock, log, grain, horizon: 60 * 24 * hour, alarm: (violation) => { throw new Error(JSON.stringify(violation)); } });
  expect(await ledger.definePools([{ pool, total: { cores: 4 } }])).toEqual([{ kind: 'defined' }]);
  expect(await old.fault()).toBeUndefined();
  const client = new pg.Client(other.url);
  await client.connect();
  await client.query("alter function commit_batch rename to commit_of_the_future; insert into migrations (timestamp, name) values (9999999999999, 'FromTheFuture9999999999999')");
  await client.end();
  await expect(ledger.definePools([{ pool, total: { cores: 5 } }])).rejects.toMatchObject({ word: 'unavailable' });
  await expect.poll(() => old.fault()).toContain('migrated by a newer version of this software (FromTheFuture9999999999999)');
  await ledger.close();
  await old.close();
  await other.drop();
});

it('a session that runs is found as it was, is due, and goes on', async () => {
  expect(await persistence.sessions.find(running.session.id)).toEqual(JSON.parse(JSON.stringify(running)));
  const due = await persistence.sessions.claimDue(now, 'new', now + 1000, 10);
  const claimed = due.find(({ session }) => session.id === running.session.id);
  if (!claimed) throw new Error('the session is not due');
  const change = new RecordChange(claimed, now).to('RELEASING').again(now);
  expect(await persistence.sessions.save(change.record(), change.events)).toBe(true);
});

it('what was booked and offered is still kept: an old offer is accepted, and no more is promised than there is', async () => {
  const ledger = await Ledger.open({ store: persistence.ledger, clock, log, grain, horizon: 60 * 24 * hour, alarm: (violation) => { throw new Error(JSON.stringify(violation)); } });
  expect(ledger.bookingOf(running.session.id)?.claims).toHaveLength(1);
  const refused = await ledger.definePools([{ pool, total: { cores: 3 } }]);
  expect(refused).toMatchObject([{ kind: 'refused', sets: [open] }]);
  const session = sessionIdOf(open, 1);
  const record = aRecord({ created: now });
  const seed = { id: session, owner: record.session.owner, phase: 'ACCEPTED' as const, due: now, document: record };
  expect((await ledger.accept(open, 1, seed)).kind).toBe('accepted');
  expect((await ledger.accept(open, 0, seed)).kind).toBe('refused');
  await ledger.release(running.session.id, now);
  await ledger.close();
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ free: string }>('select min(free) as free from capacity_guard where t >= $1', [now]);
  await client.end();
  expect(Number(rows[0]?.free)).toBe(3);
});
