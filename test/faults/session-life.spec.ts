import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrokerError, isFinal, reason } from '#model';
import type { SessionPhase } from '#model';
import { SessionsWorld } from './sessions-world.js';

let world: SessionsWorld;
beforeEach(async () => { world = await SessionsWorld.open(); });
afterEach(async () => { await world.close(); });

describe('an accepted session', () => {
  test('is prepared before its start, starts at its start, and completes with nothing left', async () => {
    const start = world.clock.now() + 30_000;
    const id = await world.accept({ prepare: 'PT5S', progress: 5, run: 'PT20S' }, { after: 30, preparing: 5 });
    expect(await world.phase(id)).toBe('WAITING');
    await world.pass(29.5);
    expect(await world.phase(id)).toBe('AVAILABLE');
    await world.pass(1);
    expect((await world.record(id)).work.started).toBe(start);
    await world.passUntilSettled(id);
    expect(await world.phases(id)).toEqual(['ACCEPTED', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING', 'COMPLETED']);
    expect((await world.record(id)).session).toMatchObject({ outcome: 'succeeded', exitCode: 0, options: [] });
    expect(world.freed.get(id)).toBeLessThanOrEqual(start + 21_500);
    expect(world.leftovers()).toEqual([]);
    expect((await world.store.events(id, 0, 100)).filter((event) => event.kind === 'progress').length).toBeGreaterThanOrEqual(3);
    expect(world.facts.map((fact) => fact.phase)).toEqual(await world.phases(id));
    expect((await world.record(id)).work.untold).toBeUndefined();
  });

  test('spends before its start what a start takes, and runs at its start', async () => {
    const id = await world.accept({ prepare: 'PT5S', queued: 'PT3S', run: 'PT20S' }, { after: 30, preparing: 10 });
    await world.pass(29.5);
    expect(await world.phase(id)).toBe('AVAILABLE');
    await world.passUntilSettled(id);
    const { session, work, plan } = await world.record(id);
    expect([session.phase, work.started]).toEqual(['COMPLETED', plan.run.start]);
    expect(await world.phases(id)).toEqual(['ACCEPTED', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING', 'COMPLETED']);
  });

  test('says once what keeps it waiting on its platform', async () => {
    const heldUp = reason('held-up', 'the cluster does not start it: {why}', { why: 'PartitionDown' });
    let looks = 0;
    await world.close();
    world = await SessionsWorld.open((platform) => Object.assign(Object.create(platform) as typeof platform, {
      observe: async (handles: Parameters<typeof platform.observe>[0]): ReturnType<typeof platform.observe> => {
        looks += 1;
        return looks > 3 ? platform.observe(handles) : new Map(handles.map(({ session }) => [session, { seen: 'queued', reason: heldUp } as const]));
      },
    }));
    const id = await world.accept({ prepare: 'PT5S', run: 'PT10S' }, { after: 10, preparing: 5 });
    await world.passUntilSettled(id);
    expect(looks).toBeGreaterThan(3);
    expect((await world.record(id)).session.messages.filter(({ kind }) => kind === heldUp.kind)).toHaveLength(1);
    expect(await world.phase(id)).toBe('COMPLETED');
  });

  test('whose start could not be made ready ahead runs late, which is no failure', async () => {
    const id = await world.accept({ prepare: 'PT5S', queued: 'PT3S', run: 'PT20S', fail: 'approach' }, { after: 30, preparing: 10 });
    await world.passUntilSettled(id);
    const { session, work, plan } = await world.record(id);
    expect([session.phase, work.started]).toEqual(['COMPLETED', plan.run.start + 3_000]);
  });

  test('that is accepted when its start is near is made ready for it as soon as it is prepared', async () => {
    const id = await world.accept({ queued: 'PT1S', run: 'PT20S' }, { after: 2 });
    await world.passUntilSettled(id);
    const { work, plan } = await world.record(id);
    expect(work.started).toBe(plan.run.start);
  });

  test('fails with the exit code of its payload', async () => {
    const id = await world.accept({ run: 'PT2S', exitCode: 7 });
    await world.passUntilSettled(id);
    expect((await world.record(id)).session).toMatchObject({ phase: 'FAILED', outcome: 'failed', exitCode: 7 });
    expect(await world.words(id)).toEqual(['payload-failed']);
  });

  test('is stopped at its time limit, which is a completion with a warning', async () => {
    const id = await world.accept({ run: 'forever' }, { length: 20 });
    await world.pass(29);
    expect(await world.phase(id)).toBe('RUNNING');
    await world.passUntilSettled(id);
    expect(await world.phases(id)).toContain('RELEASING');
    expect(await world.phase(id)).toBe('COMPLETED');
    expect((await world.record(id)).session.messages).toMatchObject([{ kind: 'urn:execution-broker:reason:time-limit', level: 'WARN' }]);
    expect(world.leftovers()).toEqual([]);
  });

  test.for([
    ['evicted', { run: 'forever', evict: 'PT3S' }, 'evicted'],
    ['vanished', { run: 'forever', vanish: 'PT3S' }, 'vanished'],
    ['unable to start', { fail: 'start' }, 'scripted'],
    ['unable to be prepared', { fail: 'prepare' }, 'scripted'],
  ] as const)('that is %s fails with the reason, after it was released', async ([_name, script, word]) => {
    const id = await world.accept(script);
    await world.passUntilSettled(id);
    expect(await world.phase(id)).toBe('FAILED');
    expect(await world.phases(id)).toContain('RELEASING');
    expect(await world.words(id)).toContain(word);
    expect(world.leftovers()).toEqual([]);
    expect(world.freed.has(id)).toBe(true);
  });

  test('is prepared again when time could mend what failed, as long as enough is left', async () => {
    const id = await world.accept({ prepare: 'PT1S', run: 'PT5S', fail: { at: 'prepare', times: 2, fixer: 'time' } }, { preparing: 1 });
    await world.passUntilSettled(id);
    expect(await world.phase(id)).toBe('COMPLETED');
    expect((await world.words(id)).filter((word) => word === 'retry')).toHaveLength(2);
  });

  test('that is ready too late for its shortest run fails, and says so', async () => {
    const id = await world.accept({ prepare: 'PT2M', run: 'PT5S' }, { after: 10, length: 60 });
    await world.passUntilSettled(id);
    expect(await world.phase(id)).toBe('FAILED');
    expect(await world.words(id)).toContain('too-late');
    expect(world.leftovers()).toEqual([]);
  });

  test('says once that it is not ready at its start, and when what is brought is expected; it runs if that is in time', async () => {
    const id = await world.accept({ prepare: 'PT30S', progress: 10, run: 'PT5S' }, { after: 22, preparing: 10, length: 600 });
    await world.passUntilSettled(id);
    expect(await world.phase(id)).toBe('COMPLETED');
    const { session, plan } = await world.record(id);
    const late = session.messages.filter(({ kind }) => kind.endsWith(':late-preparing'));
    expect(late).toMatchObject([{ level: 'WARN', time: plan.run.start }]);
    const begun = session.schedule.preparing.start - 2_000;
    const expected = Date.parse(late[0]?.values['expected'] ?? '');
    expect(Math.abs(expected - (begun + 30_000))).toBeLessThanOrEqual(3_000);
  });

  test('whose shortest run does not fit any more is not prepared on: it fails at that moment, and leaves nothing', async () => {
    const id = await world.accept({ prepare: 'PT10M', run: 'PT5S' }, { after: 10, length: 60 });
    await world.passUntil(id, 'FAILED');
    const { session, plan } = await world.record(id);
    expect(session.messages.map(({ kind }) => kind.split(':').at(-1))).toEqual(['late-preparing', 'too-late']);
    const failed = session.messages.at(-1)?.time ?? 0;
    expect(failed).toBeLessThan(plan.run.end - plan.duration.min * 0.9 + 2_000);
    await world.passUntilSettled(id);
    expect(world.leftovers()).toEqual([]);
    expect(world.freed.has(id)).toBe(true);
  });

  test('waits while the platform cannot tell where it is', async () => {
    const id = await world.accept({ run: 'PT20S', unknown: { after: 'PT3S', for: 'PT10S' } });
    await world.pass(18);
    expect(await world.phase(id)).toBe('RUNNING');
    expect(await world.words(id)).toEqual(['unknown']);
    await world.passUntilSettled(id);
    expect(await world.phase(id)).toBe('COMPLETED');
  });

  test('whose release fails is FAILED although it succeeded, and is cleaned up in the end', async () => {
    const id = await world.accept({ run: 'PT5S', fail: { at: 'release', times: 3 } });
    await world.passUntil(id, 'FAILED');
    expect((await world.record(id)).session).toMatchObject({ outcome: 'succeeded', compute: { phase: 'RELEASING' } });
    expect(await world.words(id)).toEqual(['release-failed']);
    await world.passUntilSettled(id);
    expect(world.leftovers()).toEqual([]);
    expect((await world.record(id)).session.compute.phase).toBe('FAILED');
  });

  test('shows its ways in while they are open', async () => {
    const id = await world.accept({ run: 'PT10S', connectors: [{ after: 'PT2S', protocol: 'HTTPS', location: 'https://notebook.example/' }] });
    await world.pass(15);
    expect((await world.record(id)).session.connectors).toMatchObject([{ status: 'AVAILABLE', location: 'https://notebook.example/' }]);
    await world.passUntilSettled(id);
    expect((await world.record(id)).session.connectors).toEqual([]);
  });
});

describe('cancelling', () => {
  test.for(['WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING'] as const satisfies SessionPhase[])('in phase %s says CANCELLED at once and leaves nothing', async (phase) => {
    const id = await world.accept({ prepare: 'PT10S', run: 'forever', ignoreCancel: 'PT5S' }, { after: 30, preparing: 15, length: 600 });
    await world.passUntil(id, phase);
    expect((await world.tasks.cancel(id)).phase).toBe('CANCELLED');
    await world.passUntilSettled(id);
    await world.pass(60);
    expect((await world.record(id)).session).toMatchObject({ phase: 'CANCELLED', executable: { phase: 'CANCELLED' }, options: [] });
    expect((await world.phases(id)).at(-1)).toBe('CANCELLED');
    expect(world.leftovers()).toEqual([]);
  });

  test('just before the start never runs it', async () => {
    const id = await world.accept({ prepare: 'PT5S', queued: 'PT3S', run: 'forever' }, { after: 30, length: 600, preparing: 10 });
    await world.pass(29);
    await world.tasks.cancel(id);
    await world.passUntilSettled(id);
    await world.pass(10);
    expect(await world.phases(id)).not.toContain('RUNNING');
    expect(world.leftovers()).toEqual([]);
  });

  test('gives the capacity back only when the payload has really ended; until then its components say RELEASING', async () => {
    const id = await world.accept({ run: 'forever', ignoreCancel: 'PT10S' });
    await world.passUntil(id, 'RUNNING');
    await world.tasks.cancel(id);
    await world.pass(8);
    expect(world.freed.has(id)).toBe(false);
    expect((await world.record(id)).session.compute.phase).toBe('RELEASING');
    await world.pass(5);
    expect(world.freed.has(id)).toBe(true);
    expect((await world.record(id)).session.compute.phase).toBe('CANCELLED');
  });

  test('what is over is a conflict that shows the session as it is', async () => {
    const id = await world.accept({ run: 'PT1S' });
    await world.passUntilSettled(id);
    const error: unknown = await world.tasks.cancel(id).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BrokerError);
    expect(error).toMatchObject({ word: 'conflict', session: { phase: 'COMPLETED' } });
  });
});

describe('following', () => {
  test('events come in order and without gaps, old ones first, until the session is final', async () => {
    const id = await world.accept({ prepare: 'PT1S', run: 'PT3S' });
    await world.passUntil(id, 'RUNNING');
    const seen: number[] = [];
    let last: SessionPhase | undefined;
    const following = (async () => {
      for await (const event of world.feed.events(id, 1, new AbortController().signal)) { seen.push(event.number); last = event.phase; }
    })();
    await world.passUntilSettled(id);
    await world.pass(2);
    await following;
    expect(seen).toEqual(seen.map((_number, index) => index + 2));
    expect(last !== undefined && isFinal(last)).toBe(true);
  });

  test('a follower who comes before the start gets all the output; later it is kept', async () => {
    const id = await world.accept({ run: 'PT5S', log: ['first', { after: 'PT4S', text: 'last' }] });
    let text = '';
    const reading = (async () => { for await (const piece of world.logs.read(id, true, new AbortController().signal)) text += piece; })();
    await world.passUntilSettled(id);
    await world.pass(2);
    await reading;
    expect(text).toBe('first\nlast\n');
    expect(await world.store.keptLog(id)).toBe('first\nlast\n');
    expect(world.leftovers()).toEqual([]);
  });

  test.for([true, false])('output that is taken away while it is asked for is had all the same (followed: %s)', async (follow) => {
    let meanwhile: (() => Promise<void>) | undefined;
    await world.close();
    world = await SessionsWorld.open((platform) => Object.assign(Object.create(platform) as typeof platform, {
      logs: async function* (...given: Parameters<NonNullable<typeof platform.logs>>): AsyncIterable<string> {
        const before = meanwhile;
        meanwhile = undefined;
        await before?.();
        yield* platform.logs?.(...given) ?? [];
      },
    }));
    const id = await world.accept({ run: 'PT5S', log: ['said'] });
    await world.passUntil(id, 'RUNNING');
    meanwhile = () => world.passUntilSettled(id);
    let text = '';
    for await (const piece of world.logs.read(id, follow, new AbortController().signal)) text += piece;
    expect(text).toBe('said\n');
  });

  test('output can be read from its end until it is kept', async () => {
    let text: string | undefined;
    await world.close();
    world = await SessionsWorld.open((platform) => Object.assign(Object.create(platform) as typeof platform, {
      logs: async function* (...given: Parameters<NonNullable<typeof platform.logs>>): AsyncIterable<string> {
        const isFirst = text === undefined;
        text ??= '';
        if (isFirst) for await (const piece of world.logs.read(given[0].session, false, new AbortController().signal)) text += piece;
        yield* platform.logs?.(...given) ?? [];
      },
    }));
    const id = await world.accept({ run: 'PT5S', log: ['said'] });
    await world.passUntilSettled(id);
    expect(text).toBe('said\n');
  });

  test('a follower who leaves is let go', async () => {
    const id = await world.accept({ run: 'forever' }, { length: 600 });
    await world.passUntil(id, 'RUNNING');
    const leave = new AbortController();
    const reading = (async () => { for await (const piece of world.logs.read(id, true, leave.signal)) expect(piece).toBe(''); })();
    const following = (async () => { for await (const event of world.feed.events(id, 0, leave.signal)) expect(event.session).toBe(id); })();
    await world.pass(2);
    leave.abort();
    await Promise.all([reading, following]);
    await world.tasks.cancel(id);
    await world.passUntilSettled(id);
  });
});
