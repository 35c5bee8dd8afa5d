/** An aggregator or a member that is killed while the member is accepting: what became of it is found out, and nobody is told what is not true. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import pg from 'pg';
import { request } from 'undici';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, json } from '#client/testing';
import type { Reply } from '#client/testing';
import { testDatabase } from '#persistence/testing';
import { freePort } from '../support/free-port.js';
import type { Json } from '../support/node.js';
import { ReplicaGround, until } from '../support/replica.js';
import { aRequest } from '../support/requests.js';

const cleanings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const clean of cleanings.splice(0).reverse()) await clean();
});

interface Process { readonly url: string; kill(): Promise<void> }

async function start(file: string, databaseUrl: string): Promise<Process> {
  const env = { PATH: process.env['PATH'], DATABASE_URL: databaseUrl, EB_STATE: `${file}.state` };
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/aggregator/src/main.ts', '--config', file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
  const ended = new Promise<void>((resolve) => { child.once('exit', () => { resolve(); }); });
  const kill = async (): Promise<void> => { child.kill('SIGKILL'); await ended; };
  cleanings.push(kill);
  const url = await until(`it listens: ${said}`, () => Promise.resolve(/"url":"([^"]+)"/.exec(said)?.[1]), 120);
  return { url, kill };
}

async function call(method: 'GET' | 'POST', url: string, body?: unknown): Promise<Json> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return (await request(url, { method, headers: { accept: 'application/json', 'content-type': 'application/json' }, ...sent })).body.json();
}

const ahead = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
const route = `/sessions/${aSessionUuid}`;

/** A member with one offer that can be accepted now. */
async function member(): Promise<{ readonly broker: FakeBroker; readonly session: (phase: 'ACCEPTED' | 'REJECTED') => Reply }> {
  const schedule = { preparing: { start: ahead(9), duration: 'PT1M' }, available: { start: `${ahead(10)}/PT0S`, duration: 'PT1H' }, releasing: { start: ahead(70), duration: 'PT1S' } };
  const broker = await new FakeBroker().start();
  cleanings.push(() => broker.stop());
  broker.on('POST /requests', json(200, aWireOfferSet([aWireSession('OFFERED', { schedule, expires: ahead(5) })])));
  return { broker, session: (phase) => json(200, aWireSession(phase, { schedule })) };
}

async function configure(members: readonly { readonly url: string }[]): Promise<{ readonly file: string; readonly databaseUrl: string }> {
  const database = await testDatabase();
  cleanings.push(() => database.drop());
  const folder = await mkdtemp(join(tmpdir(), 'eb-aggregator-'));
  cleanings.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'aggregator.json');
  const named = members.map((one, index) => ({ name: `f${index + 1}`, url: one.url }));
  await writeFile(file, JSON.stringify({ http: { port: 0 }, access: { anonymous: true }, federation: { deadline: 'PT30S', callWithin: 'PT2S' }, members: named }));
  return { file, databaseUrl: database.url };
}

/** Keeps everybody else from writing to the aggregator's sets. */
async function lockFor(databaseUrl: string): Promise<{ take(): Promise<void>; isWaitedFor(): Promise<boolean>; giveBack(): Promise<void> }> {
  const [holder, watcher] = [new pg.Client(databaseUrl), new pg.Client(databaseUrl)];
  for (const one of [holder, watcher]) {
    await one.connect();
    cleanings.push(() => one.end());
  }
  return {
    take: async () => { await holder.query('begin; lock table federated_set in share mode'); },
    isWaitedFor: async () => (await watcher.query("select from pg_locks where not granted and relation = 'federated_set'::regclass")).rowCount === 1,
    // What waited may not go on by itself: the database hears late that nobody is there any more.
    giveBack: async () => {
      await watcher.query("select pg_terminate_backend(pid) from pg_locks where not granted and relation = 'federated_set'::regclass");
      await holder.query('rollback');
    },
  };
}

/** Seconds until one that has just been started has asked again, on a busy machine. */
const patience = 180;

