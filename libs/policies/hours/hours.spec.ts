import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import type { Interval, Kind, Resources } from '#model';
import { anonymous, kinds, parseInstant } from '#model';
import type { Ask, Verdict } from '#plugin-sdk';
import { policyContract } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { hoursPolicy } from './index.js';
import { dayNames, hoursWithin } from './local-hours.js';
import type { LocalHours } from './local-hours.js';

const hour = 3_600_000;
const clock = HandClock.at('2030-06-03T08:00:00Z');
const officeHours = {
  zone: 'Europe/London',
  runs: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00', kinds: ['interactive'] }],
};
const midnight = { zone: 'UTC', caps: [{ from: '06:00', to: '22:00', most: { cores: 16 } }, { from: '22:00', to: '06:00', most: { cores: 128 } }] };

function at(iso: string): number {
  const parsed = parseInstant(iso);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.value;
}

function ask(kind: Kind, window: readonly [string, string], size: { min?: Resources; max?: Resources; hours?: number } = {}): Ask {
  const min = size.min ?? { cores: 1, memory: 1 };
  const length = (size.hours ?? 1) * hour;
  return {
    requester: anonymous, request: { executable: { kind } }, need: { min, max: size.max ?? min },
    duration: { min: length, max: length }, window: { start: at(window[0]), end: at(window[1]) }, moment: 'offer',
  };
}

async function verdictOf(config: unknown, asked: Ask): Promise<Verdict> {
  const policy = hoursPolicy.create(hoursPolicy.parseConfig(config), { clock, log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }, fetch });
  return (await policy.judge?.(asked)) ?? { kind: 'allow' };
}

async function hoursOf(config: unknown, asked: Ask): Promise<readonly string[]> {
  const verdict = await verdictOf(config, asked);
  if (verdict.kind !== 'limit' || verdict.runs === undefined) throw new Error(`no hours in ${JSON.stringify(verdict)}`);
  const { zone } = config as { zone: string };
  return verdict.runs.filter((run) => run.start < asked.window.end && run.end > asked.window.start)
    .map((run) => `${show(run.start, zone)}–${show(run.end, zone)}`);
}

function show(instant: number, zone: string): string {
  return DateTime.fromMillis(instant, { zone }).toFormat('ccc dd HH:mm');
}

policyContract({
  name: 'hours', plugin: hoursPolicy, clock, config: { ...officeHours, caps: midnight.caps },
  badConfigs: [
    { raw: { zone: 'Mars/Olympus' }, path: 'zone' },
    { raw: { zone: 'UTC', hours: [] }, path: 'hours' },
    { raw: { zone: 'UTC', runs: [{ from: '09:00', to: '17:00', kinds: ['interactif'] }] }, path: 'runs[0].kinds[0]' },
    { raw: {}, path: 'zone' },
    { raw: { zone: 'UTC', blackouts: [{ why: 'x' }] }, path: 'blackouts[0]' },
    { raw: { zone: 'UTC', blackouts: [{ on: '2030-12-25', from: '2030-12-25', to: '2030-12-26', why: 'x' }] }, path: 'blackouts[0]' },
    { raw: { zone: 'UTC', blackouts: [{ on: '2030-02-30', why: 'x' }] }, path: 'blackouts[0].on' },
    { raw: { zone: 'UTC', blackouts: [{ from: '2030-12-26', to: '2030-12-25', why: 'x' }] }, path: 'blackouts[0].to' },
    { raw: { zone: 'UTC', blackouts: [{ on: '25.12.2030', why: 'x' }] }, path: 'blackouts.0.on' },
  ],
  asks: [
    { title: 'a batch container may run at any time', ask: ask(kinds.dockerContainer, ['2030-06-03T00:00Z', '2030-06-04T00:00Z']), verdict: 'allow' },
    { title: 'a notebook keeps office hours', ask: ask(kinds.jupyterNotebook, ['2030-06-03T00:00Z', '2030-06-04T00:00Z']), verdict: 'limit' },
  ],
});

