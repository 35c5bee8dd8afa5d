/** Several replicas of a node, as processes on one database: any answers any call, and one that freezes does no harm. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isFinal, kinds } from '#model';
import type { SessionPhase } from '#model';
import { testDatabase } from '#persistence/testing';
import type { TestDatabase } from '#persistence/testing';
import { ReplicaGround, until } from '../../support/replica.js';
import type { Replica } from '../../support/replica.js';

const patience = 120_000;
const config = {
  booking: { grain: 'PT1S', offerExpiry: 'PT1M', spacing: 'PT10S', mostOffers: 2 }, sessions: { lease: 'PT2S', poll: 'PT0.2S' },
  platforms: [{ name: 'stage', type: 'scripted', pools: { main: { cores: 8, memory: 64, storage: 10 } }, history: 'done.jsonl' }],
};

let database: TestDatabase;
let ground: ReplicaGround;
beforeEach(async () => {
  database = await testDatabase();
  ground = await ReplicaGround.make(config);
});
afterEach(async () => {
  await ground.remove();
  await database.drop();
}, patience);

/** By default there is time enough for another replica to take over: a tenth of the length may pass before the start. */
const wish = (script: object, duration = 'PT10M', cores = 1): object => ({
  executable: { kind: kinds.scripted, script }, compute: { kind: kinds.simpleCompute, cores: { min: cores, max: cores } }, schedule: { requested: { duration } },
});

/** What was done natively to a session, in order. */
async function done(session: string): Promise<readonly string[]> {
  const text = await readFile(join(ground.folder, 'state/platforms/stage/done.jsonl'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
  return lines.filter((line) => line['session'] === session).map((line) => ['isPrepared', 'started', 'cancelled'].find((key) => line['did'] === 'note' && key in line) ?? String(line['did']));
}

async function untilFinal(replica: Replica, uuid: string): Promise<Record<string, unknown>> {
  return until(`session ${uuid} is final`, async () => {
    const { body } = await replica.session(uuid);
    const session = body as Record<string, unknown>;
    return isFinal(session['phase'] as SessionPhase) && session;
  });
}

test('any replica answers any call, and whoever is told passes it on', async () => {
  const first = await ground.start(database.url);
  const second = await ground.start(database.url);
  const set = await first.ask(wish({ run: 'forever' }, 'PT1M', 8));
  const uuid = String(set.offers[0].meta.uuid);
  expect((await second.update(uuid, 'ACCEPTED')).status).toBe(200);
  const refused = await first.update(String(set.offers[1].meta.uuid), 'ACCEPTED');
  expect(refused).toMatchObject({ status: 409, body: { session: { phase: 'REJECTED' } } });
  const other = await first.ask(wish({ run: 'PT1S' }, 'PT1M', 8));
  expect(Date.parse(String(other.offers[0].schedule.available.start.instant ?? other.offers[0].schedule.available.start).split('/')[0] ?? '')).toBeGreaterThan(Date.now() + 30_000);
  await until('it runs', async () => (await first.session(uuid)).body.phase === 'RUNNING');
  expect((await first.update(uuid, 'CANCELLED')).body.phase).toBe('CANCELLED');
  expect((await second.session(uuid)).body.phase).toBe('CANCELLED');
  await until('nothing native is left', async () => (await done(uuid)).at(-1) === 'remove');
  expect(await done(uuid)).toEqual(['begin', 'isPrepared', 'started', 'cancelled', 'remove']);
}, patience);

describe('a replica that is frozen past its lease', () => {
  test.each(['prepare:before', 'prepare:after', 'start:before', 'start:after', 'release:before', 'session_save:before', 'session_keep_log:before'])('at %s doubles no step and overwrites nothing when it goes on', async (where) => {
    const nth = where.startsWith('session_save') ? 3 : 1;
    const frozen = await ground.start(database.url, `${where}:${nth}:SIGSTOP`);
    const set = await frozen.ask(wish({ run: 'PT1S', log: ['hello'] }));
    const uuid = String(set.offers[0].meta.uuid);
    // It may freeze before its answer has left, and find then that it was too long away to know.
    const answer = frozen.update(uuid, 'ACCEPTED', patience);
    await until('it is frozen', () => frozen.isFrozen());
    const other = await ground.start(database.url);
    const ended = await untilFinal(other, uuid);
    expect(ended).toMatchObject({ phase: 'COMPLETED' });
    const steps = await done(uuid);
    frozen.wake();
    expect([200, 503]).toContain((await answer).status);
    await until('it answers again', async () => (await frozen.call('GET', '/readyz')).status === 200);
    // Long enough for whatever it was about to do: its next own look.
    const mark = await frozen.accepted(wish({ run: 'PT1S' }));
    await untilFinal(other, mark);
    expect((await other.session(uuid)).body).toEqual(ended);
    expect((await other.call('GET', `/sessions/${uuid}/logs`)).body).toBe('hello\n');
    expect(steps).toEqual(['begin', 'isPrepared', 'started', 'remove']);
    const after = await done(uuid);
    expect(after.filter((step) => step === 'started')).toHaveLength(1);
    expect(after.at(-1)).toBe('remove');
  }, patience);

  test('while it holds the lock of the ledger keeps the others waiting for seconds only', async () => {
    const other = await ground.start(database.url);
    const frozen = await ground.start(database.url, 'take_turn:after:1:SIGSTOP');
    await other.ask(wish({ run: 'PT1S' }));
    // Its own first commit conflicts with the one just made, so it takes a turn for the next.
    const late = frozen.call('POST', '/requests', wish({ run: 'PT1S' }, 'PT20S', 3), { limit: 100_000 });
    await until('it is frozen', () => frozen.isFrozen());
    const waited = await other.call('POST', '/requests', wish({ run: 'PT1S' }));
    expect([303, 503]).toContain(waited.status);
    await until('the others go on', async () => (await other.call('POST', '/requests', wish({ run: 'PT1S' }))).status === 303);
    frozen.wake();
    const { status, body } = await late;
    expect([303, 503]).toContain(status);
    if (status === 303) expect((await other.call('GET', `/offersets/${String(body.uuid ?? body.meta.uuid)}`)).status).toBe(200);
    expect((await frozen.call('POST', '/requests', wish({ run: 'PT1S' }))).status).toBe(303);
  }, patience);
});