const accept = { kind: 'uri:enum-value-update', path: 'phase', value: 'ACCEPTED' };

describe('an aggregator that is killed with an acceptance under way', () => {
  it('leaves no accepted session unknown', async () => {
    const { broker, session } = await member();
    broker.on(`POST ${route}`, () => undefined);
    broker.on(`GET ${route}`, session('ACCEPTED'));
    const { file, databaseUrl } = await configure([broker]);
    const first = await start(file, databaseUrl);
    const set = await call('POST', `${first.url}/requests`, aRequest().build());
    const uuid = String(set.offers[0].meta.uuid);
    const lost = call('POST', `${first.url}/sessions/${uuid}`, accept).catch((error: unknown) => error);
    await until('the member is told', () => Promise.resolve(broker.calls(`POST ${route}`).length === 1));
    await first.kill();
    expect(await lost).toBeInstanceOf(Error);
    const second = await start(file, databaseUrl);
    await until('the session is known', async () => (await call('GET', `${second.url}/sessions`)).sessions.length === 1, patience);
    expect((await call('GET', `${second.url}/sessions/${uuid}`)).phase).toBe('ACCEPTED');
  }, 300_000);

  it('has told nobody anything before it has written down what it intends: the offer is as it was', async () => {
    const { broker, session } = await member();
    broker.on(`POST ${route}`, session('ACCEPTED'));
    broker.on(`GET ${route}`, session('ACCEPTED'));
    const { file, databaseUrl } = await configure([broker]);
    const first = await start(file, databaseUrl);
    const uuid = String((await call('POST', `${first.url}/requests`, aRequest().build())).offers[0].meta.uuid);
    const lock = await lockFor(databaseUrl);
    await lock.take();
    const lost = call('POST', `${first.url}/sessions/${uuid}`, accept).catch((error: unknown) => error);
    await until('it waits to write', () => lock.isWaitedFor());
    await first.kill();
    await lock.giveBack();
    expect(await lost).toBeInstanceOf(Error);
    expect(broker.calls(`POST ${route}`)).toHaveLength(0);
    const second = await start(file, databaseUrl);
    expect((await call('GET', `${second.url}/sessions/${uuid}`)).phase).toBe('OFFERED');
    expect((await call('POST', `${second.url}/sessions/${uuid}`, accept)).phase).toBe('ACCEPTED');
  }, 300_000);

  it('is gone on for by another replica that never stopped', async () => {
    const { broker, session } = await member();
    broker.on(`POST ${route}`, () => undefined);
    broker.on(`GET ${route}`, session('ACCEPTED'));
    const { file, databaseUrl } = await configure([broker]);
    const [killed, other] = await Promise.all([start(file, databaseUrl), start(file, databaseUrl)]);
    const uuid = String((await call('POST', `${killed.url}/requests`, aRequest().build())).offers[0].meta.uuid);
    const lost = call('POST', `${killed.url}/sessions/${uuid}`, accept).catch((error: unknown) => error);
    await until('the member is told', () => Promise.resolve(broker.calls(`POST ${route}`).length === 1));
    await killed.kill();
    expect(await lost).toBeInstanceOf(Error);
    await until('the session is known', async () => (await call('GET', `${other.url}/sessions`)).sessions.length === 1, patience);
    expect((await call('GET', `${other.url}/sessions/${uuid}`)).phase).toBe('ACCEPTED');
  }, 300_000);

  it('knows the member\'s word again that it had no time to write down', async () => {
    const { broker, session } = await member();
    const { file, databaseUrl } = await configure([broker]);
    const first = await start(file, databaseUrl);
    const set = await call('POST', `${first.url}/requests`, aRequest().build());
    const uuid = String(set.offers[0].meta.uuid);
    const lock = await lockFor(databaseUrl);
    // The intent is written by now; nothing more is, until the lock is gone.
    broker.on(`POST ${route}`, (seen, response) => { void lock.take().then(() => { session('ACCEPTED')(seen, response); }); });
    broker.on(`GET ${route}`, session('ACCEPTED'));
    const lost = call('POST', `${first.url}/sessions/${uuid}`, accept).catch((error: unknown) => error);
    await until('it waits to write', () => lock.isWaitedFor());
    await first.kill();
    await lock.giveBack();
    expect(await lost).toBeInstanceOf(Error);
    const second = await start(file, databaseUrl);
    await until('the session is known', async () => (await call('GET', `${second.url}/sessions`)).sessions.length === 1, patience);
    expect((await call('GET', `${second.url}/sessions/${uuid}`)).phase).toBe('ACCEPTED');
  }, 300_000);

  it('gives back the siblings of what was accepted, where it was killed before it could', async () => {
    const [chosen, sibling] = [await member(), await member()];
    chosen.broker.on(`POST ${route}`, chosen.session('ACCEPTED'));
    chosen.broker.on(`GET ${route}`, chosen.session('ACCEPTED'));
    sibling.broker.on(`POST ${route}`, () => undefined, sibling.session('REJECTED'));
    const { file, databaseUrl } = await configure([chosen.broker, sibling.broker]);
    const first = await start(file, databaseUrl);
    const set = await call('POST', `${first.url}/requests`, aRequest().build());
    // Which member an offer is of shows only in the explanation.
    const { steps } = await call('GET', `${first.url}/offersets/${set.meta.uuid}/explanation`);
    const uuid = String(steps.find((one: Json) => one.step === 'offer' && one.facts.some((fact: Json) => fact.name === 'member' && fact.value === 'f1')).about);
    expect((await call('POST', `${first.url}/sessions/${uuid}`, accept)).phase).toBe('ACCEPTED');
    await until('the sibling is told', () => Promise.resolve(sibling.broker.calls(`POST ${route}`).length === 1));
    await first.kill();
    const second = await start(file, databaseUrl);
    await until('the sibling is told again', () => Promise.resolve(sibling.broker.calls(`POST ${route}`).length > 1), patience);
    expect((await call('GET', `${second.url}/sessions/${uuid}`)).phase).toBe('ACCEPTED');
  }, 300_000);
});