describe('office hours (UC-07)', () => {
  it('are Monday to Friday, nine to five, and nothing at the weekend', async () => {
    expect(await hoursOf(officeHours, ask(kinds.jupyterNotebook, ['2030-06-07T00:00Z', '2030-06-11T00:00Z'], { hours: 4 })))
      .toEqual(['Fri 07 09:00–Fri 07 17:00', 'Mon 10 09:00–Mon 10 17:00']);
  });

  it('stay at nine by the clock on the wall when the clocks go forward', async () => {
    const verdict = await verdictOf(officeHours, ask(kinds.jupyterNotebook, ['2030-03-29T00:00Z', '2030-04-01T23:00Z']));
    expect(verdict.kind === 'limit' && verdict.runs?.filter((run) => run.end > at('2030-03-29T00:00Z') && run.start < at('2030-04-02T00:00Z')).map((run) => run.start))
      .toEqual([at('2030-03-29T09:00Z'), at('2030-04-01T08:00Z')]);
  });

  it('stay at nine when the clocks go back', async () => {
    expect(await hoursOf(officeHours, ask(kinds.jupyterNotebook, ['2030-10-25T00:00Z', '2030-10-28T23:00Z'])))
      .toEqual(['Fri 25 09:00–Fri 25 17:00', 'Mon 28 09:00–Mon 28 17:00']);
  });

  it('that touch at midnight are one', async () => {
    const always = { zone: 'Europe/London', runs: [{ from: '00:00', to: '24:00' }] };
    expect(await hoursOf(always, ask(kinds.scripted, ['2030-06-03T00:00Z', '2030-06-05T00:00Z']))).toHaveLength(1);
  });

  it('of a kind that no rule is about are all hours', async () => {
    expect(await verdictOf(officeHours, ask(kinds.scripted, ['2030-06-03T00:00Z', '2030-06-04T00:00Z']))).toEqual({ kind: 'allow' });
  });
});

describe('day and night caps (UC-08)', () => {
  const window = ['2030-06-03T12:00Z', '2030-06-04T12:00Z'] as const;

  it('send what is too big for the day into the night', async () => {
    const asked = ask(kinds.dockerContainer, window, { min: { cores: 96, memory: 384 }, hours: 6 });
    expect(await hoursOf(midnight, asked)).toEqual(['Mon 03 22:00–Tue 04 06:00']);
  });

  it('leave a small request alone', async () => {
    expect(await verdictOf(midnight, ask(kinds.dockerContainer, window, { min: { cores: 2, memory: 4 } }))).toEqual({ kind: 'allow' });
  });

  it('give a request that could shrink the small size at any time, or the big one clear of the day', async () => {
    const verdict = await verdictOf(midnight, ask(kinds.dockerContainer, window, { min: { cores: 2 }, max: { cores: 256 } }));
    if (verdict.kind !== 'limit' || !verdict.spans) throw new Error(JSON.stringify(verdict));
    const [small, night] = verdict.spans;
    expect(small?.resources).toEqual({ cores: 16 });
    expect(night?.resources).toEqual({ cores: 128 });
    expect(night?.runs).toContainEqual({ start: at('2030-06-03T22:00Z'), end: at('2030-06-04T06:00Z') });
    expect(verdict.spans).toHaveLength(2);
  });

  it('limit the length of runs too (UC-09)', async () => {
    const twoTier = { zone: 'UTC', caps: [
      { from: '06:00', to: '22:00', most: { cores: 2, memory: 2 }, longest: 'PT1H' }, { from: '22:00', to: '06:00', most: { cores: 8, memory: 8 }, longest: 'PT4H' },
    ] };
    const asked = { ...ask(kinds.dockerContainer, window, { min: { cores: 2, memory: 2 }, max: { cores: 16, memory: 16 } }), duration: { min: hour, max: 8 * hour } };
    expect(await verdictOf(twoTier, asked)).toMatchObject({ kind: 'limit', spans: [{ resources: { cores: 2, memory: 2 }, longest: hour }, { resources: { cores: 8, memory: 8 }, longest: 4 * hour }] });
  });

  it('never offer what breaks a cap, and offer all that keeps them, whatever the caps', async () => {
    const sizes = fc.record({ most: fc.integer({ min: 1, max: 20 }), from: fc.integer({ min: 0, max: 23 }), hours: fc.integer({ min: 1, max: 12 }) });
    const words = (hours: number): string => `${String(hours % 24).padStart(2, '0')}:00`;
    await fc.assert(fc.asyncProperty(fc.array(sizes, { maxLength: 4 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 8 }), async (rules, cores, offset, length) => {
      const caps = rules.map((rule) => ({ from: words(rule.from), to: words(rule.from + rule.hours), most: { cores: rule.most } }));
      const verdict = await verdictOf({ zone: 'UTC', caps }, ask(kinds.dockerContainer, window, { min: { cores: 1 }, max: { cores: 20 } }));
      const start = at('2030-06-03T00:00Z') + offset * hour;
      const run = { start, end: start + length * hour };
      const keepsCaps = Array.from({ length }, (_, step) => (offset + step) % 24).every((now) =>
        rules.every((rule) => (now - rule.from + 24) % 24 >= rule.hours || cores <= rule.most));
      const isOffered = verdict.kind !== 'limit' || (verdict.spans ?? []).some((span) =>
        span.runs.some((one) => one.start <= run.start && run.end <= one.end) && cores <= (span.resources?.['cores'] ?? Infinity));
      expect(isOffered).toBe(keepsCaps);
    }), { numRuns: 200 });
  });

  it('leave no time at all to what is too big for both', async () => {
    expect(await verdictOf(midnight, ask(kinds.dockerContainer, window, { min: { cores: 200 } }))).toMatchObject({ kind: 'limit', runs: [] });
  });
});

