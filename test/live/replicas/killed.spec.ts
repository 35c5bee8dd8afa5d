/** A node killed at every point of its sessions' lives: on the scripted platform, and with processes of this machine. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { kinds } from '#model';
import { testDatabase } from '#persistence/testing';
import type { TestDatabase } from '#persistence/testing';
import { KillChain, killPoints, shortLives } from '../../support/kill-chain.js';
import { ReplicaGround } from '../../support/replica.js';

const patience = 300_000;
/** The n-th time that a statement is sent: accepting, giving back, claiming, saving. */
const statements = ['commit_batch:after:2', 'commit_batch:before:3', 'session_claim:after:1', 'session_save:before:2', 'session_save:after:5'];

const scripted = { name: 'stage', type: 'scripted', history: 'done.jsonl' };
const local = { name: 'stage', type: 'local', cores: 16, memory: 64, storage: 10, process: { commands: { sleep: { path: 'sleep' } } }, containers: { enabled: 'off' } };

let database: TestDatabase;
let ground: ReplicaGround;
beforeEach(async () => { database = await testDatabase(); });
afterEach(async () => {
  await ground.remove();
  await database.drop();
}, patience);

async function chainOn(platform: object): Promise<KillChain> {
  ground = await ReplicaGround.make({ ...shortLives, platforms: [platform] });
  return new KillChain({ databaseUrl: database.url, ground, platform: 'stage' });
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
  const chain = await chainOn(scripted);
  const told = await chain.liveThrough([...killPoints, ...statements], { kind: kinds.scripted, script: { run: 'forever', log: ['hello'] } });
  expect(told.length).toBeGreaterThan(0);
  await chain.expectNothingLeft();
  const done = (await readFile(join(ground.folder, 'state/platforms/stage/done.jsonl'), 'utf8')).split('\n').filter((line) => line.includes('"started"'));
  const starts = done.map((line) => (JSON.parse(line) as { session: string }).session);
  expect(new Set(starts).size).toBe(starts.length);
}, patience);

test('on this machine no process, file or booking is left either', async () => {
  const chain = await chainOn(local);
  const told = await chain.liveThrough(killPoints, { kind: kinds.localProcess, command: ['sleep', '300'] });
  expect(told.length).toBeGreaterThan(0);
  await chain.expectNothingLeft();
  expect(processesOf(await chain.sessions())).toEqual([]);
}, patience);
