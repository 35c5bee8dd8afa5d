import { reason } from '#model';
import type { BoundPolicy } from '../judging/judgement.js';

/** So many sessions of one requester at once; the policy `quota` charges in the same way. */
export function quotaOf(sessions: number): BoundPolicy {
  return {
    name: 'quota',
    judge: ({ requester }) => Promise.resolve({
      kind: 'allow', charges: [{ account: `quota/${requester.id}`, counts: 'sessions', limits: [{ kind: 'at-once', most: { sessions } }], reason: reason('quota', 'you may have {limit} sessions at once') }],
    }),
  };
}
