import { describe, expect, test } from 'vitest';
import type { AuditPruning, Log } from '#model';
import { HandClock } from '#runtime/testing';
import { AuditPruner } from './audit-pruner.js';

const hour = 3_600_000;
const day = 24 * hour;

function pruner(keep: { keep?: string; most?: number }, fails = (): boolean => false) {
  const asked: AuditPruning[] = [];
  const said: string[] = [];
  const say = (message: string): void => { said.push(message); };
  const log: Log = { debug: say, info: say, warn: say, error: say };
  const audit = { prune: (rule: AuditPruning) => { asked.push(rule); return fails() ? Promise.reject(new Error('the database is away')) : Promise.resolve({ number: 3, hash: 'ab' }); } };
  const clock = new HandClock(100 * day);
  return { asked, said, clock, one: new AuditPruner({ audit, keep, clock, log }) };
}

describe('keeping the audit record within bounds', () => {
  test('prunes what is older, at the start and every hour', async () => {
    const { asked, said, clock, one } = pruner({ keep: 'P30D' });
    one.start();
    await clock.advance(0);
    await clock.advance(2 * hour);
    await one.stop();
    expect(asked).toEqual([0, 1, 2].map((hours) => ({ before: 70 * day + hours * hour })));
    expect(said[0]).toBe('the audit record was pruned');
  });

  test('keeps the newest by number', async () => {
    const { asked, one } = pruner({ most: 5_000 });
    await one.prune();
    expect(asked).toEqual([{ most: 5_000 }]);
  });

  test('never looks where everything is kept', async () => {
    const { asked, clock, one } = pruner({});
    one.start();
    await clock.advance(day);
    await one.stop();
    expect(asked).toEqual([]);
  });

  test('tries again after an hour what went wrong, and says so', async () => {
    const { asked, said, clock, one } = pruner({ keep: 'P1D' }, () => asked.length === 1);
    one.start();
    await clock.advance(0);
    await clock.advance(hour);
    await one.stop();
    expect(asked).toHaveLength(2);
    expect(said).toEqual(['the audit record could not be pruned; it is tried again in an hour', 'the audit record was pruned']);
  });
});
