/** A node killed at every point of its sessions' lives, one point after the other on one database, and what is left in the end. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isFinal, kinds } from '#model';
import type { SessionPhase } from '#model';
import { testDatabase } from '#persistence/testing';
import type { TestDatabase } from '#persistence/testing';
import { ReplicaGround, until } from '../../support/replica.js';
import type { Replica } from '../../support/replica.js';

const patience = 300_000;
const steps = ['prepare', 'start', 'cancel', 'release'].flatMap((step) => [`${step}:before`, `${step}:after`]);
/** The n-th time that a statement is sent: accepting, giving back, claiming, saving. */
const statements = ['commit_batch:after:2', 'commit_batch:before:3', 'session_claim:after:1', 'session_save:before:2', 'session_save:after:5'];

const shared = { booking: { grain: 'PT1S', offerExpiry: 'PT5S', spacing: 'PT10S', mostOffers: 2 }, sessions: { lease: 'PT1S', poll: 'PT0.2S' } };
const scripted = { name: 'stage', type: 'scripted', history: 'done.jsonl' };
const local = { name: 'stage', type: 'local', cores: 16, memory: 64, storage: 10, process: { commands: { sleep: { path: 'sleep' } } }, containers: { enabled: 'off' } };

let database: TestDatabase;
let ground: ReplicaGround;
beforeEach(async () => { database = await testDatabase(); });
afterEach(async () => {
  await ground.remove();
  await database.drop();
}, patience);

const wish = (executable: object): object => ({
  executable, compute: { kind: kinds.simpleCompute, cores: { min: 1, max: 1 } }, schedule: { requested: { duration: { min: 'PT1S', max: 'PT2S' } } },
});

/** Never ends by itself, so that its time limit cancels it. Nothing comes back when the node dies before it can answer. */
async function tryToAccept(replica: Replica, executable: object): Promise<string | undefined> {
  return replica.accepted(wish(executable)).catch(async (error: unknown) => {
    await until(`the node died of its fault, not of ${String(error)}`, () => Promise.resolve(replica.isOver), 5);
    return undefined;
  });
}

/** Kills a node at each point in turn; gives the sessions that clients were told of, when everything has come to rest. */
async function liveThrough(points: readonly string[], executable: object): Promise<readonly string[]> {
  const told: string[] = [];
  for (const point of points) {
    // What earlier ones left may bring it to its fault before it listens.
    const replica = await ground.start(database.url, point).catch((error: unknown) => {
      expect(String(error)).toContain('ended before it listened');
      return undefined;
    });
    if (!replica) continue;
    const session = await tryToAccept(replica, executable);
    if (session !== undefined) told.push(session);
    await until(`the node is killed at ${point}`, () => Promise.resolve(replica.isOver), 60);
  }
  const last = await ground.start(database.url);
  for (const session of told) {
    await until(`session ${session} is over`, async () => {
      const { status, body } = await last.session(session);
      expect(status).toBe(200);
      return isFinal(body.phase as SessionPhase);
    }, 60);
  }
  await until('nothing is due and nothing is held', async () => (await count("select (select count(*) from session where due is not null) + (select count(*) from offer_set where state = 'OFFERED')")) === 0, 60);
  return told;
}

async function read<Row extends pg.QueryResultRow>(sql: string): Promise<readonly Row[]> {
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query<Row>(sql);
  await client.end();
  return rows;
}

async function count(sql: string): Promise<number> {
  const [row] = await read<Record<string, string>>(sql);
  return Number(Object.values(row ?? {})[0]);
}

async function expectNothingLeft(): Promise<void> {
  expect(await read("select id, phase from session where document::json->'work'->>'stage' <> 'settled' or phase not in ('COMPLETED', 'FAILED') or lease_by is not null")).toEqual([]);
  expect(await count(`select count(*) from booking where ends > ${Date.now()}`)).toBe(0);
  expect(await count("select count(*) from (select session, number, row_number() over (partition by session order by number) n from session_event) e where number <> n")).toBe(0);
  expect(await count("select count(*) from (select session from session_event where event->>'kind' = 'phase' and event->>'phase' = 'RUNNING' group by session having count(*) > 1) e")).toBe(0);
  const late = await read<{ words: string }>("select document::json->'session'->>'messages' as words from session where phase = 'FAILED'");
  for (const { words } of late) expect(words).toMatch(/too-late|never-ran/);
  const folder = join(ground.folder, 'state/platforms/stage');
  const left = ['sessions', 'data', 'bells'].map((name) => join(folder, name)).filter((place) => existsSync(place)).flatMap((place) => readdirSync(place));
  expect(left).toEqual([]);
}

/** Processes of this machine that carry one of these sessions in their environment. */
function processesOf(sessions: readonly string[]): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/environ`)) return false;
    const environment = environmentOf(pid);
    return sessions.some((session) => environment.includes(`EB_SESSION=${session}`));
  });
}

/** Empty for a process that ended meanwhile. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch (error) {
    expect(['ENOENT', 'ESRCH', 'EACCES']).toContain((error as NodeJS.ErrnoException).code);
    return '';
  }
}

test('on the scripted platform nothing acknowledged is lost, nothing is started twice, nothing is left', async () => {
  ground = await ReplicaGround.make({ ...shared, platforms: [scripted] });
  const told = await liveThrough([...steps, ...statements], { kind: kinds.scripted, script: { run: 'forever', log: ['hello'] } });
  expect(told.length).toBeGreaterThan(0);
  await expectNothingLeft();
  const done = (await readFile(join(ground.folder, 'state/platforms/stage/done.jsonl'), 'utf8')).split('\n').filter((line) => line.includes('"started"'));
  const starts = done.map((line) => (JSON.parse(line) as { session: string }).session);
  expect(new Set(starts).size).toBe(starts.length);
}, patience);

test('on this machine no process, file or booking is left either', async () => {
  ground = await ReplicaGround.make({ ...shared, platforms: [local] });
  const told = await liveThrough(steps, { kind: kinds.localProcess, command: ['sleep', '300'] });
  expect(told.length).toBeGreaterThan(0);
  await expectNothingLeft();
  const all = await read<{ id: string }>('select id from session');
  expect(processesOf(all.map(({ id }) => id))).toEqual([]);
}, patience);
