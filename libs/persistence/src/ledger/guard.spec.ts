/** The guard against plain counters, and against writers who do not ask the ledger. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../testing/index.js';
import type { TestDatabase } from '../testing/index.js';

const grain = 1000;
const total = [8, 5];
/** Steps that are looked at: some strips, and beyond them. */
const horizon = 200;

interface Claim { readonly first: number; readonly end: number; readonly amount: readonly [number, number] }

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  await client.query('insert into ledger (id, grain_ms) values (1, $1)', [grain]);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function freshPool(): Promise<{ id: number; name: string }> {
  const name = `local/${randomUUID()}`;
  await client.query('select set_pool_totals($1, 0, $2)', [JSON.stringify([{ pool: name, total: { cores: total[0], memory: total[1] } }]), grain]);
  const { rows } = await client.query<{ id: number }>('select id from pool where name = $1', [name]);
  return { id: rows[0]?.id ?? 0, name };
}

/** Two milliseconds inside of the steps that a claim occupies. */
function claimText(pool: number, { first, end, amount }: Claim): string {
  return `(${pool},${first * grain + 1},${end * grain - 1},"{${amount.join()}}")`;
}

/** True when the database took it. */
async function shift(pool: number, freed: readonly Claim[], taken: readonly Claim[]): Promise<boolean> {
  const lists = [freed, taken].map((claims) => claims.map((one) => claimText(pool, one)));
  return client.query('select shift_guard($1::claim[], $2::claim[], $3)', [...lists, grain]).then(() => true, (cause: unknown) => {
    expect(cause).toMatchObject({ code: '23514', constraint: 'never_overbooked' });
    return false;
  });
}

async function usedPerStep(pool: number): Promise<readonly number[][]> {
  const { rows } = await client.query<{ kind: number; t: string; used: string }>('select kind, t, used from capacity_guard where pool = $1 order by t', [pool]);
  return total.map((_total, kind) => Array.from({ length: horizon }, (_, step) => Number(rows.filter((row) => row.kind === kind + 1 && Number(row.t) <= step * grain).at(-1)?.used)));
}

function counted(claims: readonly Claim[]): number[][] {
  return total.map((_total, kind) => Array.from({ length: horizon }, (_, step) => claims.reduce((sum, { first, end, amount }) => sum + (first <= step && step < end ? amount[kind] ?? 0 : 0), 0)));
}

const fits = (claims: readonly Claim[]): boolean => counted(claims).every((steps, kind) => steps.every((used) => used <= (total[kind] ?? 0)));

const someClaim = fc.tuple(fc.integer({ min: 0, max: 150 }), fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constantFrom(32, 64, 100)), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }))
  .map(([first, length, cores, memory]): Claim => ({ first, end: Math.min(first + length, horizon), amount: [cores, memory] }));
/** Some that are booked, and how many of what was booked before, from the oldest on, is given back in the same commit. */
const someCommit = fc.record({ taken: fc.array(someClaim, { maxLength: 4 }), back: fc.nat({ max: 3 }) });

describe('the guard', () => {
  it('takes every commit that fits, refuses every one that does not, and counts what is booked at every step', async () => {
    await fc.assert(fc.asyncProperty(fc.array(someCommit, { minLength: 1, maxLength: 6 }), async (commits) => {
      const { id } = await freshPool();
      let booked: readonly Claim[] = [];
      for (const { taken, back } of commits) {
        const after = [...booked.slice(back), ...taken];
        expect(await shift(id, booked.slice(0, back), taken)).toBe(fits(after));
        if (fits(after)) booked = after;
        expect(await usedPerStep(id)).toEqual(counted(booked));
      }
    }), { numRuns: 40 });
  });

  it('counts anew what it has counted commit by commit', async () => {
    await fc.assert(fc.asyncProperty(fc.array(someClaim, { minLength: 1, maxLength: 8 }), async (claims) => {
      const { id } = await freshPool();
      const kept = claims.reduce<readonly Claim[]>((before, one) => (fits([...before, one]) ? [...before, one] : before), []);
      for (const one of kept) {
        expect(await shift(id, [], [one])).toBe(true);
        await client.query('insert into booking (session, offer_set, ends, claims) values ($1, $1, $2, array[$3::claim])', [randomUUID(), one.end * grain, claimText(id, one)]);
      }
      const before = await usedPerStep(id);
      await client.query('select recount_guard($1)', [grain]);
      expect(await usedPerStep(id)).toEqual(before);
    }), { numRuns: 20 });
  });

  it('keeps a claim of thirty years in a quiet pool in a handful of rows', async () => {
    const { id } = await freshPool();
    expect(await shift(id, [], [{ first: 7, end: 946_080_000, amount: [8, 0] }])).toBe(true);
    expect(await shift(id, [], [{ first: 500_000_000, end: 500_000_001, amount: [1, 0] }])).toBe(false);
    const { rows } = await client.query<{ count: string }>('select count(*) from capacity_strip where pool = $1', [id]);
    expect(Number(rows[0]?.count)).toBeLessThanOrEqual(6);
  });

  it('refuses whoever writes past the ledger', async () => {
    const { id } = await freshPool();
    expect(await shift(id, [], [{ first: 3, end: 5, amount: [8, 0] }])).toBe(true);
    await expect(client.query('update capacity_strip set used[4] = used[4] + 1 where pool = $1', [id])).rejects.toMatchObject({ constraint: 'never_overbooked' });
    await expect(client.query('update capacity_strip set capacity = 7 where pool = $1', [id])).rejects.toMatchObject({ constraint: 'never_overbooked' });
  });

  it('forgets what is over, so that a cut concerns nobody who has ended, and a late release gives back only what is still counted', async () => {
    const { id, name } = await freshPool();
    const over = { first: 1, end: 40, amount: [8, 0] } as const;
    const long = { first: 30, end: 90, amount: [0, 3] } as const;
    expect(await shift(id, [], [over, long])).toBe(true);
    await client.query('select cut_pools(set_pool_totals($1, $2, $3))', [JSON.stringify([{ pool: name, total: { cores: 2, memory: 4 } }]), 45 * grain, grain]);
    expect(await shift(id, [over, long], [{ first: 0, end: 100, amount: [2, 4] }])).toBe(true);
    expect((await usedPerStep(id)).map((steps) => steps.slice(45, 102))).toEqual([2, 4].map((used) => [...Array<number>(55).fill(used), 0, 0]));
  });
});
