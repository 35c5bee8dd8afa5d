/** An aggregator that is killed while a member is accepting: the next one knows what became of it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { FakeBroker, aSessionUuid, aWireOfferSet, aWireSession, json } from '#client/testing';
import { testDatabase } from '#persistence/testing';
import type { Json } from '../support/node.js';
import { until } from '../support/replica.js';
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
  const url = await until(`it listens: ${said}`, () => Promise.resolve(/"url":"([^"]+)"/.exec(said)?.[1]), 40);
  return { url, kill };
}

async function call(method: 'GET' | 'POST', url: string, body?: unknown): Promise<Json> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return (await request(url, { method, headers: { accept: 'application/json', 'content-type': 'application/json' }, ...sent })).body.json();
}

describe('an aggregator that is killed with an acceptance under way', () => {
  it('leaves no accepted session unknown', async () => {
    const ahead = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
    const schedule = { preparing: { start: ahead(9), duration: 'PT1M' }, available: { start: `${ahead(10)}/PT0S`, duration: 'PT1H' }, releasing: { start: ahead(70), duration: 'PT1S' } };
    const member = await new FakeBroker().start();
    cleanings.push(() => member.stop());
    member.on('POST /requests', json(200, aWireOfferSet([aWireSession('OFFERED', { schedule, expires: ahead(5) })])));
    member.on(`POST /sessions/${aSessionUuid}`, () => undefined);
    member.on(`GET /sessions/${aSessionUuid}`, json(200, aWireSession('ACCEPTED', { schedule })));
    const database = await testDatabase();
    cleanings.push(() => database.drop());
    const folder = await mkdtemp(join(tmpdir(), 'eb-aggregator-'));
    cleanings.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'aggregator.json');
    await writeFile(file, JSON.stringify({ http: { port: 0 }, access: { anonymous: true }, federation: { callWithin: 'PT1S' }, members: [{ name: 'f1', url: member.url }] }));
    const first = await start(file, database.url);
    const set = await call('POST', `${first.url}/requests`, aRequest().build());
    const uuid = String(set.offers[0].meta.uuid);
    const lost = call('POST', `${first.url}/sessions/${uuid}`, { kind: 'uri:enum-value-update', path: 'phase', value: 'ACCEPTED' }).catch((error: unknown) => error);
    await until('the member is told', () => Promise.resolve(member.calls(`POST /sessions/${aSessionUuid}`).length === 1));
    await first.kill();
    expect(await lost).toBeInstanceOf(Error);
    const second = await start(file, database.url);
    await until('the session is known', async () => (await call('GET', `${second.url}/sessions`)).sessions.length === 1);
    expect((await call('GET', `${second.url}/sessions/${uuid}`)).phase).toBe('ACCEPTED');
  }, 120_000);
});
