/** Preparing, starting, being observed, and each way to end. */
import { describe, expect, test } from 'vitest';
import { BrokerError } from '#model';
import type { Fixer } from '#model';
import type { Handle } from '../platform.js';
import type { PlatformSuite, PlatformWorld } from './platform-suite.js';

type World<Config> = () => PlatformWorld<Config>;
const isRunning = (seen: { readonly seen: string }): boolean => seen.seen === 'running';

export function endingSentences<Config>(suite: PlatformSuite<Config>, world: World<Config>): void {
  describe('while it runs', () => {
    repeatSentences(suite, world);
    outcomeSentences(suite, world);
    failureSentences(suite, world);
    tamperSentences(suite, world);
  });
}

function repeatSentences<Config>(suite: PlatformSuite<Config>, world: World<Config>): void {
  test('preparing twice makes one thing, and it is ready but not running', async () => {
    const plan = await world().plan(suite.payloads.runsLong);
    const first = await world().prepare(plan);
    const second = await world().prepare(plan);
    expect((await world().see(second)).seen).toBe('ready');
    await world().expectClean(first);
    expect((await world().see(second)).seen).toBe('gone');
  });
  test('starting twice runs once', async () => {
    const handle = await world().started(suite.payloads.runsLong);
    await world().until(handle, isRunning);
    const again = await world().during(world().platform.start(handle));
    expect((await world().until(again, isRunning)).seen).toBe('running');
    await stopped(world(), again);
    await world().expectClean(again);
  });
  test('a handle survives JSON and a new instance', async () => {
    const handle = JSON.parse(JSON.stringify(await world().started(suite.payloads.runsLong))) as Handle;
    await world().until(handle, isRunning);
    await world().restart();
    expect((await world().until(handle, isRunning)).seen).toBe('running');
    await stopped(world(), handle);
    await world().expectClean(handle);
  });
  test('fifty sessions are observed together, each by its own identifier', async () => {
    const handle = await world().started(suite.payloads.runsLong);
    await world().until(handle, isRunning);
    const strangers = await Promise.all(Array.from({ length: 49 }, async () => world().platform.handleOf(await world().plan(suite.payloads.runsLong))));
    const before = suite.tamper?.nativeCalls?.(world().host) ?? 0;
    const seen = await world().platform.observe([handle, ...strangers]);
    expect((suite.tamper?.nativeCalls?.(world().host) ?? 0) - before).toBeLessThanOrEqual(5);
    expect(seen.get(handle.session)?.seen).toBe('running');
    for (const stranger of strangers) expect(seen.get(stranger.session)?.seen).toBe('gone');
    world().made.splice(1);
  });
}

function outcomeSentences<Config>(suite: PlatformSuite<Config>, world: World<Config>): void {
  test('a payload that succeeds ends so, with exit code 0', async () => {
    const handle = await world().started(suite.payloads.succeeds);
    expect(await world().untilEnded(handle)).toMatchObject({ outcome: 'succeeded', exitCode: 0 });
    await world().restart();
    expect(await world().see(handle), 'also to a new instance').toMatchObject({ seen: 'ended', outcome: 'succeeded' });
    await world().expectClean(handle);
  });
  test('a payload that fails tells its exit code', async () => {
    const handle = await world().started(suite.payloads.fails.executable);
    expect(await world().untilEnded(handle)).toMatchObject({ outcome: 'failed', exitCode: suite.payloads.fails.exitCode });
    await world().expectClean(handle);
  });
  test('a running payload that is cancelled ends so', async () => {
    const handle = await world().started(suite.payloads.runsLong);
    await world().until(handle, isRunning);
    await world().during(world().platform.cancel(handle));
    expect((await world().untilEnded(handle)).outcome).toBe('cancelled');
    await world().expectClean(handle);
  });
  test.skipIf(!suite.payloads.evicted)('a payload that the platform throws out ends evicted', async () => {
    const handle = await world().started(suite.payloads.evicted ?? suite.payloads.succeeds);
    expect((await world().untilEnded(handle)).outcome).toBe('evicted');
    await world().expectClean(handle);
  });
  test.skipIf(!suite.payloads.ignoresStop)('a payload that ignores being asked is forced to stop', async () => {
    const handle = await world().started(suite.payloads.ignoresStop ?? suite.payloads.runsLong);
    await world().until(handle, isRunning);
    await stopped(world(), handle);
    await world().expectClean(handle);
  });
}

function failureSentences<Config>(suite: PlatformSuite<Config>, world: World<Config>): void {
  test.for(suite.payloads.failsToPrepare ?? [])('a prepare that fails says that it is for $fixer to mend', async ({ executable, fixer }) => {
    const plan = await world().plan(executable);
    await expectFixer(world().prepare(plan), fixer);
    await world().expectClean(world().platform.handleOf(plan));
  });
  test.for(suite.payloads.failsToStart ?? [])('a start that fails says that it is for $fixer to mend', async ({ executable, fixer }) => {
    const handle = await world().prepare(await world().plan(executable));
    await expectFixer(world().during(world().platform.start(handle)), fixer);
    await world().expectClean(handle);
  });
}

function tamperSentences<Config>(suite: PlatformSuite<Config>, world: World<Config>): void {
  const { unreachable, vanish, unlisted } = suite.tamper ?? {};
  test.skipIf(!unreachable)('an unreachable platform gives unknown, and the truth once it is back', async () => {
    const handle = await world().started(suite.payloads.runsLong);
    await world().until(handle, isRunning);
    const restore = await unreachable?.(world().host, world().platform);
    expect((await world().see(handle)).seen).toBe('unknown');
    await restore?.();
    await world().until(handle, isRunning);
  });
  test.skipIf(!vanish)('a session that vanished is gone', async () => {
    const handle = await world().started(suite.payloads.runsLong);
    await world().until(handle, isRunning);
    await vanish?.(world().host, handle);
    await world().until(handle, (seen) => seen.seen === 'gone');
    await world().expectClean(handle);
  });
  test.skipIf(!unlisted)('a native state that is not listed reads unknown and is logged once', async () => {
    const handle = await world().started(suite.payloads.runsLong);
    await world().until(handle, isRunning);
    await unlisted?.(world().host, handle);
    await world().until(handle, (seen) => seen.seen === 'unknown');
    await world().see(handle);
    expect(world().host.logged.filter((entry) => entry.level === 'warn' || entry.level === 'error')).toHaveLength(1);
  });
}

export async function stopped<Config>(world: PlatformWorld<Config>, handle: Handle): Promise<void> {
  await world.during(world.platform.cancel(handle));
  await world.until(handle, (seen) => seen.seen === 'ended' || seen.seen === 'gone');
}

async function expectFixer(call: Promise<unknown>, fixer: Fixer): Promise<void> {
  const error: unknown = await call.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BrokerError);
  expect(error).toMatchObject({ fixer });
  expect((error as BrokerError).reasons.length).toBeGreaterThan(0);
}
