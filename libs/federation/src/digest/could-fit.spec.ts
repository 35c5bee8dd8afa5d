import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInstant, kinds } from '#model';
import type { ExecutionRequest, Instant } from '#model';
import { termsOf } from '../judging/offer-terms.js';
import { earliestStart, lackOf, wantedOf } from './could-fit.js';
import type { Wanted } from './could-fit.js';
import { mergeDigests } from './merge-digests.js';
import { readDigest } from './read-digest.js';
import type { MemberDigest } from './read-digest.js';

const hour = 3_600_000;
const now = Date.parse('2030-06-03T08:20:00Z');
const start = Date.parse('2030-06-03T08:00:00Z');

function digest(cores: readonly number[], more: Readonly<Record<string, unknown>> = {}): MemberDigest {
  const window = { start: formatInstant(start), end: formatInstant(start + cores.length * hour) };
  return readDigest({ kinds: { executable: [kinds.dockerContainer], storage: [kinds.simpleStorage] }, longest: 'P7D', window, step: 'PT1H', free: { cores }, isComplete: true, ...more }, now);
}

function wanted(requested: { readonly start?: string | readonly string[]; readonly duration?: string }, cores = 4, more: object = {}): Wanted {
  const request = { executable: { kind: kinds.dockerContainer }, compute: { kind: kinds.simpleCompute, cores: { min: cores } }, schedule: { requested }, ...more } as unknown as ExecutionRequest;
  return wantedOf(request, termsOf(request, now), now);
}

const shown = (at: Instant | undefined): string | undefined => (at === undefined ? undefined : formatInstant(at));

describe('the earliest start by a digest', () => {
  it.each([
    ['now', [8, 8, 8], {}, '2030-06-03T08:20:00Z'],
    ['when enough is free for all of its length', [8, 2, 8, 8, 2, 8], { duration: 'PT2H' }, '2030-06-03T10:00:00Z'],
    ['inside the window', [8, 8, 8, 8], { start: '2030-06-03T09:30:00Z/PT1H', duration: 'PT1H' }, '2030-06-03T09:30:00Z'],
    ['not when the room begins after the window', [2, 2, 2, 8], { start: '2030-06-03T08:00:00Z/PT2H', duration: 'PT1H' }, undefined],
    ['in the second of two windows', [2, 2, 2, 8, 8], { start: ['2030-06-03T08:00:00Z/PT1H', '2030-06-03T11:00:00Z/PT1H'], duration: 'PT1H' }, '2030-06-03T11:00:00Z'],
    ['after all that is known', [2, 2, 2], {}, '2030-06-03T11:00:00Z'],
    ['into the unknown, where the room lasts to its end', [2, 2, 8], { duration: 'P2D' }, '2030-06-03T10:00:00Z'],
    ['whenever it is asked beyond what is known', [2, 2], { start: '2030-06-09T08:00:00Z/PT1H' }, '2030-06-09T08:00:00Z'],
  ] as const)('is %s', (_what, cores, requested, expected) => {
    expect(shown(earliestStart(digest(cores), wanted(requested)))).toBe(expected);
  });

  it('is what it would be if nothing were limited, where the digest does not tell', () => {
    expect(shown(earliestStart(digest([0], { free: {} }), wanted({})))).toBe('2030-06-03T08:20:00Z');
    expect(shown(earliestStart(digest([0], { isComplete: false }), wanted({})))).toBe('2030-06-03T08:20:00Z');
  });

  it('never hides a member that has room: whatever fits at some minute is found, and no later', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 30 });
    const wish = fc.record({ need: fc.integer({ min: 1, max: 8 }), length: fc.integer({ min: 1, max: 600 }), from: fc.integer({ min: 0, max: 1_800 }), width: fc.integer({ min: 0, max: 900 }) });
    fc.assert(fc.property(amounts, wish, (cores, { need, length, from, width }) => {
      const window = { start: now + from * 60_000, end: now + (from + width) * 60_000 };
      const asked = wanted({ start: `${formatInstant(window.start)}/${formatInstant(window.end)}`, duration: `PT${length}M` }, need);
      // Free in every minute of an hour is what the digest says of it: that is the most that there can be.
      const freeAt = (at: Instant): number => cores[Math.floor((at - start) / hour)] ?? Infinity;
      const fitsAt = (at: Instant): boolean => Array.from({ length }, (_, minute) => freeAt(at + minute * 60_000)).every((free) => free >= need);
      let first: Instant | undefined;
      for (let at = window.start; first === undefined && at <= window.end; at += 60_000) if (fitsAt(at)) first = at;
      const told = earliestStart(digest(cores), asked);
      if (first !== undefined) expect(told).toBeLessThanOrEqual(first);
    }), { numRuns: 400 });
  });
});