describe('blackout dates', () => {
  const blackouts = [{ on: '2030-12-25', why: 'Christmas' }, { from: '2030-03-30T18:00', to: '2030-03-31', why: 'new switches' }];
  const london = { zone: 'Europe/London', blackouts };

  it('are whole days of the zone, and say why and when it goes on', async () => {
    const verdict = await verdictOf({ zone: 'America/New_York', blackouts }, ask(kinds.dockerContainer, ['2030-12-24T12:00Z', '2030-12-26T12:00Z']));
    expect(verdict).toMatchObject({ kind: 'limit', reason: { kind: 'urn:execution-broker:reason:blackout', values: { from: '2030-12-25T05:00:00Z', to: '2030-12-26T05:00:00Z', why: 'Christmas', next: '2030-12-26T05:00:00Z' } } });
    expect(await hoursOf({ zone: 'America/New_York', blackouts }, ask(kinds.dockerContainer, ['2030-12-24T12:00Z', '2030-12-26T12:00Z']))).toEqual([
      expect.stringMatching(/–Wed 25 00:00$/), expect.stringMatching(/^Thu 26 00:00–/),
    ]);
  });

  it('last as long as the clock on the wall says, over clock changes both ways', async () => {
    const spring = await verdictOf(london, ask(kinds.dockerContainer, ['2030-03-30T00:00Z', '2030-04-01T12:00Z']));
    expect(spring).toMatchObject({ reason: { values: { from: '2030-03-30T18:00:00Z', to: '2030-03-31T23:00:00Z' } } });
    const autumn = await verdictOf({ zone: 'Europe/London', blackouts: [{ on: '2030-10-27', why: 'x' }] }, ask(kinds.dockerContainer, ['2030-10-27T00:00Z', '2030-10-28T12:00Z']));
    expect(autumn).toMatchObject({ reason: { values: { from: '2030-10-26T23:00:00Z', to: '2030-10-28T00:00:00Z' } } });
  });

  it('tell the next start that the other hours leave too, long enough for the run', async () => {
    const config = { ...officeHours, blackouts: [{ from: '2030-06-06', to: '2030-06-07T15:00', why: 'summer school' }] };
    const next = async (hours: number): Promise<unknown> => {
      const verdict = await verdictOf(config, ask(kinds.jupyterNotebook, ['2030-06-06T00:00Z', '2030-06-07T20:00Z'], { hours }));
      return verdict.kind === 'limit' ? verdict.others?.[0]?.values['next'] : verdict;
    };
    expect([await next(2), await next(3)]).toEqual(['2030-06-07T14:00:00Z', '2030-06-10T08:00:00Z']);
  });

  it('may be for some kinds only, and matter to nobody whose time they do not touch', async () => {
    const config = { zone: 'UTC', blackouts: [{ on: '2030-06-04', why: 'x', kinds: ['interactive'] }] };
    expect((await verdictOf(config, ask(kinds.dockerContainer, ['2030-06-04T00:00Z', '2030-06-04T12:00Z']))).kind).toBe('allow');
    expect((await verdictOf(config, ask(kinds.jupyterNotebook, ['2030-06-04T00:00Z', '2030-06-04T12:00Z']))).kind).toBe('limit');
    expect((await verdictOf(config, ask(kinds.jupyterNotebook, ['2030-06-10T00:00Z', '2030-06-10T12:00Z']))).kind).toBe('allow');
  });
});

