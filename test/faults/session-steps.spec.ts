/** Each native step doubled, failing before and after its effect, and the node killed before and after it. */
import { describe, expect, test } from 'vitest';
import { BrokerError, reason } from '#model';
import type { Handle, Platform } from '#plugin-sdk';
import { SessionsWorld } from './sessions-world.js';
import type { Wrap } from './sessions-world.js';

type Step = 'prepare' | 'start' | 'cancel' | 'release';
const steps: readonly Step[] = ['prepare', 'start', 'cancel', 'release'];

/** Puts `around` in the place of one method of the platform. */
function replacing(step: Step, around: (call: () => Promise<Handle | void>, nth: number) => Promise<Handle | void>): Wrap {
  let calls = 0;
  return (platform) => {
    const original = platform[step].bind(platform) as (...values: unknown[]) => Promise<Handle | void>;
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
async function lifeWith(wrap: Wrap): Promise<{ readonly world: SessionsWorld; readonly id: Awaited<ReturnType<SessionsWorld['accept']>> }> {
  const world = await SessionsWorld.open(wrap, { timing: { lease: 4_000, firstPause: 500 } });
  const id = await world.accept({ prepare: 'PT2S', run: 'forever', log: ['hello'] }, { after: 10, length: 20, preparing: 2 });
  return { world, id };
}

describe.for(steps)('a session comes to its end and leaves nothing', (step) => {
  test(`when ${step} is done twice each time`, async () => {
    const { world, id } = await lifeWith(replacing(step, async (call) => { await call(); return call(); }));
    await world.passUntilSettled(id);
    expect(await world.phases(id)).toEqual(['ACCEPTED', 'WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING', 'COMPLETED']);
    await expectClean(world, id);
  });

  test.for(['before', 'after'] as const)(`when ${step} fails once %s its effect`, async (moment) => {
    const { world, id } = await lifeWith(replacing(step, async (call, nth) => {
      if (nth > 1) return call();
      if (moment === 'after') await call();
      throw breaksForNow();
    }));
    await world.passUntilSettled(id);
    const expected = step === 'start' || step === 'release' ? 'FAILED' : 'COMPLETED';
    expect(await world.phase(id)).toBe(expected);
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
    }));
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

async function expectClean(world: SessionsWorld, id: Awaited<ReturnType<SessionsWorld['accept']>>): Promise<void> {
  expect(world.leftovers()).toEqual([]);
  expect(world.freed.has(id)).toBe(true);
  expect(new Set(world.facts.map((fact) => fact.phase))).toEqual(new Set(await world.phases(id)));
  expect((await world.record(id)).due).toBeUndefined();
  await world.closeAbruptly();
}
