import { describe, expect, test } from 'vitest';
import { Gathering, GatheringByAccount } from './gathering.js';

/** Questions that are answered by hand. */
function byHand(): { readonly asked: (readonly string[])[]; readonly ask: (keys: readonly string[]) => Promise<string>; answer(): Promise<void> } {
  const [asked, open]: [(readonly string[])[], (() => void)[]] = [[], []];
  return {
    asked,
    ask: (keys) => new Promise((resolve) => {
      asked.push(keys);
      open.push(() => { resolve(keys.join('')); });
    }),
    async answer() {
      open.shift()?.();
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    },
  };
}

describe('questions that come together', () => {
  test('are asked at once when nothing is under way, and then together what came meanwhile', async () => {
    const hand = byHand();
    const gathering = new Gathering(hand.ask);
    const first = [gathering.with('a'), gathering.with('b')];
    await Promise.resolve();
    const second = [gathering.with('c'), gathering.with('d')];
    await Promise.resolve();
    expect(hand.asked).toEqual([['a', 'b']]);
    await hand.answer();
    expect(hand.asked).toEqual([['a', 'b'], ['c', 'd']]);
    await hand.answer();
    expect(await Promise.all([...first, ...second])).toEqual(['ab', 'ab', 'cd', 'cd']);
  });

  test('are asked side by side as far as is allowed', async () => {
    const hand = byHand();
    const gathering = new Gathering(hand.ask, 2);
    for (const key of ['a', 'b', 'c', 'd']) {
      void gathering.with(key);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
    expect(hand.asked).toEqual([['a'], ['b']]);
    await hand.answer();
    expect(hand.asked).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  test('fail together, and the next ones are asked all the same', async () => {
    let fails = true;
    const gathering = new Gathering((keys: readonly string[]) => (fails ? Promise.reject(new Error('away')) : Promise.resolve(keys.length)));
    await expect(Promise.allSettled([gathering.with('a'), gathering.with('b')])).resolves.toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    fails = false;
    await expect(gathering.with('c')).resolves.toBe(1);
  });

  test('are never mixed between accounts', async () => {
    const asked: string[] = [];
    const gathering = new GatheringByAccount((keys: readonly string[], user) => { asked.push(`${user}: ${keys.join('')}`); return Promise.resolve(); });
    await Promise.all([gathering.with('a', 'alice'), gathering.with('b', 'bob'), gathering.with('c', 'alice')]);
    expect(asked).toEqual(['alice: ac', 'bob: b']);
  });
});
