/** Powers that a platform may lack: tested if and only if they are declared. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { kinds } from '#model';
import type { Executable, KeptStorageId, Milliseconds } from '#model';
import type { Handle } from '../platform.js';
import type { PlatformSuite, PlatformWorld } from './platform-suite.js';
import { someStorage } from './plans.js';
import { stopped } from './platform-endings.js';

type World<Config> = () => PlatformWorld<Config>;

export function declaredSentences<Config>(suite: PlatformSuite<Config>, world: World<Config>): void {
  describe('optional powers, where declared', () => {
    logSentences(suite, world);
    connectorSentences(suite, world);
    test('hints name the session that moved', async (context) => {
      const { platform } = world();
      if (!platform.changes) return context.skip('no changes declared');
      const stop = new AbortController();
      const hints = platform.changes(stop.signal)[Symbol.asyncIterator]();
      const first = hints.next();
      const handle = await world().started(suite.payloads.succeeds);
      await world().untilEnded(handle);
      expect((await world().during(first)).value).toBe(handle.session);
      const last = hints.next();
      stop.abort();
      await world().during(Promise.resolve(last));
      await world().expectClean(handle);
    });
    test('what comes near its start does not run before it, and runs once', async (context) => {
      const { platform } = world();
      const { approachTime } = await platform.capabilities();
      if (!platform.approach || approachTime === undefined) return context.skip('nothing is done ahead of a start');
      const handle = await approached(world(), suite.payloads.runsLong, approachTime);
      await world().during(platform.start(handle));
      await world().until(handle, (seen) => seen.seen === 'running');
      await stopped(world(), handle);
      await world().expectClean(handle);
    });
    test('what is cancelled near its start never runs, and leaves nothing', async (context) => {
      const { platform } = world();
      const { approachTime } = await platform.capabilities();
      if (!platform.approach || approachTime === undefined) return context.skip('nothing is done ahead of a start');
      const handle = await approached(world(), suite.payloads.runsLong, approachTime, 'cancelled');
      await world().expectClean(handle);
      expect((await world().see(handle)).seen).toBe('gone');
    });
    test('a running session gets another size, as often as it is told, and goes on', async (context) => {
      const { platform } = world();
      const assessment = await platform.assess(world().draft(suite.payloads.runsLong));
      if (!platform.resize || !assessment.fits || assessment.resizable !== true) return context.skip('no resizing declared');
      const plan = await world().plan(suite.payloads.runsLong);
      const handle = await world().during(platform.start(await world().prepare(plan)));
      await world().until(handle, (seen) => seen.seen === 'running');
      const smaller = { ...plan.granted, memory: Math.max(1, Math.floor((plan.granted['memory'] ?? 1) / 2)) };
      for (const granted of [smaller, smaller, plan.granted]) await world().during(platform.resize(handle, granted));
      expect((await world().see(handle)).seen).toBe('running');
      await stopped(world(), handle);
      await world().expectClean(handle);
    });
    test('storage that is kept is made once, is there for the next session, and is removed as often as it is told', async (context) => {
      const { platform } = world();
      if (!platform.discard || !(await platform.capabilities()).keeps) return context.skip('no kept storage declared');
      const id = randomUUID() as KeptStorageId;
      const prepared = async (make: boolean) => world().prepare({ ...await world().plan(suite.payloads.succeeds), storage: [{ ...someStorage(kinds.persistentStorage, 1), kept: { id, name: 'results', make } }] });
      for (const make of [true, true, false]) await world().expectClean(await prepared(make));
      for (let times = 0; times < 2; times += 1) await world().during(platform.discard(id));
      await expect(world().during(prepared(false))).rejects.toThrow();
      await world().during(platform.discard(randomUUID() as KeptStorageId));
    });
    test('a native reservation is taken over by prepare and leaves nothing', async (context) => {
      const { platform } = world();
      if (!platform.reserve) return context.skip('no reservations declared');
      const plan = await world().plan(suite.payloads.runsLong);
      const reserved = await world().during(platform.reserve(plan));
      const handle = await world().during(platform.prepare(plan, { signal: new AbortController().signal, progress: () => undefined }, reserved));
      expect(handle.session).toBe(plan.session);
      await world().expectClean(handle);
    });
  });
}

/** Room for preparing. */
const preparingRoom = 10_000;

