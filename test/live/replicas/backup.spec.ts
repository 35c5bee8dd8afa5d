/** A copy made of a node that runs, and what going back to it does to sessions that went on meanwhile. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFinal, kinds } from '#model';
import type { SessionPhase } from '#model';
import { SystemPostgres, systemPostgres } from '../../support/postgres-of-the-system.js';
import { ReplicaGround, until } from '../../support/replica.js';
import type { Replica } from '../../support/replica.js';

const patience = 240_000;
const programs = await systemPostgres();
const config = {
  booking: { grain: 'PT1S', offerExpiry: 'PT1M', spacing: 'PT10S', mostOffers: 2 }, sessions: { lease: 'PT2S', poll: 'PT0.2S' },
  platforms: [{ name: 'stage', type: 'scripted', history: 'done.jsonl' }],
};
const wish = (run: string): object => ({
  executable: { kind: kinds.scripted, script: { run } }, compute: { kind: kinds.simpleCompute, cores: { min: 1, max: 1 } }, schedule: { requested: { duration: 'PT4M' } },
});

describe.skipIf(programs === undefined)('a node that goes back to a copy made while it ran', () => {
  let server: SystemPostgres;
  let ground: ReplicaGround;
  beforeAll(async () => {
    server = await SystemPostgres.start(programs ?? '');
    ground = await ReplicaGround.make(config);
  }, patience);
  afterAll(async () => {
    await ground.remove();
    await server.stop();
  }, patience);

  const phaseOf = async (node: Replica, uuid: string): Promise<SessionPhase> => (await node.session(uuid)).body.phase as SessionPhase;

  test('finds what runs still, fails what is gone, does not know what came later, and starts nothing twice', async () => {
    await server.sql('create database before');
    const node = await ground.start(server.url('before'));
    const staying = await node.accepted(wish('forever'));
    const ending = await node.accepted(wish('PT5S'));
    for (const uuid of [staying, ending]) await until(`${uuid} runs`, async () => await phaseOf(node, uuid) === 'RUNNING', 60);
    const file = await server.dump('before');
    const later = await node.accepted(wish('forever'));
    await until('the later one runs', async () => await phaseOf(node, later) === 'RUNNING', 60);
    await until('one is over', async () => await phaseOf(node, ending) === 'COMPLETED', 60);
    await node.kill();
    await server.restore(file, 'after');

    const again = await ground.start(server.url('after'));
    expect((await again.session(later)).status).toBe(404);
    const ended = await until('what is gone has an end', async () => isFinal(await phaseOf(again, ending)) && again.session(ending), 60);
    expect(ended.body).toMatchObject({ phase: 'FAILED' });
    expect(JSON.stringify(ended.body)).toContain('vanished');
    expect(await phaseOf(again, staying)).toBe('RUNNING');
    expect((await again.update(staying, 'CANCELLED')).status).toBe(200);
    const folder = join(ground.folder, 'state/platforms/stage');
    await until('only what nobody owns is left on the platform', async () => (await readdir(join(folder, 'sessions'))).join() === `${later}.jsonl`, 60);
    const starts = (await readFile(join(folder, 'done.jsonl'), 'utf8')).split('\n').filter((line) => line.includes('"started"'));
    expect(starts.filter((line) => line.includes(staying))).toHaveLength(1);
    expect(starts).toHaveLength(3);
  }, patience);
});
