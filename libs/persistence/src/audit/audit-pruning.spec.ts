import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry, KeptAuditEntry } from '#model';
import { PostgresAuditLog } from './audit.log.js';
import { anAuditEntry, auditedDatabase } from '../testing/audited-database.js';

const entry = (at: number): AuditEntry => anAuditEntry({ at, subject: `at ${at}` });
const times = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

const record = auditedDatabase();

const append = (at: readonly number[], by = record.log): Promise<unknown> => Promise.all(at.map((one) => by.append(entry(one))));
const all = (): Promise<readonly KeptAuditEntry[]> => record.log.find({ after: 0, limit: 30_000 });
const numbers = async (): Promise<number[]> => (await all()).map(({ number }) => number);

describe('pruning the audit record', () => {
  it('removes what is older, says so in the record, and the rest is sound', async () => {
    await append(times(1, 11));
    const cut = await record.log.prune({ before: 5 }, 100);
    expect(cut).toMatchObject({ number: 4 });
    const kept = await all();
    expect(kept.map(({ number }) => number)).toEqual([5, 6, 7, 8, 9, 10, 11]);
    expect(kept.at(-1)?.entry).toMatchObject({ at: 100, action: 'audit.prune', who: 'broker', subject: `4:${cut?.hash ?? ''}`, facts: { entries: 4 } });
    expect(await record.log.verify()).toEqual({ entries: 7, head: { number: 11, hash: kept.at(-1)?.hash }, pruned: { ...cut, at: 100 } });
  });

  it('keeps the newest where a number is given, and either reason is enough', async () => {
    await append(times(1, 11));
    await record.log.prune({ most: 3, before: 2 }, 100);
    expect(await numbers()).toEqual([8, 9, 10, 11]);
    await record.log.prune({ most: 100, before: 10 }, 101);
    expect(await numbers()).toEqual([10, 11, 12]);
  });

  it('goes on from one cut to the next, and may take the entry of the one before', async () => {
    await append(times(1, 6));
    await record.log.prune({ before: 3 }, 10);
    await append([11, 12]);
    const cut = await record.log.prune({ before: 12 }, 20);
    expect(await numbers()).toEqual([8, 9]);
    const verdict = await record.log.verify();
    expect(verdict).toMatchObject({ entries: 2, pruned: { number: 7, hash: cut?.hash, at: 20 } });
    expect(verdict.fault).toBeUndefined();
  });

  it('leaves everything where nothing is old enough, without an entry', async () => {
    await append(times(5, 8));
    expect(await record.log.prune({ before: 5, most: 3 }, 10)).toBeUndefined();
    expect(await numbers()).toEqual([1, 2, 3]);
  });

  it('may take all there is: its own entry stays', async () => {
    await append(times(1, 4));
    await record.log.prune({ before: 50 }, 100);
    expect(await numbers()).toEqual([4]);
    await append([101]);
    expect(await numbers()).toEqual([4, 5]);
    expect((await record.log.verify()).fault).toBeUndefined();
  });

  it('stops at the first entry that is to stay, for a clock may have been wrong', async () => {
    await append([1, 2, 900, 3, 4]);
    expect(await record.log.prune({ before: 10 }, 1_000)).toMatchObject({ number: 2 });
    expect(await numbers()).toEqual([3, 4, 5, 6]);
  });

  it('removes more than one transaction does', async () => {
    await append(times(1, 12_001));
    await record.log.prune({ before: 12_000 }, 20_000);
    expect(await numbers()).toEqual([12_000, 12_001]);
    expect((await record.log.find({ from: 12_000, to: 12_001, limit: 10 })).map(({ number }) => number)).toEqual([12_000]);
    await record.pool.query('vacuum audit_entry');
    await append(times(30_000, 30_050));
    expect(await record.log.find({ from: 30_000, limit: 100 })).toHaveLength(50);
  });

  it('is the same however many replicas do it at once, and whoever writes and verifies meanwhile', async () => {
    await append(times(1, 301));
    const logs = [record.log, new PostgresAuditLog(record.pool, 'key'), new PostgresAuditLog(record.pool, 'key')];
    const verdicts = await Promise.all(logs.flatMap((one, index) => [one.prune({ before: 100 + 50 * index }, 1_000), append(times(400, 420), one), one.verify()] as const));
    expect(verdicts.map((one) => (one as { fault?: unknown } | undefined)?.fault)).toEqual(verdicts.map(() => undefined));
    expect(Math.min(...await numbers())).toBe(200);
    expect((await record.log.verify()).fault).toBeUndefined();
  });

  it('finishes what a node left that ended in the middle', async () => {
    await append(times(1, 6));
    const [, second] = await all();
    await record.log.append({ ...entry(10), action: 'audit.prune', subject: `2:${second?.hash ?? ''}` });
    await record.pool.query('select prune_audit(2, $1, 1)', [second?.hash]);
    expect(await numbers()).toEqual([2, 3, 4, 5, 6]);
    expect((await record.log.verify()).fault).toBeUndefined();
    await record.log.prune({ before: 1 }, 20);
    expect(await numbers()).toEqual([3, 4, 5, 6]);
  });

  it('refuses to remove what is not as it was written: it is the proof of that', async () => {
    await append(times(1, 6));
    await record.tamper("update audit_entry set entry = replace(entry, 'alice', 'bob') where number = 2");
    await expect(record.log.prune({ before: 5 }, 10)).rejects.toThrow(/entry 2 is not as it was written/);
    expect(await numbers()).toEqual([1, 2, 3, 4, 5]);
  });

  it('property: whatever is appended and pruned in turn, what is left is the newest, sound, and starts after the cut', async () => {
    const step = fc.oneof(fc.record({ add: fc.integer({ min: 1, max: 8 }) }), fc.record({ keep: fc.integer({ min: 0, max: 12 }) }));
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      for (const one of steps) await ('add' in one ? append(times(0, one.add)) : record.log.prune({ most: one.keep }, 1));
      const verdict = await record.log.verify();
      const first = (verdict.pruned?.number ?? 0) + 1;
      expect(verdict.fault).toBeUndefined();
      expect(await numbers()).toEqual(times(first, verdict.head.number + 1));
    }), { numRuns: 15 });
  });
});

