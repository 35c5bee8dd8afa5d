import { describe, expect, it } from 'vitest';
import { anonymous, kinds } from '#model';
import type { Ask, Verdict } from '#plugin-sdk';
import { policyContract } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { longestRunPolicy } from './index.js';

const hour = 3_600_000;
const clock = HandClock.at('2030-06-03T08:00:00Z');
const config = { longest: 'PT12H', groups: { astro: 'P7D', guests: 'PT1H' } };

function ask(min: number, max: number, groups: readonly string[] = []): Ask {
  return {
    requester: { ...anonymous, groups }, request: { executable: { kind: kinds.scripted } }, need: { min: {}, max: {} },
    duration: { min: min * hour, max: max * hour }, window: { start: clock.now(), end: clock.now() + 24 * hour }, moment: 'offer',
  };
}

async function verdictOf(asked: Ask): Promise<Verdict> {
  const policy = longestRunPolicy.create(longestRunPolicy.parseConfig(config), { clock, log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }, fetch });
  return (await policy.judge?.(asked)) ?? { kind: 'allow' };
}

policyContract({
  name: 'longest-run', plugin: longestRunPolicy, config, clock,
  badConfigs: [{ raw: { longest: 'P5H' }, path: 'longest' }, { raw: {}, path: 'longest' }, { raw: { longest: 'PT1H', groups: { astro: 'PT0S' } }, path: 'groups.astro' }],
  asks: [
    { title: 'a short run is allowed', ask: ask(1, 2), verdict: 'allow' },
    { title: 'a run that may be long is limited', ask: ask(1, 24), verdict: 'limit' },
    { title: 'a run that must be long is denied', ask: ask(13, 24), verdict: 'deny' },
  ],
});

describe('the longest run', () => {
  it('is longer for a group that may', async () => {
    expect(await verdictOf(ask(100, 100, ['astro']))).toEqual({ kind: 'allow' });
  });

  it('is the best of several groups', async () => {
    expect(await verdictOf(ask(1, 24, ['guests', 'astro']))).toEqual({ kind: 'allow' });
  });

  it('is shorter for a group that may less', async () => {
    expect(await verdictOf(ask(0.5, 2, ['guests']))).toMatchObject({ kind: 'limit', longest: hour });
  });
});
