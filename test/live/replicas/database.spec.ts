/** A node whose database fails in every way: no answer lies, readiness says what is wrong, and work resumes by itself. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isFinal, kinds } from '#model';
import type { SessionPhase } from '#model';
import { startEmbedded } from '#persistence';
import type { EmbeddedServer } from '#persistence';
import { silentLog } from '#runtime';
import { ReplicaGround, until } from '../../support/replica.js';
import type { Replica } from '../../support/replica.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const patience = 120_000;
const config = {
  booking: { grain: 'PT1S', offerExpiry: 'PT1M', spacing: 'PT10S', mostOffers: 2 }, sessions: { lease: 'PT2S', poll: 'PT0.2S' },
  platforms: [{ name: 'stage', type: 'scripted', pools: { main: { cores: 8, memory: 64, storage: 10 } } }],
};
const wish = (run: string, cores = 1): object => ({
  executable: { kind: kinds.scripted, script: { run } }, compute: { kind: kinds.simpleCompute, cores: { min: cores, max: cores } },
  schedule: { requested: { duration: { min: 'PT2S', max: 'PT30S' } } },
});

let home: string;
let server: EmbeddedServer;
let url: string;
let proxy: TcpProxy;
let ground: ReplicaGround;
let node: Replica;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'eb-database-'));
  await chmod(home, 0o755);
  server = await startEmbedded({ folder: join(home, 'database'), log: silentLog });
}, patience);
afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true, force: true });
}, patience);

beforeEach(async () => {
  const name = `n${randomUUID().replaceAll('-', '')}`;
  await sql(`create database ${name}`, server.url);
  url = server.url.replace(/\/[^/]*$/, `/${name}`);
  proxy = await TcpProxy.before(url);
  ground = await ReplicaGround.make(config);
  node = await ground.start(proxy.url);
}, patience);
afterEach(async () => {
  await ground.remove();
  await proxy.end();
}, patience);

async function sql<Row extends pg.QueryResultRow>(text: string, at = url): Promise<readonly Row[]> {
  const client = new pg.Client(at);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function ready(): Promise<{ readonly status: number; readonly database: unknown }> {
  const { status, body } = await node.call('GET', '/readyz');
  return { status, database: body.checks.database };
}

const untilReady = (): Promise<unknown> => until('the node is ready', async () => (await ready()).status === 200, 60);
const untilUnready = (): Promise<unknown> => until('the node is not ready', async () => { const { status, database } = await ready(); return status === 503 && String(database); });
const rowsOf = async (table: string): Promise<number> => Number((await sql<{ n: string }>(`select count(*) as n from ${table}`))[0]?.n);

const untilRuns = (uuid: string): Promise<unknown> => until(`session ${uuid} runs`, async () => (await node.session(uuid)).body.phase === 'RUNNING');

/** It may have been too late for it meanwhile, which is said then. */
async function expectTruthfulEnd(uuid: string): Promise<void> {
  const session = await until(`session ${uuid} is over`, async () => {
    const { body } = await node.session(uuid);
    return isFinal(body.phase as SessionPhase) && (body as { phase: string });
  }, 60);
  if (session.phase !== 'COMPLETED') expect(JSON.stringify(session)).toMatch(/too-late|never-ran/);
}

async function expectLifeGoesOn(): Promise<void> {
  await untilReady();
  const uuid = await node.accepted(wish('PT0.5S'));
  await expectTruthfulEnd(uuid);
}

describe('a connection cut in the middle of a commit', () => {
  test.each(['before', 'after'] as const)('%s the database got it: what is answered is what is stored', async (when) => {
    const set = await node.ask(wish('PT0.5S'));
    const uuid = String(set.offers[0].meta.uuid);
    proxy.cutAt = { text: `"session":"${uuid}"`, when };
    const answer = node.update(uuid, 'ACCEPTED');
    await until('the connection is cut', () => Promise.resolve(proxy.cuts > 0));
    proxy.cutAt = undefined;
    expect((await answer).status).toBe(200);
    // Not the booking, which is gone again as soon as the session is over.
    expect(await rowsOf("offer_set where state = 'ACCEPTED'")).toBe(1);
    expect(await rowsOf('session')).toBe(1);
    await expectLifeGoesOn();
  }, patience);

  test.each(['before', 'after'] as const)('%s a cancellation is saved: the answer is true', async (when) => {
    const uuid = await node.accepted(wish('forever'));
    await until('it runs', async () => (await node.session(uuid)).body.phase === 'RUNNING');
    proxy.cutAt = { text: 'CANCELLED', when };
    const answer = node.update(uuid, 'CANCELLED');
    await until('the connection is cut', () => Promise.resolve(proxy.cuts > 0));
    proxy.cutAt = undefined;
    expect((await answer).status).toBe(200);
    expect((await node.session(uuid)).body.phase).toBe('CANCELLED');
    await until('it is settled', async () => (await sql<{ due: string | null }>(`select due from session where id = '${uuid}'`))[0]?.due === null);
  }, patience);
});

