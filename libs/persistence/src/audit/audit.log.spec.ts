import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '#model';
import { PostgresAuditLog } from './audit.log.js';
import { anAuditEntry, auditedDatabase } from '../testing/audited-database.js';

const entry = (subject: string, more: Partial<AuditEntry> = {}): AuditEntry => anAuditEntry({ subject, ...more });
const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, index) => String(from + index));

const record = auditedDatabase();

const append = (subjects: readonly string[], by = record.log): Promise<unknown> => Promise.all(subjects.map((one) => by.append(entry(one))));

describe('the audit record', () => {
  it('keeps entries in the order in which they came, and is sound', async () => {
    await append(names(0, 1_200));
    expect((await record.log.find({ after: 0, limit: 1_200 })).map((one) => one.entry.subject)).toEqual(names(0, 1_200));
    expect(await record.log.verify()).toMatchObject({ entries: 1_200, head: { number: 1_200 } });
    expect((await record.log.verify()).fault).toBeUndefined();
  });

  it('is one chain, however many replicas write it', async () => {
    const logs = [record.log, new PostgresAuditLog(record.pool, 'key'), new PostgresAuditLog(record.pool, 'key')];
    await Promise.all(logs.flatMap((one, index) => names(index * 100, index * 100 + 60).map((subject) => one.append(entry(subject)))));
    const verdict = await record.log.verify();
    expect(verdict).toMatchObject({ entries: 180 });
    expect(verdict.fault).toBeUndefined();
    await append(['after']);
    expect((await record.log.verify()).fault).toBeUndefined();
  });

  it.each(["update audit_entry set entry = ''", 'delete from audit_entry', 'truncate audit_entry', 'update audit_head set number = 0', 'delete from audit_head'])('refuses %s', async (statement) => {
    await append(['one']);
    await expect(record.pool.query(statement)).rejects.toThrow(/append-only|only grows/);
  });

  it.each([
    ['an altered entry', ["update audit_entry set entry = replace(entry, 'alice', 'bob') where number = 3"], 3],
    ['an entry that was taken out', ['delete from audit_entry where number = 3'], 3],
    ['entries that changed places', ['update audit_entry set number = -number where number in (3, 4)', 'update audit_entry set number = 7 + number where number < 0'], 3],
    ['an entry that was slipped in', ["update audit_entry set number = 100 + number where number > 2", "insert into audit_entry select 3, at, who, action, subject, outcome, entry, hash from audit_entry where number = 2", 'update audit_entry set number = number - 99 where number > 100'], 3],
    ['entries that were cut off at the end', ['delete from audit_entry where number > 4'], 5],
  ] as const)('tells %s', async (_what, statements, number) => {
    await append(names(0, 6));
    await record.tamper(...statements);
    expect((await record.log.verify()).fault).toMatchObject({ number });
  });

  it('tells a chain that was cut and mended without the key, and one whose end was mended, by a noted entry', async () => {
    await append(names(0, 6));
    const noted = (await record.log.verify()).head;
    await record.tamper('delete from audit_entry', "update audit_head set number = 0, hash = ''");
    const forger = new PostgresAuditLog(record.pool, undefined);
    await append(names(0, 6), forger);
    expect((await record.log.verify()).fault).toMatchObject({ number: 1 });
    await record.tamper('delete from audit_entry where number > 4', "update audit_head set number = 4, hash = (select hash from audit_entry where number = 4)");
    expect((await record.log.verify(noted)).fault).toBeDefined();
  });

  it('finds entries by who, action, subject, outcome and time', async () => {
    await record.log.append(entry('a', { at: 10 }));
    await record.log.append(entry('b', { at: 20, who: 'local:bob', action: 'accept', outcome: 'refused' }));
    const subjects = async (query: object): Promise<unknown[]> => (await record.log.find({ limit: 10, ...query })).map((one) => one.entry.subject);
    expect(await subjects({})).toEqual(['b', 'a']);
    for (const query of [{ who: 'local:bob' }, { action: 'accept' }, { subject: 'b' }, { outcome: 'refused' }, { from: 15 }, { after: 1 }]) expect(await subjects(query)).toEqual(['b']);
    for (const query of [{ to: 15 }, { before: 2 }]) expect(await subjects(query)).toEqual(['a']);
  });

  it.each([['half of a surrogate pair', 'a\ud835'], ['a NUL', 'a\0']])('keeps an entry whose subject has %s, and those written with it', async (_what, subject) => {
    await append(['one', subject, 'two', 'three']);
    expect((await record.log.find({ after: 0, limit: 10 })).map((one) => one.entry.subject)).toEqual(['one', 'a\ufffd', 'two', 'three']);
    expect(await record.log.find({ subject, limit: 10 })).toHaveLength(1);
    expect((await record.log.verify()).fault).toBeUndefined();
  });

  it('fails the caller whose entry can\'t be written', async () => {
    await record.pool.query('drop table audit_head cascade');
    await expect(append(['one'])).rejects.toThrow();
  });
});
