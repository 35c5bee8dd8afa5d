/** Configuration, capabilities, capacity and assessment. */
import { describe, expect, test } from 'vitest';
import { formatInstant } from '#model';
import { schemaFault } from '../catalogue.js';
import { faultyKey } from './config-fault.js';
import type { PlatformSuite, PlatformWorld } from './platform-suite.js';

export function offeringSentences<Config>(suite: PlatformSuite<Config>, world: () => PlatformWorld<Config>): void {
  describe('before anything runs', () => {
    test.for(suite.badConfigs)('a bad configuration names the key $path', ({ raw, path }) => {
      expect(faultyKey(suite.plugin, raw)).toBe(path);
    });
    test('the good configuration is accepted by the schema', () => {
      expect(schemaFault(suite.plugin.schema, suite.config)).toBeUndefined();
    });
    test('capabilities do not change between calls and have the declared powers', async () => {
      const first = await world().platform.capabilities();
      await world().restart();
      expect(await world().platform.capabilities()).toEqual(first);
      expect(first.longestRun).toBeGreaterThan(0);
      expect(first.executables).toContain(suite.payloads.succeeds.kind);
    });
    test('capacity names pools of this instance with whole amounts', async () => {
      const now = world().host.clock.now();
      const pools = await world().platform.capacity({ start: now, end: now + 3_600_000 });
      expect(pools.length, `pools at ${formatInstant(now)}`).toBeGreaterThan(0);
      for (const { pool, total } of pools) {
        expect(pool.startsWith(`${world().host.instance}/`), pool).toBe(true);
        for (const amount of Object.values(total)) expect(Number.isSafeInteger(amount) && amount >= 0, JSON.stringify(total)).toBe(true);
      }
    });
    assessmentSentences(suite, world);
  });
}

function assessmentSentences<Config>(suite: PlatformSuite<Config>, world: () => PlatformWorld<Config>): void {
  test('an assessment leaves no trace and asks only for pools that exist', async () => {
    const now = world().host.clock.now();
    const assessment = await world().platform.assess(world().draft(suite.payloads.succeeds));
    const pools = (await world().platform.capacity({ start: now, end: now + 1 })).map(({ pool }) => pool);
    expect(assessment.fits).toBe(true);
    const demands = assessment.fits ? assessment.choices.flat() : [];
    expect(demands.length).toBeGreaterThan(0);
    for (const demand of demands) expect(pools).toContain(demand.pool);
    await world().expectClean();
  });
  test('an executable of a foreign kind is refused with a reason', async () => {
    const assessment = await world().platform.assess(world().draft({ kind: 'urn:example:nobody-runs-this' }));
    expect(assessment.fits ? [] : assessment.reasons).not.toEqual([]);
  });
  test('more than there is is refused with a reason', async () => {
    const draft = world().draft(suite.payloads.succeeds);
    const size = { ...draft.need.max, cores: 1_000_000_000 };
    const assessment = await world().platform.assess({ ...draft, need: { min: size, max: size } });
    expect(assessment.fits ? [] : assessment.reasons).not.toEqual([]);
  });
  test.for(suite.payloads.unfit ?? [])('an executable that cannot run is refused at $path', async ({ executable, path }) => {
    const assessment = await world().platform.assess(world().draft(executable));
    expect(assessment.fits).toBe(false);
    if (!assessment.fits && path !== undefined) expect(assessment.reasons.map((one) => one.path)).toContain(path);
  });
}