/** Comes near its start twice, as after a crash, and goes on until its start; never seen running. */
async function approached<Config>(world: PlatformWorld<Config>, executable: Executable, approachTime: Milliseconds, then?: 'cancelled'): Promise<Handle> {
  const { clock } = world.host;
  const start = clock.now() + preparingRoom + approachTime;
  const handle = await world.prepare(await world.plan(executable, start));
  for (let isNear = false; clock.now() < start; await world.suite.pass(world.host)) {
    expect((await world.see(handle)).seen).not.toBe('running');
    if (isNear || clock.now() < start - approachTime) continue;
    for (let times = 0; times < 2; times += 1) await world.during(world.platform.approach?.(handle) ?? Promise.resolve());
    if (then === 'cancelled') await world.during(world.platform.cancel(handle));
    isNear = true;
  }
  return handle;
}

function logSentences<Config>(suite: PlatformSuite<Config>, world: World<Config>): void {
  test('a platform that declares logs has a payload that prints, and the other way round', () => {
    expect(world().platform.logs !== undefined).toBe(suite.payloads.prints !== undefined);
  });
  test.skipIf(!suite.payloads.prints)('what was printed can be read after the end, as often as wanted', async () => {
    const { executable, text } = suite.payloads.prints ?? { executable: suite.payloads.succeeds, text: '' };
    const handle = await world().started(executable);
    await world().untilEnded(handle);
    expect(await printed(world(), handle, false)).toContain(text);
    await world().restart();
    expect(await printed(world(), handle, false)).toContain(text);
    await world().expectClean(handle);
  });
  test.skipIf(!suite.payloads.prints)('a follower gets what is printed and is let go at the end', async () => {
    const { executable, text } = suite.payloads.prints ?? { executable: suite.payloads.succeeds, text: '' };
    const handle = await world().started(executable);
    expect(await world().during(printed(world(), handle, true))).toContain(text);
    await world().expectClean(handle);
  });
  test.skipIf(!suite.payloads.prints)('a follower who leaves is let go at once', async () => {
    const handle = await world().started(suite.payloads.runsLong);
    await world().until(handle, (seen) => seen.seen === 'running');
    const stop = new AbortController();
    const reading = printed(world(), handle, true, stop.signal);
    await suite.pass(world().host);
    stop.abort();
    await world().during(reading);
    await stopped(world(), handle);
    await world().expectClean(handle);
  });
}

function connectorSentences<Config>(suite: PlatformSuite<Config>, world: World<Config>): void {
  test('a platform that declares connectors has a payload that opens one, and the other way round', async () => {
    expect((await world().platform.capabilities()).connectors.length > 0).toBe(suite.payloads.opens !== undefined);
  });
  test.skipIf(!suite.payloads.opens)('connectors appear while it runs, are usable then, and disappear at the end', async () => {
    const handle = await world().started(suite.payloads.opens ?? suite.payloads.runsLong);
    const open = await world().until(handle, (seen) => seen.seen === 'running' && (seen.connectors ?? []).some((one) => one.status === 'AVAILABLE'));
    const declared = (await world().platform.capabilities()).connectors;
    if ('connectors' in open) for (const connector of open.connectors ?? []) expect(declared).toContain(connector.protocol);
    await stopped(world(), handle);
    const seen = await world().see(handle);
    expect('connectors' in seen ? seen.connectors ?? [] : []).toEqual([]);
    await world().expectClean(handle);
  });
}

/** Everything a reader gets; a reader whose signal aborts gets what came until then. */
async function printed<Config>(world: PlatformWorld<Config>, handle: Parameters<PlatformWorld<Config>['see']>[0], follow: boolean, signal = new AbortController().signal): Promise<string> {
  let text = '';
  for await (const piece of world.platform.logs?.(handle, { follow, signal }) ?? []) text += piece;
  return text;
}
