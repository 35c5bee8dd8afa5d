import { describe, expect, it } from 'vitest';
import { BrokerError } from '#model';
import type { Requester, RequesterId } from '#model';
import { HandClock } from '#runtime/testing';
import { Admission } from './admission.js';
import type { AdmissionLimits } from './admission.js';
import { AskLimit } from './ask-limit.js';

const alice: Requester = { id: 'local:alice' as RequesterId, name: 'alice', roles: ['user'], groups: [] };
const bob: Requester = { ...alice, id: 'local:bob' as RequesterId };
const admin: Requester = { ...alice, id: 'local:admin' as RequesterId, roles: ['admin'] };

function anAdmission(limits: Partial<AdmissionLimits>, gauges: { delay?: number } = {}): { admission: Admission; clock: HandClock } {
  const clock = HandClock.at('2030-01-01T00:00:00Z');
  const admission = new Admission({ mostAsks: 100, askWithin: 1_000, ...limits }, clock, {
    steady: () => clock.now(), loopDelay: () => gauges.delay ?? 0, later: (wait, call) => { void clock.sleep(wait).then(call); },
  });
  return { admission, clock };
}

const answered = (): Promise<string> => Promise.resolve('answered');
const outcome = (work: Promise<string>): Promise<string> => work.catch((error: unknown) => (error instanceof BrokerError ? `${error.word} ${error.reasons[0]?.values['retryAfter']}` : String(error)));

describe('admission of asks', () => {
  it('lets a burst of one requester in, then so many a second, and says how long to wait', async () => {
    const { admission, clock } = anAdmission({ requestsPerSecond: 0.5, burst: 2 });
    const first = [await outcome(admission.ask(alice, answered)), await outcome(admission.ask(alice, answered)), await outcome(admission.ask(alice, answered))];
    expect(first).toEqual(['answered', 'answered', 'too-many 2']);
    await clock.advance(2_000);
    expect(await outcome(admission.ask(alice, answered))).toBe('answered');
  });

  it('counts each requester for itself, and administrators not at all', async () => {
    const { admission } = anAdmission({ requestsPerSecond: 1, burst: 1 });
    await admission.ask(alice, answered);
    expect(await outcome(admission.ask(bob, answered))).toBe('answered');
    for (let count = 0; count < 5; count++) expect(await outcome(admission.ask(admin, answered))).toBe('answered');
  });

  it('takes nothing away when the clock is set back', async () => {
    const { admission, clock } = anAdmission({ requestsPerSecond: 1, burst: 2 });
    await admission.ask(alice, answered);
    await clock.moveTo(clock.now() - 3_600_000);
    expect(await outcome(admission.ask(alice, answered))).toBe('answered');
  });

  it('sheds what is beyond the number of asks under way, and goes on when they are answered', async () => {
    const { admission } = anAdmission({ mostAsks: 2 });
    const open: (() => void)[] = [];
    const slow = (): Promise<string> => new Promise((resolve) => { open.push(() => { resolve('answered'); }); });
    const running = [admission.ask(alice, slow), admission.ask(alice, slow)];
    expect(await outcome(admission.ask(bob, answered))).toBe('busy 1');
    for (const end of open) end();
    await Promise.all(running);
    expect(await outcome(admission.ask(bob, answered))).toBe('answered');
  });

  it('answers who comes back too soon when it was told to come, and lets it in if there is room then', async () => {
    const { admission, clock } = anAdmission({ mostAsks: 1 });
    let end = (): void => { /* not begun */ };
    const running = admission.ask(alice, () => new Promise<string>((resolve) => { end = () => { resolve('answered'); }; }));
    const hasty = {};
    expect([await admission.hasRoomFor(hasty), await admission.hasRoomFor({})]).toEqual([false, false]);
    const told: string[] = [];
    const tries = [hasty, hasty].map((connection) => admission.hasRoomFor(connection).then((room) => told.push(String(room))));
    await clock.advance(999);
    expect(told).toEqual([]);
    await clock.advance(1);
    await Promise.all(tries);
    expect(told).toEqual(['false', 'false']);
    const last = admission.hasRoomFor(hasty);
    end();
    await running;
    await clock.advance(1_000);
    expect(await last).toBe(true);
  });

  it('sheds while the process is late with everything', async () => {
    const gauges = { delay: 501 };
    const { admission } = anAdmission({ askWithin: 1_000 }, gauges);
    expect(await outcome(admission.ask(alice, answered))).toBe('busy 1');
    gauges.delay = 10;
    expect(await outcome(admission.ask(alice, answered))).toBe('answered');
  });

  it('gives the place of a failed ask back', async () => {
    const { admission } = anAdmission({ mostAsks: 1 });
    await outcome(admission.ask(alice, () => Promise.reject(new Error('broken'))));
    expect(await outcome(admission.ask(alice, answered))).toBe('answered');
  });
});

