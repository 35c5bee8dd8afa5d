import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFinal, mayMove, sessionPhases } from '#model';
import type { Outcome, SessionPhase } from '#model';
import type { Observation } from '#plugin-sdk';
import { inPhase } from './in-phase.js';
import { isWatched, nextStep, prepareAt } from './next-step.js';
import { defaultTiming } from './ports.js';
import { RecordChange } from './record-change.js';
import type { SessionRecord, SessionWork } from './session-store.js';
import { aRecord, aSession } from './testing/index.js';

type Stage = SessionWork['stage'];
const now = Date.UTC(2030, 5, 3, 9);
const handle = (record: SessionRecord): SessionRecord => ({ ...record, handle: { session: record.session.id, version: 1, native: {} } });

function recordAt(stage: Stage, phase: SessionPhase, offset: number, ahead: Pick<SessionWork, 'approachAt'> = {}): SessionRecord {
  const record = handle(aRecord({ created: now - 3_600_000, start: now - offset, length: 600_000 }));
  return { ...record, session: inPhase(record.session, phase, now), work: { stage, failures: 0, ...ahead } };
}

const stages: readonly Stage[] = ['booked', 'preparing', 'prepared', 'starting', 'running', 'stopping', 'releasing', 'settled'];
const observations = fc.oneof(
  fc.constantFrom<Observation>({ seen: 'preparing' }, { seen: 'ready' }, { seen: 'queued' }, { seen: 'running' }, { seen: 'gone' }, { seen: 'unknown' }),
  fc.constantFrom<Outcome>('succeeded', 'failed', 'cancelled', 'evicted').map((outcome): Observation => ({ seen: 'ended', outcome })),
);

describe('the next step', () => {
  test.for<[Stage, SessionPhase, number, Observation['seen'], string]>([
    ['booked', 'ACCEPTED', -3_600_000, 'unknown', 'wait'], ['booked', 'WAITING', -3_600_000, 'unknown', 'rest'], ['booked', 'WAITING', -1_000, 'unknown', 'prepare'],
    ['booked', 'WAITING', 599_000, 'unknown', 'fail'], ['preparing', 'PREPARING', 0, 'unknown', 'prepare'], ['prepared', 'AVAILABLE', -1, 'unknown', 'rest'],
    ['prepared', 'AVAILABLE', 0, 'unknown', 'start'], ['starting', 'AVAILABLE', 1, 'ready', 'start'], ['starting', 'AVAILABLE', 1, 'queued', 'watch'],
    ['starting', 'AVAILABLE', 1, 'unknown', 'watch'], ['starting', 'AVAILABLE', 1, 'running', 'run'], ['starting', 'AVAILABLE', 600_000, 'queued', 'fail'],
    ['running', 'RUNNING', 1, 'running', 'watch'], ['running', 'RUNNING', 600_000, 'running', 'stop'], ['running', 'RUNNING', 1, 'gone', 'fail'],
    ['running', 'CANCELLED', 1, 'running', 'stop'], ['stopping', 'CANCELLED', 1, 'gone', 'end'], ['releasing', 'CANCELLED', 1, 'unknown', 'release'],
    ['settled', 'COMPLETED', 1, 'unknown', 'rest'], ['preparing', 'CANCELLED', 1, 'unknown', 'end'], ['booked', 'CANCELLED', 1, 'unknown', 'release'],
  ])('of %s in %s, %s ms after its start and seen %s, is to %s', ([stage, phase, offset, seen, expected]) => {
    expect(nextStep(recordAt(stage, phase, offset), { seen } as Observation, now, defaultTiming).do).toBe(expected);
  });

  test('of a session that was cancelled before anything native was made for it, is to settle', () => {
    const record = aRecord({ created: now, start: now });
    expect(nextStep({ ...record, session: inPhase(record.session, 'CANCELLED', now) }, { seen: 'unknown' }, now, defaultTiming).do).toBe('settle');
  });

  test.for([[-10_000, 'rest', 5_000], [-5_000, 'approach'], [-1, 'approach'], [0, 'start']] as const)('of a prepared session that has something to do 5 s ahead is, %s ms after its start, to %s', ([offset, expected, later]) => {
    const step = nextStep(recordAt('prepared', 'AVAILABLE', offset, { approachAt: now - offset - 5_000 }), { seen: 'unknown' }, now, defaultTiming);
    expect(step).toEqual({ do: expected, ...(later === undefined ? {} : { until: now + later }) });
  });

  test('never prepares or starts a session that was cancelled, or whose payload has ended', () => {
    fc.assert(fc.property(fc.constantFrom(...stages), observations, fc.integer({ min: -4_000_000, max: 4_000_000 }), (stage, seen, offset) => {
      const step = nextStep(recordAt(stage, 'CANCELLED', offset, { approachAt: now }), seen, now, defaultTiming).do;
      expect(['prepare', 'approach', 'start', 'run', 'wait']).not.toContain(step);
    }), { numRuns: 1000 });
  });

  test('never rests before the session is settled, but until a time to come', () => {
    const phases = fc.constantFrom<SessionPhase>('WAITING', 'PREPARING', 'AVAILABLE', 'RUNNING', 'RELEASING');
    fc.assert(fc.property(fc.constantFrom(...stages.filter((stage) => stage !== 'settled')), phases, observations, fc.integer({ min: -4_000_000, max: 4_000_000 }), (stage, phase, seen, offset) => {
      const step = nextStep(recordAt(stage, phase, offset), seen, now, defaultTiming);
      if (step.do === 'rest') expect(step.until).toBeGreaterThan(now);
    }), { numRuns: 1000 });
  });

  test('begins to prepare so early that it is ready at the start', () => {
    const record = aRecord({ created: now, start: now + 7_200_000, preparing: 3_600_000 });
    expect(prepareAt(record, defaultTiming)).toBe(now + 3_600_000 - defaultTiming.margin);
    expect(isWatched(record)).toBe(false);
  });
});

describe('a change of a record', () => {
  test('goes only where the table of transitions allows', () => {
    for (const from of sessionPhases) {
      for (const to of sessionPhases.filter((phase) => phase !== from)) {
        const record = { ...aRecord(), session: inPhase(aSession(), from, now) };
        const move = (): RecordChange => new RecordChange(record, now).to(to);
        if (mayMove(from, to, 'broker')) expect(move().record().session.phase).toBe(to);
        else expect(move).toThrow(RangeError);
      }
    }
  });

  test('shows options while there are any, and components that follow the phase', () => {
    for (const phase of sessionPhases) {
      const session = inPhase(aSession(), phase, now);
      if (isFinal(phase)) expect(session.options).toEqual([]);
      expect(session.executable.phase).not.toBe('');
    }
    expect(inPhase(aSession(), 'RUNNING', now).options).toEqual([{ kind: 'enum', path: 'phase', values: ['CANCELLED'] }]);
    expect(inPhase(aSession(), 'CANCELLED', now, false).executable.phase).toBe('RELEASING');
  });
});
