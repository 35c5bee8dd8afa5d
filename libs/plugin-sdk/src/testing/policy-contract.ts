/** The sentences that hold for every policy. One call in each policy's spec. */
import { describe, expect, test } from 'vitest';
import type { Clock, Instant, RequesterId } from '#model';
import type { Ask, OfferTerms, Policy, PolicyPlugin, Verdict } from '../policy.js';
import { faultyKey } from './config-fault.js';
import { rememberingLog } from './test-host.js';
import { aSessionId } from './plans.js';

export interface PolicySuite<Config> {
  readonly name: string;
  readonly plugin: PolicyPlugin<Config>;
  readonly config: unknown;
  readonly badConfigs: readonly { readonly raw: unknown; readonly path: string }[];
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
  /** Asks with the verdict that the configuration above gives. */
  readonly asks: readonly { readonly title: string; readonly ask: Ask; readonly verdict: Verdict['kind'] }[];
}

export function policyContract<Config>(suite: PolicySuite<Config>): void {
  const make = (): Policy => suite.plugin.create(suite.plugin.parseConfig(suite.config), {
    clock: suite.clock, log: rememberingLog([]), fetch: suite.fetch ?? (() => Promise.reject(new TypeError('this test has no network'))),
  });
  describe(`${suite.name} keeps the contract of policies`, () => {
    test.for(suite.badConfigs)('a bad configuration names the key $path', ({ raw, path }) => {
      expect(faultyKey(suite.plugin, raw)).toBe(path);
    });
    test.for(suite.asks)('$title', async ({ ask, verdict }) => {
      const given = await make().judge?.(freeze(ask));
      expect(given?.kind ?? 'allow').toBe(verdict);
      if (given && given.kind !== 'allow') expect(given.reason.template).not.toBe('');
    });
    test.for(suite.asks)('asked twice, it judges the same: $title', async ({ ask }) => {
      const policy = make();
      expect(await policy.judge?.(ask)).toEqual(await policy.judge?.(ask));
    });
    test('a ranking adds no offer and changes none', () => {
      const offers: readonly OfferTerms[] = [1, 2, 3].map((hour) => ({ platform: 'p', start: suite.clock.now() + hour * 3_600_000, duration: 3_600_000, granted: { cores: hour } }));
      const [first] = suite.asks;
      const ranked = first ? make().rank?.(freeze(offers), first.ask) ?? offers : offers;
      for (const offer of ranked) expect(offers).toContain(offer);
      expect(new Set(ranked).size).toBe(ranked.length);
    });
    test('being told the same fact twice does no harm', async () => {
      const policy = make();
      const fact = { session: aSessionId(), owner: 'local:tester' as RequesterId, phase: 'RUNNING' as const, at: suite.clock.now() as Instant, granted: { cores: 1 }, start: 0 };
      await policy.record?.(fact);
      await expect(policy.record?.(fact) ?? Promise.resolve()).resolves.toBeUndefined();
    });
  });
}

/** Deep freeze: a policy that tries to change what it judges fails loudly. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}
