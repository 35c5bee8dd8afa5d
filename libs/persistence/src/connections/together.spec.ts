import { describe, expect, test } from 'vitest';
import { Together } from './together.js';

/** Statements that are answered by hand, first come first served. */
function byHand(): { readonly asked: (readonly number[])[]; readonly act: (rows: readonly number[]) => Promise<readonly number[]>; answer(): Promise<void>; fail(): Promise<void> } {
  const asked: (readonly number[])[] = [];
  const open: { answer(): void; fail(): void }[] = [];
  const turns = async (): Promise<void> => { for (let turn = 0; turn < 10; turn += 1) await Promise.resolve(); };
  return {
    asked,
    act: (rows) => new Promise((resolve, reject) => {
      asked.push(rows);
      open.push({ answer: () => { resolve(rows.map((row) => row * 10)); }, fail: () => { reject(new Error('refused')); } });
    }),
    answer: () => { open.shift()?.answer(); return turns(); },
    fail: () => { open.shift()?.fail(); return turns(); },
  };
}

describe('rows that come together', () => {
  test('go at once while statements may begin, and then with the next one, each with its own answer', async () => {
    const hand = byHand();
    const together = new Together(hand.act, { atOnce: 1, most: 3 });
    const answers = [together.with(1), together.with(2)];
    await Promise.resolve();
    answers.push(...[3, 4, 5, 6].map((row) => together.with(row)));
    expect(hand.asked).toEqual([[1, 2]]);
    await hand.answer();
    await hand.answer();
    await hand.answer();
    expect(hand.asked).toEqual([[1, 2], [3, 4, 5], [6]]);
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50, 60]);
  });

  test('go side by side as far as is allowed', async () => {
    const hand = byHand();
    const together = new Together(hand.act, { atOnce: 2, most: 10 });
    const answers: Promise<number>[] = [];
    for (const row of [1, 2, 3, 4]) {
      answers.push(together.with(row));
      await Promise.resolve();
    }
    expect(hand.asked).toEqual([[1], [2]]);
    await hand.answer();
    expect(hand.asked).toEqual([[1], [2], [3, 4]]);
    await hand.answer();
    await hand.answer();
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40]);
  });

  test('fail together where all of them fail, and the following ones go on', async () => {
    const hand = byHand();
    const together = new Together(hand.act, { atOnce: 1, most: 2 });
    const answers = Promise.allSettled([together.with(1), together.with(2), together.with(3)]);
    await Promise.resolve();
    await hand.fail();
    await hand.answer();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  test('wait for nobody whose own answer is still to come, or fails', async () => {
    let finish = (_answer: string): void => undefined;
    const together = new Together((rows: readonly string[]) => Promise.resolve(rows.map((row) => {
      if (row === 'late') return new Promise<string>((resolve) => { finish = resolve; });
      return row === 'bad' ? Promise.reject(new Error('refused')) : `${row} done`;
    })), { atOnce: 1, most: 10 });
    const [late, bad, good] = [together.with('late'), together.with('bad'), together.with('good')];
    expect(await good).toBe('good done');
    await expect(bad).rejects.toThrow('refused');
    expect(await together.with('next')).toBe('next done');
    finish('late done');
    expect(await late).toBe('late done');
  });
});
