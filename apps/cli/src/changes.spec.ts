/** Commands that change offers and sessions, that tell why an answer is as it is, and that show what the site has planned. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aSessionUuid, aSetUuid, aWireSession, FakeBroker, json, problem } from '#client/testing';
import { main } from './main.js';
import { CapturedTerminal } from './testing/captured-terminal.js';

let broker: FakeBroker;
let folder: string;
let terminal: CapturedTerminal;
const session = `/sessions/${aSessionUuid}`;

beforeEach(async () => {
  broker = await new FakeBroker().start();
  folder = await mkdtemp(join(tmpdir(), 'eb-cli-'));
  terminal = new CapturedTerminal({ EB_URL: broker.url, XDG_CONFIG_HOME: folder, LANG: 'C.UTF-8' });
});
afterEach(async () => {
  await broker.stop();
  await rm(folder, { recursive: true });
});

const eb = (...argv: readonly string[]): Promise<number> => main(argv, terminal);
const sent = (): readonly unknown[] => broker.calls(`POST ${session}`).map(({ body }) => body);

describe('eb extend', () => {
  it('adds to the length, or sets it', async () => {
    broker.on(`POST ${session}`, json(200, aWireSession('RUNNING')));
    expect(await eb('extend', aSessionUuid, '+30m')).toBe(0);
    expect(await eb('extend', aSessionUuid, '3h')).toBe(0);
    expect(sent()).toEqual([
      { kind: 'uri:integer-delta-update', path: 'duration', delta: 1800, units: 'seconds' }, { kind: 'uri:string-value-update', path: 'duration', value: 'PT3H' },
    ]);
    expect(terminal.stdout).toContain('RUNNING');
  });

  it('ends with 3 and says how far it could go when there is no room', async () => {
    broker.on(`POST ${session}`, problem(409, 'duration can not become 7200s now, only 0s to 5400s'));
    expect(await eb('extend', aSessionUuid, '+1h')).toBe(3);
    expect(terminal.stderr).toContain('only 0s to 5400s');
  });

  it('asks for a length that can be read, and sends nothing before', async () => {
    expect(await eb('extend', aSessionUuid, '+soon')).toBe(2);
    expect(broker.seen).toEqual([]);
  });
});

describe('eb keep', () => {
  it('moves the expiry of an offer by a length, or to an instant', async () => {
    broker.on(`POST ${session}`, json(200, aWireSession('OFFERED')));
    expect(await eb('keep', aSessionUuid, '+10m')).toBe(0);
    expect(await eb('keep', aSessionUuid, '2030-06-03T08:20:00Z')).toBe(0);
    expect(sent()).toEqual([
      { kind: 'uri:integer-delta-update', path: 'expires', delta: 600, units: 'seconds' }, { kind: 'uri:string-value-update', path: 'expires', value: '2030-06-03T08:20:00Z' },
    ]);
  });
});

describe('eb resize', () => {
  it('sends one update for each size', async () => {
    broker.on(`POST ${session}`, json(200, aWireSession('RUNNING')));
    expect(await eb('resize', aSessionUuid, '--cores', '4', '--memory', '16')).toBe(0);
    expect(sent()).toEqual([{ kind: 'uri:integer-value-update', path: 'compute.cores', value: 4 }, { kind: 'uri:integer-value-update', path: 'compute.memory', value: 16 }]);
  });

  it.each([[[], 'nothing is to be changed'], [['--cores', 'many'], "--cores 'many' is not a whole number"], [['--memory', '0'], 'is not a whole number']])('with %j sends nothing and says why', async (flags, why) => {
    expect(await eb('resize', aSessionUuid, ...flags)).toBe(2);
    expect(terminal.stderr).toContain(why);
    expect(broker.seen).toEqual([]);
  });

  it('ends with 3 where the platform can not change sizes', async () => {
    broker.on(`POST ${session}`, problem(409, 'compute.cores can not be changed now (phase RUNNING)'));
    expect(await eb('resize', aSessionUuid, '--cores', '4')).toBe(3);
    expect(terminal.stderr).toContain('can not be changed now');
  });
});

describe('eb explain', () => {
  const explanation = {
    offerset: `http://x/offersets/${aSetUuid}`, created: '2030-06-03T08:00:00Z', result: 'NO', left: 2,
    steps: [
      { step: 'policy', about: 'longest-run', verdict: 'yes', messages: [], facts: [{ name: 'longest', value: 'PT4H' }] },
      { step: 'platform', about: 'here', verdict: 'no', messages: [{ template: '{image} is not allowed here', values: { image: 'evil' } }], facts: [] },
    ],
  };

  it('shows every step with its verdict, reasons and numbers, and how many were left out', async () => {
    broker.on(`GET /offersets/${aSetUuid}/explanation`, json(200, explanation));
    expect(await eb('explain', aSetUuid)).toBe(0);
    expect(terminal.stdout).toMatchInlineSnapshot(`
      "answer: NO
      + policy    longest-run
                    longest PT4H
      - platform  here
                    evil is not allowed here
      … and 2 more
      "
    `);
  });

  it('gives the document to programs', async () => {
    broker.on(`GET /offersets/${aSetUuid}/explanation`, json(200, explanation));
    expect(await eb('-o', 'json', 'explain', aSetUuid)).toBe(0);
    expect(JSON.parse(terminal.stdout)).toEqual(explanation);
  });

  it('ends with 3 on a broker that can not explain', async () => {
    expect(await eb('explain', aSetUuid)).toBe(3);
  });
});

describe('eb capacity', () => {
  const report = { window: { start: '2030-06-03T08:00:00Z', end: '2030-06-03T17:00:00Z' }, step: 'PT3H', pools: [{ pool: 'here/main', total: { cores: 4 }, free: [{ cores: 4 }, { cores: 0 }, { cores: 4 }] }] };
  const entry = (id: string, start: string, end?: string): object => ({ id, kind: 'maintenance', pool: 'here/main', times: [{ start, ...(end === undefined ? {} : { end }) }], forced: false, isWhole: true, note: 'switches', created: '2030-06-01T00:00:00Z' });

  it('lists the changes of capacity that the site has planned for that time', async () => {
    const entries = [entry('now', '2030-06-03T11:00:00Z', '2030-06-03T14:00:00Z'), entry('later', '2030-06-04T11:00:00Z', '2030-06-04T14:00:00Z'), entry('for-good', '2030-06-01T00:00:00Z')];
    broker.on('GET /capacity', json(200, report)).on('GET /admin/calendar', json(200, { entries }));
    expect(await eb('--utc', 'capacity', '--for', '9h')).toBe(0);
    expect(terminal.stdout).toMatch(/changes of capacity in this time:[^]*now +maintenance +here\/main +all +2030-06-03 11:00[^]*for-good/);
    expect(terminal.stdout).not.toContain('later');
  });

  it.each([401, 403, 404])('is shown without them to who may not read the calendar (%i)', async (status) => {
    broker.on('GET /capacity', json(200, report)).on('GET /admin/calendar', problem(status, 'not for you'));
    expect(await eb('capacity', '--for', '9h')).toBe(0);
    expect(terminal.stdout).not.toContain('changes of capacity');
    expect(terminal.stderr).toBe('');
  });
});
