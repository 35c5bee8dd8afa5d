/** Saves that go together, where the database refuses one of them, or its answer is lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import type { Instant, RequesterId } from '#model';
import { silentLog, systemClock } from '#runtime';
import { RecordChange } from '#sessions';
import type { SessionRecord } from '#sessions';
import { aRecord } from '#sessions/testing';
import { openPersistence } from '../open-persistence.js';
import { SessionSaves } from './session-saves.js';
import { testDatabase } from '../testing/index.js';
import type { TestDatabase } from '../testing/index.js';

const now: Instant = Date.UTC(2030, 5, 3, 12);
let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await testDatabase();
  await (await openPersistence({ url: database.url, grain: 300_000, log: silentLog, clock: systemClock })).close();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** A record as the commit that accepts an offer leaves it. */
async function stored(): Promise<SessionRecord> {
  const record = aRecord({ created: now });
  const { session, plan, work, revision } = record;
  await pool.query('insert into session (id, offer_set, owner, phase, revision, created, due, document) values ($1, $2, $3, $4, $5, $6, $6, $7)',
    [session.id, session.offerSet, session.owner, session.phase, revision, now, JSON.stringify({ session, plan, work })]);
  return record;
}

const waiting = (record: SessionRecord): { readonly next: SessionRecord; readonly events: RecordChange['events'] } => {
  const change = new RecordChange(record, now).to('WAITING');
  return { next: change.record(), events: change.events };
};

async function rowOf({ session }: SessionRecord): Promise<{ readonly phase: string; readonly events: number }> {
  const { rows: [row] } = await pool.query<{ phase: string; events: number }>('select phase, (select count(*)::int from session_event where session = $1) as events from session where id = $1', [session.id]);
  if (!row) throw new Error('the session is not there');
  return row;
}

/** A pool whose connection is lost after, or before, the first statement had its effect. */
function losing(moment: 'before' | 'after'): pg.Pool {
  let isLost = false;
  const query = async (statement: pg.QueryConfig): Promise<pg.QueryResult> => {
    if (isLost) return pool.query(statement);
    isLost = true;
    if (moment === 'after') await pool.query(statement);
    throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
  };
  return Object.assign(Object.create(pool) as pg.Pool, { query });
}

test('one that the database refuses fails by itself, and the others are made', async () => {
  const [good, bad, other] = [await stored(), await stored(), await stored()];
  const refused = { ...waiting(bad).next, session: { ...waiting(bad).next.session, owner: 'local:a\u0000b' as RequesterId } };
  const saves = new SessionSaves(pool);
  const made = await Promise.allSettled([saves.save(waiting(good)), saves.save({ next: refused, events: [] }), saves.save(waiting(other))]);
  expect(made).toMatchObject([{ status: 'fulfilled', value: true }, { status: 'rejected' }, { status: 'fulfilled', value: true }]);
  expect([await rowOf(good), await rowOf(bad), await rowOf(other)].map(({ phase }) => phase)).toEqual(['WAITING', 'ACCEPTED', 'WAITING']);
});

test.for(['before', 'after'] as const)('they are made once when the connection is lost %s their effect, and others still win', async (moment) => {
  const [one, two, taken] = [await stored(), await stored(), await stored()];
  const cancelled = new RecordChange(taken, now).to('CANCELLED', 'client');
  expect(await new SessionSaves(pool).save({ next: cancelled.record(), events: cancelled.events })).toBe(true);
  const saves = new SessionSaves(losing(moment));
  expect(await Promise.all([one, two, taken].map((record) => saves.save(waiting(record))))).toEqual([true, true, false]);
  expect([await rowOf(one), await rowOf(two), await rowOf(taken)]).toEqual([{ phase: 'WAITING', events: 2 }, { phase: 'WAITING', events: 2 }, { phase: 'CANCELLED', events: 2 }]);
});

test('of two replicas that save the same sessions in opposite orders none waits for ever', async () => {
  const records = await Promise.all(Array.from({ length: 40 }, stored));
  const [first, second] = [new SessionSaves(pool), new SessionSaves(pool)];
  const cancel = (record: SessionRecord): ReturnType<typeof waiting> => {
    const change = new RecordChange(record, now).to('CANCELLED', 'client');
    return { next: change.record(), events: change.events };
  };
  const made = await Promise.all([...records.map((record) => first.save(waiting(record))), ...records.toReversed().map((record) => second.save(cancel(record)))]);
  expect(made.filter((each) => each)).toHaveLength(records.length);
  for (const record of records) expect((await rowOf(record)).events).toBe(2);
});