describe('a member that is killed while it accepts', () => {
  it.each([
    ['before', 'an offer that never became a session is taken back', /^REJECTED$/],
    ['after', 'the session is known, here as there', /^(ACCEPTED|WAITING)$/],
  ])('%s the commit, and comes back: %s', async (when, _becomes, phase) => {
    const database = await testDatabase();
    cleanings.push(() => database.drop());
    const port = await freePort();
    const ground = await ReplicaGround.make({ http: { port }, platforms: [{ name: 'stage', type: 'scripted' }] });
    cleanings.push(() => ground.remove());
    // The node commits once as it starts and once for the offer.
    const killed = await ground.start(database.url, `commit_batch:${when}:3:SIGKILL`);
    const { file, databaseUrl } = await configure([{ url: `http://127.0.0.1:${port}` }]);
    const aggregator = await start(file, databaseUrl);
    const whole = aRequest().cores(16).from(`${ahead(20)}/PT5M`).build();
    const set = await call('POST', `${aggregator.url}/requests`, whole);
    const { uuid } = set.offers[0].meta;
    const told = await call('POST', `${aggregator.url}/sessions/${uuid}`, accept);
    expect(told.status).toBe(503);
    await until('the member is killed', () => Promise.resolve(killed.isOver));
    const again = await ground.start(database.url);
    const settled = await until('it is found out', async () => [(await call('GET', `${aggregator.url}/sessions/${uuid}`)).phase as string].find((phase) => phase !== 'OFFERED'), patience);
    expect(settled).toMatch(phase);
    const isKept = when === 'after';
    expect((await again.call('GET', '/sessions')).body.sessions).toHaveLength(isKept ? 1 : 0);
    expect((await again.call('POST', '/requests', whole)).body.result).toBe(isKept ? 'NO' : 'YES');
  }, 300_000);
});