test('a database that is away makes the node unready, its answers are refusals that hold, and running sessions are found again', async () => {
  const running = await node.accepted(wish('PT6S'));
  await untilRuns(running);
  proxy.close();
  expect(await untilUnready()).toMatch(/refused|terminated|reset|closed|answer|timeout/i);
  const refused = await node.call('POST', '/requests', wish('PT1S'), { limit: 60_000 });
  expect(refused.status).toBe(503);
  expect((await node.session(running)).status).toBe(503);
  expect(await rowsOf('offer_set')).toBe(1);
  proxy.open();
  await expectLifeGoesOn();
  await expectTruthfulEnd(running);
}, patience);

test('a database server that is killed and comes back is found again', async () => {
  const running = await node.accepted(wish('PT4S'));
  await untilRuns(running);
  process.kill(server.pid(), 'SIGKILL');
  await until('the server is back', () => sql('select 1').then(() => true, () => false));
  await expectLifeGoesOn();
  await expectTruthfulEnd(running);
}, patience);

test('a database that is read-only is told, and nothing is promised on it', async () => {
  const name = new URL(url).pathname.slice(1);
  await sql(`alter database ${name} set default_transaction_read_only = on`, server.url);
  proxy.close();
  proxy.open();
  expect(await untilUnready()).toContain('read-only');
  expect((await node.call('POST', '/requests', wish('PT1S'))).status).toBe(503);
  expect(await rowsOf('offer_set')).toBe(0);
  await sql(`alter database ${name} set default_transaction_read_only = off`, server.url);
  proxy.close();
  proxy.open();
  await expectLifeGoesOn();
}, patience);

/** A disk that is full, as far as a statement can see: it raises what PostgreSQL raises. */
test('a database without room is told, refuses truthfully, and is used again when there is room', async () => {
  const uuid = await node.accepted(wish('PT1S'));
  await sql(`create function no_room() returns trigger language plpgsql as $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
    create trigger no_room before insert on ledger_log execute function no_room()`);
  const refused = await node.call('POST', '/requests', wish('PT1S'));
  expect(refused.status).toBe(503);
  expect(await untilUnready()).toContain('No space left');
  expect(await rowsOf('offer_set')).toBe(1);
  await sql('drop trigger no_room on ledger_log');
  await expectLifeGoesOn();
  await expectTruthfulEnd(uuid);
}, patience);

test('a slow database makes the node slow, not wrong; one that does not answer makes it unready', async () => {
  proxy.delay = 100;
  const uuid = await node.accepted(wish('PT0.5S'));
  expect((await ready()).status).toBe(200);
  proxy.delay = 4_000;
  expect(await untilUnready()).toContain('did not answer');
  proxy.delay = 0;
  await expectLifeGoesOn();
  await expectTruthfulEnd(uuid);
}, patience);

/** What others book leaves room for one more at once, so that nothing here has to wait for the end of an open offer. */
test('a replica that slept while others worked goes on with what they left', async () => {
  const other = await ground.start(url);
  await node.ask(wish('PT1S'));
  node.freeze();
  const long = { ...wish('forever', 6), schedule: { requested: { duration: 'PT40S' } } };
  const running = await other.accepted(long);
  const [booked] = await sql<{ until: string }>(`select ends as until from booking where session = '${running}'`);
  await sql('delete from ledger_log l where version < (select max(version) from ledger_log)');
  node.wake();
  await untilReady();
  const beside = await node.ask(wish('PT1S', 3));
  expect(Date.parse(String(beside.offers[0].schedule.available.start).split('/')[0] ?? '')).toBeGreaterThanOrEqual(Number(booked?.until));
  await expectLifeGoesOn();
  expect(node.log).toContain('slept longer than the log is kept');
}, patience);
