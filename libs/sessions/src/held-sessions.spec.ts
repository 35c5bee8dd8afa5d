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
