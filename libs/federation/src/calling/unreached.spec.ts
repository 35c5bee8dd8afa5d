import { describe, expect, it } from 'vitest';
import { ClientError } from '#client';
import { whyUnreached } from './unreached.js';

const unreached = (cause?: unknown): ClientError => new ClientError('unreachable', 'no answer', cause === undefined ? {} : { cause });

describe('why a member is not reached', () => {
  it('is told by the fault of the connection', () => {
    expect(whyUnreached(unreached(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })))).toContain('host name is not known');
    expect(whyUnreached(unreached(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })))).toContain('nobody listens');
  });

  it('is not made up where nothing more is known', () => {
    for (const cause of [undefined, 'closed', new Error('other side closed'), Object.assign(new Error('x'), { code: 'toString' }), Object.assign(new Error('x'), { code: 7 })]) expect(whyUnreached(unreached(cause))).toBeUndefined();
  });
});