describe('a record that is cut otherwise', () => {
  it.each([
    ['delete from audit_entry where number = 3'],
    ['delete from audit_entry where number < 6'],
    ["update audit_start set number = 5, hash = (select hash from audit_entry where number = 5)"],
    ["update audit_start set number = 4, hash = ''"],
    ['update audit_start set number = 0'],
    ['delete from audit_start'],
    ['truncate audit_start'],
    ["select prune_audit(5, (select encode(hash, 'hex') from audit_entry where number = 5), 100)"],
  ])('is refused by the database: %s', async (statement) => {
    await append(times(1, 8));
    await record.log.prune({ before: 3 }, 10);
    await expect(record.pool.query(statement)).rejects.toThrow(/append-only/);
    expect(await numbers()).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it.each([
    ['further than the record says', ['delete from audit_entry where number <= 5', "update audit_start set number = 5, hash = (select hash from audit_entry where number = 5)"], 5],
    ['in its remaining part', ['delete from audit_entry where number = 5'], 5],
    ['together with what says so', ['delete from audit_entry where number > 7', "update audit_head set number = 7, hash = (select hash from audit_entry where number = 7)"], 3],
    ['from its beginning, as if nothing had been pruned', ["update audit_start set number = 0, hash = ''"], 1],
  ] as const)('is told when it was cut %s', async (_what, statements, number) => {
    await append(times(1, 8));
    await record.log.prune({ before: 4 }, 10);
    await record.tamper(...[...statements].sort((a) => (a.startsWith('update') ? -1 : 1)));
    expect((await record.log.verify()).fault).toMatchObject({ number });
  });

  it('is not excused by a forged entry of somebody without the key', async () => {
    await append(times(1, 8));
    const fifth = (await all())[4];
    const forger = new PostgresAuditLog(record.pool, undefined);
    await forger.append({ ...entry(10), action: 'audit.prune', subject: `5:${fifth?.hash ?? ''}` });
    await record.pool.query('select prune_audit(5, $1, 100)', [fifth?.hash]);
    expect((await record.log.verify()).fault).toMatchObject({ number: 8 });
  });

  it('is compared with a noted entry as long as that is there, and says when it is not', async () => {
    await append(times(1, 8));
    const entries = await all();
    const noted = (number: number, hash = entries[number - 1]?.hash ?? ''): { number: number; hash: string } => ({ number, hash });
    await record.log.prune({ before: 4 }, 10);
    expect(await record.log.verify(noted(5))).toMatchObject({ noted: 'found' });
    expect(await record.log.verify(noted(3))).toMatchObject({ noted: 'found' });
    expect(await record.log.verify(noted(2))).toMatchObject({ noted: 'pruned' });
    for (const number of [3, 5]) expect((await record.log.verify(noted(number, 'ab'))).fault).toMatchObject({ number });
    expect((await record.log.verify(noted(99))).fault).toBeDefined();
  });
});
