/** A node killed at every point of the lives of its containers. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testDatabase } from '#persistence/testing';
import type { TestDatabase } from '#persistence/testing';
import { KillChain, killPoints, shortLives } from '../../support/kill-chain.js';
import { ReplicaGround } from '../../support/replica.js';
import { config, leftOfSession, sh, socket } from './bed.js';

const patience = 600_000;

let database: TestDatabase;
let ground: ReplicaGround;
beforeEach(async () => {
  database = await testDatabase();
  ground = await ReplicaGround.make({ ...shortLives, platforms: [{ ...config, name: 'here', type: 'local', cores: 16, memory: 64, containers: { ...config.containers, socket: `unix://${socket}` } }] });
});
afterEach(async () => {
  await ground.remove();
  await database.drop();
}, patience);

test('nothing acknowledged is lost, nothing runs twice, and the runtime has no container or volume left', async () => {
  const chain = new KillChain({ databaseUrl: database.url, ground, platform: 'here' });
  const told = await chain.liveThrough(killPoints, sh('sleep 300'));
  expect(told.length).toBeGreaterThan(0);
  await chain.expectNothingLeft();
  const left = await Promise.all((await chain.sessions()).map(leftOfSession));
  expect(left.flat()).toEqual([]);
}, patience);
