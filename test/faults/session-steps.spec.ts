/** Each native step doubled, failing before and after its effect, and the node killed before and after it. */
import { describe, expect, test } from 'vitest';
import { BrokerError, kinds, reason } from '#model';
import type { SessionId } from '#model';
import type { Handle, Platform } from '#plugin-sdk';
import type { SessionRecord } from '#sessions';
import { aRecord } from '#sessions/testing';
import { SessionsWorld } from './sessions-world.js';
import type { Wrap } from './sessions-world.js';

type Times = NonNullable<Parameters<SessionsWorld['accept']>[1]>;
type Step = 'prepare' | 'approach' | 'start' | 'cancel' | 'release';
/** Prepared ahead of its start; or no sooner than at it, so that it is started at once. A tenth of its length may pass before. */
const ahead = { name: 'that is prepared ahead', after: 10, length: 20, preparing: 2 };
const atStart = { name: 'that is prepared when its start has come', after: 10, length: 100, preparing: 0 };
const phasesOfLife = ['ACCEPTED', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING', 'COMPLETED'];
const lives = [
  ...(['prepare', 'approach', 'start', 'cancel', 'release'] as const).map((step) => ({ step, ...ahead })),
  ...(['prepare', 'start'] as const).map((step) => ({ step, ...atStart })),
];

/** Puts `around` in the place of one method of the platform. */
function replacing(step: Step, around: (call: () => Promise<Handle | void>, nth: number) => Promise<Handle | void>): Wrap {
  let calls = 0;
  return (platform) => {
    const original = (platform[step] as Platform['start']).bind(platform) as unknown as (...values: unknown[]) => Promise<Handle | void>;
    const replaced = (...values: unknown[]): Promise<Handle | void> => {
      calls += 1;
      return around(() => original(...values), calls);
    };
    return Object.assign(Object.create(platform) as Platform, { [step]: replaced });
  };
}

const breaksForNow = (): BrokerError => new BrokerError('unavailable', 'time', [reason('test', 'the wire broke', {}, { level: 'ERROR' })]);
const neverAnswers = (): Promise<never> => new Promise(() => undefined);

/** Accepts a session that needs every step: it never ends by itself, so its time limit cancels it. */
async function lifeWith(wrap: Wrap, times: Times): Promise<{ readonly world: SessionsWorld; readonly id: SessionId }> {
  const world = await SessionsWorld.open(wrap, { timing: { lease: 4_000, firstPause: 500 } });
  const id = await world.accept({ prepare: 'PT2S', run: 'forever', log: ['hello'] }, times);
  return { world, id };
}

describe.for(lives)('a session $name comes to its end and leaves nothing', ({ step, ...times }) => {
  test(`when ${step} is done twice each time`, async () => {
    const { world, id } = await lifeWith(replacing(step, async (call) => { await call(); return call(); }), times);
    await world.passUntilSettled(id);
    expect(await world.phases(id)).toEqual(phasesOfLife);
    await expectClean(world, id);
  });

  test.for(['before', 'after'] as const)(`when ${step} fails once %s its effect`, async (moment) => {
    const { world, id } = await lifeWith(replacing(step, async (call, nth) => {
      if (nth > 1) return call();
      if (moment === 'after') await call();
      throw breaksForNow();
    }), times);
    await world.passUntilSettled(id);
    expect(await world.phase(id)).toBe(step === 'release' ? 'FAILED' : 'COMPLETED');
    await expectClean(world, id);
  });

  test.for(['before', 'after'] as const)(`when the node is killed %s the effect of ${step}`, async (moment) => {
    let isKilled = false;
    let kill = (): void => undefined;
    const { world, id } = await lifeWith(replacing(step, async (call) => {
      if (moment === 'after') await call();
      kill();
      isKilled = true;
      return neverAnswers();
    }), times);
    kill = () => { world.kill(); };
    for (let tries = 0; tries < 200 && !isKilled; tries += 1) await world.moveOn(500);
    expect(isKilled).toBe(true);
    world.boot();
    await world.passUntilSettled(id);
    expect(await world.phase(id)).toBe('COMPLETED');
    expect((await world.phases(id)).filter((phase) => phase === 'RUNNING')).toHaveLength(1);
    await expectClean(world, id);
  });
});

describe('a store that fails', () => {
  test.for([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((failing) => [{ failing, ...ahead }, { failing, ...atStart }]))('at save $failing of a session $name does no harm', async ({ failing, ...times }) => {
    const world = await SessionsWorld.open(undefined, { timing: { lease: 4_000 } });
    let saves = 0;
    const save = world.store.save.bind(world.store);
    world.store.save = (next, events) => {
      saves += 1;
      return saves === failing ? Promise.reject(new Error('the database is away')) : save(next, events);
    };
    const id = await world.accept({ prepare: 'PT2S', run: 'PT5S', log: ['hello'] }, times);
    await world.passUntilSettled(id);
    await world.pass(5);
    expect(await world.phases(id)).toEqual(phasesOfLife);
    await expectClean(world, id);
  });
});

describe('two replicas', () => {
  test('share the work: each session is started by one, and whoever sees a cancellation stops it', async () => {
    const world = await SessionsWorld.open();
    const first = world.tasks;
    world.boot();
    const ids = [];
    for (let count = 0; count < 10; count += 1) ids.push(await world.accept({ run: 'forever' }, { after: 10, length: 600 }));
    for (let tries = 0; tries < 30; tries += 1) await world.moveOn(500);
    expect(await Promise.all(ids.map((id) => world.phase(id)))).toEqual(ids.map(() => 'RUNNING'));
    for (const id of ids) await first.cancel(id);
    for (let tries = 0; tries < 30; tries += 1) await world.moveOn(500);
    expect(world.leftovers()).toEqual([]);
    for (const id of ids) expect((await world.phases(id)).filter((phase) => phase === 'RUNNING')).toHaveLength(1);
    await Promise.all([first.stop(), world.close()]);
  });
});

describe('a node whose lanes are full', () => {
  test.for(['release', 'cancel'] as const)('of sessions for whose %s the platform takes for ever starts the others on time', async (step) => {
    const endless = new Set<SessionId>();
    const world = await SessionsWorld.open((platform) => {
      const original = platform[step].bind(platform);
      return Object.assign(Object.create(platform) as Platform, { [step]: (handle: Handle) => (endless.has(handle.session) ? neverAnswers() : original(handle)) });
    }, { timing: { working: 3 } });
    for (let count = 0; count < 8; count += 1) endless.add(await insert(world, step === 'release' ? 'PT1S' : 'forever', { after: 2, length: 10 }));
    for (let tries = 0; tries < 30; tries += 1) await world.moveOn(500);
    expect(await Promise.all([...endless].map((id) => world.phase(id)))).not.toContain('COMPLETED');
    const others = [await insert(world, 'forever', { after: 5, length: 600 }), await insert(world, 'forever', { after: 0, length: 600 })];
    world.tasks.nudge();
    for (let tries = 0; tries < 20; tries += 1) await world.moveOn(500);
    for (const id of others) expect(await world.phase(id)).toBe('RUNNING');
    await world.closeAbruptly();
  });
});

describe('a thousand sessions', () => {
  test('start on time, and are looked at with one call in each round', async () => {
    const looks: number[] = [];
    const starts: number[] = [];
    const world: SessionsWorld = await SessionsWorld.open((platform) => Object.assign(Object.create(platform) as Platform, {
      observe: (handles: readonly Handle[]) => { looks.push(handles.length); return platform.observe(handles); },
      start: (handle: Handle) => { starts.push(world.clock.now()); return platform.start(handle); },
    }));
    const start = world.clock.now() + 20_000;
    const records = Array.from({ length: 1000 }, () => aRecord({ created: world.clock.now(), start, length: 600_000, executable: { kind: kinds.scripted, script: { run: 'forever' } } }));
    for (const record of records) await world.store.insert(record);
    await world.pass(20);
    expect(starts).toEqual(records.map(() => start));
    await world.pass(1);
    looks.length = 0;
    const writes = await revisions(world, records);
    await world.pass(5);
    expect(looks).toEqual([1000, 1000, 1000, 1000, 1000]);
    expect(await revisions(world, records), 'what runs unchanged is not written').toBe(writes);
    await world.close();
  });
});

/** Accepts without waiting until nothing is in hand: that never comes where a step hangs. */
async function insert(world: SessionsWorld, run: string, { after, length }: { readonly after: number; readonly length: number }): Promise<SessionId> {
  const created = world.clock.now();
  const record = aRecord({ created, start: created + after * 1000, length: length * 1000, executable: { kind: kinds.scripted, script: { run } } });
  await world.store.insert(record);
  return record.session.id;
}

async function revisions(world: SessionsWorld, records: readonly SessionRecord[]): Promise<number> {
  let sum = 0;
  for (const { session } of records) sum += (await world.record(session.id)).revision;
  return sum;
}

async function expectClean(world: SessionsWorld, id: Awaited<ReturnType<SessionsWorld['accept']>>): Promise<void> {
  expect(world.leftovers()).toEqual([]);
  expect(world.freed.has(id)).toBe(true);
  expect(new Set(world.facts.map((fact) => fact.phase))).toEqual(new Set(await world.phases(id)));
  expect((await world.record(id)).due).toBeUndefined();
  await world.closeAbruptly();
}

test('a change that a claim has seen before its maker is told is carried out at once, not when the lease is over', async () => {
  let hold: Promise<void> | undefined;
  const slow: Wrap = (platform) => Object.assign(Object.create(platform) as Platform, {
    observe: async (handles: readonly Handle[]) => {
      await hold;
      return platform.observe(handles);
    },
  });
  const world = await SessionsWorld.open(slow);
  const id = await world.accept({ run: 'forever' }, { after: 2, length: 600 });
  await world.passUntil(id, 'RUNNING');
  const save = world.store.save.bind(world.store);
  let look = (): void => undefined;
  world.store.save = async (next, events) => {
    const saved = await save(next, events);
    if (next.session.phase !== 'CANCELLED' || hold) return saved;
    hold = new Promise((resolve) => { look = resolve; });
    // The claim of somebody else's nudge, whose look takes its time.
    world.tasks.nudge();
    for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    return saved;
  };
  await world.tasks.cancel(id);
  look();
  for (let tries = 0; tries < 4; tries += 1) await world.moveOn(1_000);
  expect((await world.record(id)).work.stage).toBe('settled');
  await world.close();
});
