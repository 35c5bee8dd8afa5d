import { describe, expect, test } from 'vitest';
import { BrokerError, reason } from '#model';
import type { Clock } from '#model';
import { HandClock } from '#runtime/testing';
import { guardPlatform, guardPolicy } from './guard.js';
import type { Observation, Platform } from './platform.js';
import type { Ask, Policy } from './policy.js';
import { aDraft, aPlan, quietWork, rememberingLog } from './testing/index.js';
import type { LogEntry } from './testing/index.js';

const never = (): Promise<never> => new Promise(() => undefined);
const breaks = (): Promise<never> => Promise.reject(new TypeError('x is undefined'));
const plan = aPlan(aDraft({ kind: 'urn:example:kind' }), { platform: 'tested', start: 0 });
const handle = { session: plan.session, version: 1, native: {} };

function guarded(platform: Partial<Platform>): { readonly platform: Platform; readonly clock: HandClock; readonly logged: LogEntry[] } {
  const clock = HandClock.at('2030-06-03T09:00:00Z');
  const logged: LogEntry[] = [];
  return { platform: guardPlatform(platform as Platform, { name: 'tested', clock, log: rememberingLog(logged) }), clock, logged };
}

describe('a guarded platform', () => {
  test('passes on what was meant, and makes a defect of what was not', async () => {
    const meant = new BrokerError('unavailable', 'operator', [reason('test', 'no image')]);
    const { platform, logged } = guarded({ start: () => Promise.reject(meant), release: breaks });
    await expect(platform.start(handle)).rejects.toBe(meant);
    await expect(platform.release(handle)).rejects.toMatchObject({ word: 'defect', fixer: 'us' });
    expect(logged.filter((entry) => entry.level === 'error')).toHaveLength(1);
    expect(String(logged.at(-1)?.facts['error'])).toContain('x is undefined');
  });
  test('refuses with a reason when assessing throws or hangs', async () => {
    const draft = aDraft({ kind: 'urn:example:kind' });
    expect(await guarded({ assess: breaks }).platform.assess(draft)).toMatchObject({ fits: false, reasons: [{ kind: 'urn:execution-broker:reason:plugin-defect' }] });
    const { platform, clock } = guarded({ assess: never });
    const answer = platform.assess(draft);
    await clock.advance(10_000);
    expect(await answer).toMatchObject({ fits: false, reasons: [{ kind: 'urn:execution-broker:reason:too-slow' }] });
  });
  test.for([['throws', breaks], ['hangs', never]] as const)('knows nothing of any session when observing %s', async ([_how, observe]) => {
    const { platform, clock } = guarded({ observe });
    const answer = platform.observe([handle]);
    await clock.advance(30_000);
    expect([...await answer]).toEqual([[handle.session, { seen: 'unknown' }]]);
  });
  test('tells after each look whether it answered, and nothing of what else it failed in', async () => {
    const told: boolean[] = [];
    const clock = HandClock.at('2030-06-03T09:00:00Z');
    let isUp = true;
    const answers = { observe: () => (isUp ? Promise.resolve(new Map()) : never()), capacity: () => (isUp ? Promise.resolve([]) : breaks()), start: breaks };
    const platform = guardPlatform(answers as Partial<Platform> as Platform, { name: 'tested', clock, log: rememberingLog([]), answers: (one) => { told.push(one); } });
    await platform.observe([handle]);
    await expect(platform.start(handle)).rejects.toThrow();
    isUp = false;
    const late = platform.observe([handle]);
    await clock.advance(30_000);
    await late;
    await expect(platform.capacity({ start: 0, end: 1 })).rejects.toThrow();
    isUp = true;
    await platform.capacity({ start: 0, end: 1 });
    expect(told).toEqual([true, false, false, true]);
  });
  test('reads an observation that is not listed as unknown, and logs it once', async () => {
    const { platform, logged } = guarded({ observe: () => Promise.resolve(new Map([[handle.session, { seen: 'confused' } as unknown as Observation]])) });
    await platform.observe([handle]);
    expect((await platform.observe([handle])).get(handle.session)).toEqual({ seen: 'unknown' });
    expect(logged).toHaveLength(1);
  });
  test('lets prepare take as long as it takes', async () => {
    const clocked = (clock: Clock): Partial<Platform> => ({ prepare: () => clock.sleep(36_000_000).then(() => handle) });
    const clock = HandClock.at('2030-06-03T09:00:00Z');
    const platform = guardPlatform(clocked(clock) as Platform, { name: 'tested', clock, log: rememberingLog([]) });
    const answer = platform.prepare(plan, quietWork());
    await clock.advance(36_000_000);
    expect(await answer).toEqual(handle);
  });
  test('leaves nothing asleep after an answer', async () => {
    const { platform, clock } = guarded({ cancel: () => Promise.resolve() });
    await platform.cancel(handle);
    expect(clock.asleep).toBe(0);
  });
  test('has the optional powers of the platform and no others', async () => {
    expect(Object.keys(guarded({}).platform)).not.toContain('logs');
    expect(await guarded({ check: () => Promise.resolve([{ about: 'clock', verdict: 'good', seen: '0 s apart' }]) }).platform.check?.()).toHaveLength(1);
    const { platform } = guarded({ async *logs() { yield 'text'; await breaks(); } });
    const pieces: string[] = [];
    const reading = (async () => { for await (const piece of platform.logs?.(handle, { follow: false, signal: quietWork().signal }) ?? []) pieces.push(piece); })();
    await expect(reading).rejects.toMatchObject({ word: 'defect' });
    expect(pieces).toEqual(['text']);
  });
});

describe('a guarded policy', () => {
  const ask = {} as Ask;
  const guardedPolicy = (policy: Policy, logged: LogEntry[] = [], clock = HandClock.at('2030-06-03T09:00:00Z')): Policy => guardPolicy(policy, { name: 'rule', clock, log: rememberingLog(logged) });
  test('denies and is reported when it throws', async () => {
    const logged: LogEntry[] = [];
    expect(await guardedPolicy({ judge: breaks }, logged).judge?.(ask)).toMatchObject({ kind: 'deny' });
    expect(logged).toHaveLength(1);
  });
  test('denies when it hangs', async () => {
    const clock = HandClock.at('2030-06-03T09:00:00Z');
    const verdict = guardedPolicy({ judge: never }, [], clock).judge?.(ask);
    await clock.advance(5_000);
    expect(await verdict).toMatchObject({ kind: 'deny' });
  });
  test('offers nothing when its ranking throws', () => {
    expect(guardedPolicy({ rank: () => { throw new TypeError('x'); } }).rank?.([{ platform: 'p', start: 0, duration: 1, granted: {} }], ask)).toEqual([]);
    expect(guardedPolicy({}).judge).toBeUndefined();
  });
});
