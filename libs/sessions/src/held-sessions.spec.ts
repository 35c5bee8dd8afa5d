import { describe, expect, test } from 'vitest';
import { HeldSessions } from './held-sessions.js';
import type { Held } from './held-sessions.js';
import type { SessionRecord } from './session-store.js';

const held = (revision: number): Held => ({ record: { session: { id: 's1' }, revision } as unknown as SessionRecord, until: 20, at: 0 });
const nobody = new Map<string, unknown>();
const busy = new Map([['s1', true]]);

describe('a session that is held', () => {
  test('is not replaced by an older revision, which a claim read before a step saved the newer one', () => {
    const sessions = new HeldSessions();
    const newer = held(4);
    sessions.take(newer, nobody);
    sessions.take(held(3), nobody);
    expect(sessions.has(newer)).toBe(true);
    const step = held(5);
    sessions.take(step, nobody);
    sessions.take(held(5), busy);
    step.record = { ...step.record, revision: 6 };
    sessions.free(step.record.session.id);
    expect(sessions.has(step)).toBe(true);
  });
  test('is not taken again as it was before its last step, though nothing of it is held any more', () => {
    const sessions = new HeldSessions();
    const step = held(4);
    sessions.take(step, nobody);
    sessions.take(held(4), busy);
    sessions.replace(step, { ...step.record, revision: 5 }, 0);
    sessions.drop(step.record.session.id);
    sessions.free(step.record.session.id);
    expect(sessions.ready(0, nobody)).toEqual([]);
    sessions.take(held(5), nobody);
    expect(sessions.ready(0, nobody)).toHaveLength(1);
  });
  test('goes when a newer revision was saved, and stays when that is the one that is held', () => {
    const sessions = new HeldSessions();
    const claimed = held(4);
    sessions.take(claimed, nobody);
    sessions.dropBefore(claimed.record.session.id, 4);
    expect(sessions.has(claimed)).toBe(true);
    sessions.dropBefore(claimed.record.session.id, 5);
    expect(sessions.has(claimed)).toBe(false);
  });
  test('is replaced by what somebody else has saved since', () => {
    const sessions = new HeldSessions();
    sessions.take(held(4), nobody);
    const newer = held(5);
    sessions.take(newer, busy);
    expect(sessions.has(newer)).toBe(false);
    sessions.free(newer.record.session.id);
    expect(sessions.has(newer)).toBe(true);
  });
});
