import { describe, expect, test } from 'vitest';
import type { AuditEntry, SessionId } from '#model';
import { Auditor } from './auditor.js';

describe('the audit record', () => {
  test('tells which token the node used for which session and account, by its mark alone', async () => {
    const entries: AuditEntry[] = [];
    const log = { append: (entry: AuditEntry) => { entries.push(entry); return Promise.resolve(); }, find: () => Promise.resolve([]), verify: () => Promise.reject(new Error('not asked')), prune: () => Promise.resolve(undefined) };
    const session = '52fe607a-a7a3-4dd7-b608-78c76ba0f801' as SessionId;
    await new Auditor(log, { now: () => 1 }).usedFor('cluster', { session, account: 'alice', mark: '0badcafe', what: 'POST job/submit' });
    expect(entries).toEqual([{
      at: 1, action: 'token.use', who: 'broker', origin: { address: '', credential: 'none' }, subject: session, outcome: 'done',
      facts: { platform: 'cluster', account: 'alice', token: '0badcafe', what: 'POST job/submit' },
    }]);
  });
});
