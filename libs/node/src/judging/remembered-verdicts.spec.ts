import { beforeEach, describe, expect, it } from 'vitest';
import type { Requester, RequesterId } from '#model';
import type { Ask, Verdict } from '#plugin-sdk';
import { HandClock } from '#runtime/testing';
import type { BoundPolicy } from './judgement.js';
import { RememberedVerdicts } from './remembered-verdicts.js';

const alice: Requester = { id: 'local:alice' as RequesterId, name: 'alice', roles: ['user'], groups: [] };
const ask: Ask = { requester: alice, request: {}, need: { min: { cores: 1 }, max: { cores: 1 } }, duration: { min: 60_000, max: 60_000 }, window: { start: 0, end: 1 }, moment: 'change' };

describe('verdicts that only tell what could be changed', () => {
  let asked = 0;
  let answer: () => Promise<Verdict>;
  const policy: BoundPolicy = { name: 'engine', judge: () => { asked += 1; return answer(); } };
  let clock: HandClock;
  let verdicts: RememberedVerdicts;
  const judge = (about: string, more: Partial<Ask> = {}): Promise<Verdict> | undefined => verdicts.over([policy], about)[0]?.judge?.({ ...ask, ...more });

  beforeEach(() => {
    asked = 0;
    answer = () => Promise.resolve({ kind: 'allow' });
    clock = HandClock.at('2030-01-01T00:00:00Z');
    verdicts = new RememberedVerdicts(() => clock.now());
  });

  it('are asked for once in some seconds, however often somebody looks', async () => {
    for (let looks = 0; looks < 10; looks += 1) expect(await judge('a session')).toEqual({ kind: 'allow' });
    expect(asked).toBe(1);
    await clock.advance(5_000);
    await judge('a session');
    expect(asked).toBe(2);
  });

  it('hold for one state of one session, one requester as they came, and one wish', async () => {
    await judge('a session');
    await judge('a session, changed');
    await judge('a session', { requester: { ...alice, groups: ['others'] } });
    await judge('a session', { need: { min: { cores: 1 }, max: { cores: 2 } } });
    await judge('a session', { moment: 'accept' });
    expect(asked).toBe(5);
  });

  it('are forgotten where none came about', async () => {
    answer = () => Promise.reject(new Error('the engine is away'));
    await expect(judge('a session')).rejects.toThrow('away');
    answer = () => Promise.resolve({ kind: 'allow' });
    expect(await judge('a session')).toEqual({ kind: 'allow' });
  });

  it('are no more than a few thousand', async () => {
    for (let number = 0; number <= 5_000; number += 1) await judge(`session ${number}`);
    await judge('session 5000');
    await judge('session 0');
    expect(asked).toBe(5_002);
  });

  it('leave what a policy is called and bound to', () => {
    expect(verdicts.over([{ name: 'quota', pool: 'srcnet' }], '')).toEqual([{ name: 'quota', pool: 'srcnet' }]);
  });
});