describe('what a member lacks for good', () => {
  it('is a kind, or length', () => {
    expect(lackOf(digest([8]), wanted({}))).toBeUndefined();
    expect(lackOf(digest([8]), wanted({}, 1, { executable: { kind: kinds.jupyterNotebook } }))).toBe('kind');
    expect(lackOf(digest([8]), wanted({}, 1, { storage: [{ kind: 'urn:tape' }] }))).toBe('kind');
    expect(lackOf(digest([8]), wanted({ duration: 'P8D' }))).toBe('length');
    expect(lackOf(digest([8], { isComplete: false }), wanted({ duration: 'P8D' }))).toBeUndefined();
  });
});

describe('accelerators in a digest', () => {
  const gpus = (count: number, type = 'gpu'): object => ({ compute: { kind: kinds.acceleratedCompute, cores: { min: 1 }, accelerators: [{ type, count: { min: count } }] } });
  const has = (free: readonly number[], words: readonly string[] = ['a100', 'gpu']): MemberDigest => digest([8, 8, 8], { accelerators: [{ type: words[0], aliases: words.slice(1) }], free: { cores: [8, 8, 8], [words[0] ?? '']: free } });

  it('are lacking for good only where all types are told, and none is called so', () => {
    expect(lackOf(has([4, 4, 4]), wanted({}, 1, gpus(2)))).toBeUndefined();
    expect(lackOf(has([4, 4, 4]), wanted({}, 1, gpus(2, 'tpu')))).toBe('accelerator');
    expect(lackOf(digest([8]), wanted({}, 1, gpus(2, 'tpu')))).toBeUndefined();
    expect(lackOf(digest([8], { accelerators: [] }), wanted({}, 1, gpus(2)))).toBe('accelerator');
  });

  it('put a start off to when enough of them are free', () => {
    expect(shown(earliestStart(has([0, 1, 4]), wanted({ duration: 'PT30M' }, 1, gpus(2))))).toBe('2030-06-03T10:00:00Z');
    expect(shown(earliestStart(digest([8, 8], { accelerators: [{ type: 'gpu', aliases: [] }] }), wanted({}, 1, gpus(99))))).toBe('2030-06-03T08:20:00Z');
  });

  it('of several members hide none of them, whatever each calls its own', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 3, maxLength: 3 });
    const words = fc.constantFrom(['a100', 'gpu'], ['gpu'], ['h100', 'gpu', 'a100']);
    fc.assert(fc.property(fc.array(fc.tuple(amounts, words), { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 8 }), fc.constantFrom('gpu', 'a100', 'h100', 'tpu'), (members, count, type) => {
      const digests = members.map(([free, own]) => has(free, own));
      const asked = wanted({ duration: 'PT30M' }, 1, gpus(count, type));
      const { window, step, ...rest } = mergeDigests(digests, now);
      const merged = readDigest({ ...rest, longest: 'P7D', window: { start: formatInstant(window.start), end: formatInstant(window.end) }, step: 'PT1H' }, now);
      expect(step).toBe(hour);
      const able = digests.filter((one) => lackOf(one, asked) === undefined);
      if (able.length > 0) expect(lackOf(merged, asked)).toBeUndefined();
      const first = Math.min(...able.map((one) => earliestStart(one, asked) ?? Infinity));
      if (Number.isFinite(first)) expect(earliestStart(merged, asked)).toBeLessThanOrEqual(first);
    }));
  });
});

describe('digests of members as one', () => {
  it('have what any of them has', () => {
    const merged = mergeDigests([digest([8, 2, 2]), digest([1, 4, 4, 4])], now);
    expect(merged).toMatchObject({ isComplete: true, free: { cores: [8, 4, 4] }, window: { start, end: start + 3 * hour } });
  });

  it('are not complete while something is unknown, and limit nothing that one of them does not', () => {
    expect(mergeDigests([digest([8]), undefined], now).isComplete).toBe(false);
    expect(mergeDigests([], now).isComplete).toBe(false);
    expect(mergeDigests([digest([8]), digest([8], { free: {} })], now).free).toEqual({});
  });
});
