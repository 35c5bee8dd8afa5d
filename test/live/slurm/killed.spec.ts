/** A node killed at every point of the lives of its jobs, also between a submission and the record of it. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '#persistence/testing';
import type { TestDatabase } from '#persistence/testing';
import { KillChain, killPoints, shortLives } from '../../support/kill-chain.js';
import { ReplicaGround } from '../../support/replica.js';
import { bedConfig, leftOf, sh } from './bed.js';

const patience = 600_000;
const instance = `killed-${process.pid}`;
const config = bedConfig(instance, { users: { asUser: ['runuser', '-u', '{user}', '--'], map: { '*': { user: 'alice' } } }, reservations: { style: 'cores' }, preparing: 'PT2S' });
/** Every payload that runs adds its session. */
const ran = `${config.folder}.ran`;

let database: TestDatabase;
let ground: ReplicaGround;
beforeEach(async () => {
  await mkdir(config.folder, { recursive: true });
  await writeFile(ran, '');
  await chmod(ran, 0o666);
  database = await testDatabase();
  ground = await ReplicaGround.make({ ...shortLives, platforms: [{ ...config, name: instance, type: 'slurm' }] });
}, patience);
afterEach(async () => {
  await ground.remove();
  await database.drop();
}, patience);

test('nothing acknowledged is lost, nothing runs twice, and the cluster has no job, reservation or folder left', async () => {
  const chain = new KillChain({ databaseUrl: database.url, ground, platform: instance, excuses: /too-late|never-ran|timeout|time-limit/ });
  const told = await chain.liveThrough(killPoints, sh(`echo "$EB_SESSION" >>${ran}; sleep 300`));
  expect(told.length).toBeGreaterThan(0);
  await chain.expectNothingLeft();
  await expect.poll(() => leftOf(instance, config.folder), { timeout: 60_000, interval: 500 }).toEqual([]);
  const sessions = (await readFile(ran, 'utf8')).split('\n').filter((line) => line !== '');
  expect(sessions.length).toBeGreaterThan(0);
  expect(new Set(sessions).size).toBe(sessions.length);
}, patience);
