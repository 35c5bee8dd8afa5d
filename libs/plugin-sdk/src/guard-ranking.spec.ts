import { describe, expect, test } from 'vitest';
import { HandClock } from '#runtime/testing';
import { guardRanking } from './guard-ranking.js';
import type { OfferRanking } from './ranking.js';
import { anOfferToRank, aRankingAsk, rememberingLog } from './testing/index.js';
import type { LogEntry } from './testing/index.js';

const offers = [anOfferToRank({ key: '0' }), anOfferToRank({ key: '1', member: 'n2' })];

async function scored(score: (offered: typeof offers) => unknown): Promise<{ readonly scores: unknown; readonly logged: readonly LogEntry[] }> {
  const clock = HandClock.at('2030-06-03T09:00:00Z');
  const logged: LogEntry[] = [];
  const ranking = guardRanking({ score: score as unknown as OfferRanking['score'] }, { name: 'tested', clock, log: rememberingLog(logged) });
  const scores = ranking.score(offers, aRankingAsk(), 250);
  await clock.advance(250);
  return { scores: await scores, logged };
}

describe('a guarded ranking', () => {
  test('passes on a score for each offer', async () => {
    expect(await scored(() => Promise.resolve(new Map([['1', 2], ['0', -1]])))).toMatchObject({ scores: new Map([['0', -1], ['1', 2]]), logged: [] });
  });

  test.for<[string, () => unknown]>([
    ['throws', () => { throw new TypeError('x is undefined'); }], ['rejects', () => Promise.reject(new TypeError('x is undefined'))], ['hangs', () => new Promise(() => undefined)],
    ['gives nothing', () => Promise.resolve(undefined)], ['gives a list', () => [1, 2]], ['drops an offer', () => new Map([['0', 1]])], ['invents an offer', () => new Map([['0', 1], ['1', 1], ['7', 9]])],
    ['gives another offer for one', () => new Map([['0', 1], ['7', 1]])], ['scores with a text', () => new Map<string, unknown>([['0', '1'], ['1', 1]])],
    ['scores with NaN', () => new Map([['0', Number.NaN], ['1', 1]])], ['scores without end', () => new Map([['0', Infinity], ['1', 1]])],
  ])('that %s leaves the usual order, and the log says so once', async ([, score]) => {
    const { scores, logged } = await scored(score);
    expect(scores).toBeUndefined();
    expect(logged).toMatchObject([{ level: 'warn', facts: { plugin: 'tested' } }]);
  });

  test('keeps no hold of the scores that it gave', async () => {
    const own = new Map([['0', 1], ['1', 2]]);
    const { scores } = await scored(() => own);
    own.clear();
    expect(scores).toEqual(new Map([['0', 1], ['1', 2]]));
  });
});