describe('local hours', () => {
  const zones = ['UTC', 'Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Asia/Kolkata', 'America/St_Johns'];
  const minute = 60_000;

  /** Day by day, minute by minute, with luxon's reading of the wall clock. */
  function bruteForce(hours: LocalHours, window: Interval, zone: string): readonly Interval[] {
    const found: Interval[] = [];
    const first = DateTime.fromMillis(window.start, { zone }).startOf('day').minus({ days: 3 });
    for (let n = 0; n < 9; n += 1) {
      const date = first.plus({ days: n });
      const name = dayNames[date.weekday - 1] ?? 'mon';
      if (!hours.days.includes(name)) continue;
      const length = hours.to > hours.from ? hours.to : hours.to + 1440;
      found.push({ start: firstMinute(date, hours.from, zone), end: firstMinute(date, length, zone) });
    }
    return found.filter((each) => each.start < each.end && each.end >= window.start && each.start <= window.end);
  }

  function firstMinute(date: DateTime, minutes: number, zone: string): number {
    const day = date.plus({ days: Math.floor(minutes / 1440) });
    const wanted = day.toISODate() ?? '';
    const clockTime = minutes % 1440;
    for (let instant = day.toMillis() + clockTime * minute - 3 * hour; ; instant += minute) {
      const local = DateTime.fromMillis(instant, { zone });
      const shown = local.toISODate() ?? '';
      if (shown > wanted || (shown === wanted && local.hour * 60 + local.minute >= clockTime)) return instant;
    }
  }

  it('are what the clock on the wall says, minute by minute, over clock changes both ways', () => {
    const changes = ['2030-03-31T01:00Z', '2030-10-27T01:00Z', '2030-03-10T07:00Z', '2030-11-03T06:00Z', '2030-04-06T15:00Z', '2030-10-05T15:30Z', '2030-06-15T12:00Z'];
    const cases = fc.record({
      zone: fc.constantFrom(...zones), near: fc.constantFrom(...changes), offset: fc.integer({ min: -30, max: 30 }),
      from: fc.integer({ min: 0, max: 1439 }), to: fc.integer({ min: 0, max: 1440 }), days: fc.subarray([...dayNames], { minLength: 1 }),
    });
    fc.assert(fc.property(cases, ({ zone, near, offset, from, to, days }) => {
      const start = at(near) + offset * hour;
      const window = { start, end: start + 24 * hour };
      const expected = bruteForce({ days, from, to }, window, zone);
      const covered = (list: readonly Interval[], instant: number): boolean => list.some((each) => each.start <= instant && instant < each.end);
      const found = hoursWithin({ days, from, to }, window, zone);
      for (let instant = window.start; instant < window.end; instant += 10 * minute) {
        expect(covered(found, instant), `${zone} ${new Date(instant).toISOString()}`).toBe(covered(expected, instant));
      }
      for (const each of expected) expect(found.some((one) => one.start <= each.start && each.end <= one.end)).toBe(true);
    }), { numRuns: 300 });
  });

  it('begin with the change where their first hour is skipped', () => {
    const [only] = hoursWithin({ days: dayNames, from: 90, to: 180 }, { start: at('2030-03-31T00:00Z'), end: at('2030-03-31T12:00Z') }, 'Europe/London');
    expect(only).toEqual({ start: at('2030-03-31T01:00Z'), end: at('2030-03-31T02:00Z') });
  });

  it('end the first time round where their last hour is repeated', () => {
    const [only] = hoursWithin({ days: dayNames, from: 0, to: 90 }, { start: at('2030-10-27T00:00Z'), end: at('2030-10-27T12:00Z') }, 'Europe/London');
    expect(only).toEqual({ start: at('2030-10-26T23:00Z'), end: at('2030-10-27T00:30Z') });
  });
});