describe('the line of asks', () => {
  /** One ask under way at a time; gives what ends the one that is. */
  function aLine(limits: Partial<AdmissionLimits> = {}): ReturnType<typeof anAdmission> & { ask(): Promise<string>; end(): void } {
    const open: (() => void)[] = [];
    const made = anAdmission({ asksAtOnce: 1, mostAsks: 10, askWithin: 1_000, ...limits });
    const slow = (): Promise<string> => new Promise((resolve) => { open.push(() => { resolve('answered'); }); });
    return { ...made, ask: () => outcome(made.admission.ask(alice, slow)), end: () => { open.shift()?.(); } };
  }
  const settled = async (): Promise<void> => { for (let turn = 0; turn < 20; turn++) await Promise.resolve(); };

  it('lets those who wait go on in order as others are answered', async () => {
    const line = aLine();
    const all = [line.ask(), line.ask(), line.ask()];
    for (const one of all) {
      await settled();
      line.end();
      expect(await one).toBe('answered');
    }
  });

  it('sends away who was not let in within half of the time for an answer', async () => {
    const line = aLine();
    const first = line.ask();
    const second = line.ask();
    await settled();
    await line.clock.advance(502);
    expect(await second).toBe('busy 1');
    line.end();
    expect(await first).toBe('answered');
  });

  it('sends away at once who could not be let in in time, by what asks took lately', async () => {
    const line = aLine();
    const first = line.ask();
    await settled();
    await line.clock.advance(4_100);
    line.end();
    await first;
    const next = line.ask();
    expect(() => { line.admission.requireRoom(); }).toThrow(BrokerError);
    expect(await line.ask()).toBe('busy 1');
    line.end();
    expect(await next).toBe('answered');
  });
});

describe('admission of reads', () => {
  it('is limited for each requester by a rate of its own', async () => {
    const { admission, clock } = anAdmission({ readsPerSecond: 2, requestsPerSecond: 1, burst: 1 });
    for (let count = 0; count < 4; count++) admission.read(alice);
    expect(() => { admission.read(alice); }).toThrow('limits.readsPerSecond');
    admission.read(bob);
    expect(await outcome(admission.ask(alice, answered))).toBe('answered');
    await clock.advance(500);
    admission.read(alice);
  });
});

describe('the number of asks under way', () => {
  it('shrinks while answers are late, never below its least, and grows back when they are in time', () => {
    const limit = new AskLimit(100, 1_000);
    let now = 0;
    for (let late = 0; late < 50; late++) {
      now += 2_000;
      limit.enter();
      limit.leave(now - 1_500, now);
    }
    expect(limit.current).toBe(8);
    for (let round = 0; round < 400; round++) {
      let entered = 0;
      while (limit.enter()) entered++;
      for (; entered > 0; entered--) limit.leave(now, now + 10);
    }
    expect(limit.current).toBe(100);
  });

  it('shrinks once for a whole burst of late answers', () => {
    const limit = new AskLimit(100, 1_000);
    for (let count = 0; count < 100; count++) limit.enter();
    for (let count = 0; count < 100; count++) limit.leave(0, 5_000);
    expect(limit.current).toBe(50);
  });
});
