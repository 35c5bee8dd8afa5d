import { describe, expect, it } from 'vitest';
import type { DrainStore, Drained, RequesterId } from '#model';
import type { Ask } from '#plugin-sdk';
import { HandClock } from '#runtime/testing';
import { Drain } from './drain.js';

class MemoryDrain implements DrainStore {
  state: Drained | undefined;
  reads = 0;

  read(): Promise<Drained | undefined> {
    this.reads += 1;
    return Promise.resolve(this.state);
  }

  write(state: Drained | undefined): Promise<void> {
    this.state = state;
    return Promise.resolve();
  }
}

const by = 'local:operator' as RequesterId;
const at = (moment: Ask['moment']): Ask => ({ moment }) as Ask;
const world = () => {
  const store = new MemoryDrain();
  const clock = HandClock.at('2030-01-01T00:00:00Z');
  return { store, clock, drain: new Drain(store, () => clock.now()), other: new Drain(store, () => clock.now()) };
};

describe('a drained node', () => {
  it('denies new offers with the operator\'s note, and nothing else', async () => {
    const { drain } = world();
    await drain.drain(by, 'new switches');
    expect(await drain.policy.judge?.(at('offer'))).toMatchObject({ kind: 'deny', reason: { values: { note: ': new switches', since: '2030-01-01T00:00:00Z' } } });
    expect(await drain.policy.judge?.(at('accept'))).toEqual({ kind: 'allow' });
    expect(await drain.policy.judge?.(at('change'))).toEqual({ kind: 'allow' });
  });

  it('offers again when it is told so', async () => {
    const { drain } = world();
    await drain.drain(by);
    await drain.resume();
    expect(await drain.policy.judge?.(at('offer'))).toEqual({ kind: 'allow' });
  });

  it('is noticed by other replicas within seconds', async () => {
    const { drain, other, clock } = world();
    expect(await other.policy.judge?.(at('offer'))).toEqual({ kind: 'allow' });
    await drain.drain(by);
    await clock.advance(2_000);
    expect(await other.policy.judge?.(at('offer'))).toMatchObject({ kind: 'deny' });
  });

  it('is looked up once for a burst of requests', async () => {
    const { drain, store } = world();
    await Promise.all(Array.from({ length: 50 }, async () => drain.policy.judge?.(at('offer'))));
    expect(store.reads).toBe(1);
  });
});
