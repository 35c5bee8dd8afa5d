/** A node whose database has a disk of its own that really fills up: for root, who may mount one. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kinds } from '#model';
import { startEmbedded } from '#persistence';
import type { EmbeddedServer } from '#persistence';
import { silentLog } from '#runtime';
import { ReplicaGround, until } from '../../support/replica.js';
import type { Replica } from '../../support/replica.js';

const run = promisify(execFile);
const patience = 240_000;
/** A fresh server takes about half of it; what is left is filled. */
const diskMegabytes = 192;
const config = {
  booking: { grain: 'PT1S', offerExpiry: 'PT10M', spacing: 'PT10S', mostOffers: 2 }, sessions: { lease: 'PT2S', poll: 'PT0.2S' },
  platforms: [{ name: 'stage', type: 'scripted' }],
};
const wish = { executable: { kind: kinds.scripted, script: { run: 'PT1S' } }, compute: { kind: kinds.simpleCompute, cores: { min: 1, max: 1 } }, schedule: { requested: { duration: 'PT1M' } } };

/** False where nobody may mount, as in most containers. */
async function mounted(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  return run('mount', ['-t', 'tmpfs', '-o', `size=${diskMegabytes}m,mode=755`, 'tmpfs', folder]).then(() => true, () => false);
}

const home = await mkdtemp(join(tmpdir(), 'eb-full-disk-'));
await chmod(home, 0o755);
const disk = join(home, 'disk');
const isDisk = await mounted(disk);
if (!isDisk) await rm(home, { recursive: true });

describe.skipIf(!isDisk)('a disk that is full', () => {
  let server: EmbeddedServer;
  let ground: ReplicaGround;
  let node: Replica;
  beforeAll(async () => {
    server = await startEmbedded({ folder: join(disk, 'database'), log: silentLog });
    ground = await ReplicaGround.make(config);
    node = await ground.start(server.url);
  }, patience);
  afterAll(async () => {
    await ground.remove();
    await server.stop();
    await run('umount', [disk]);
    await rm(home, { recursive: true, force: true });
  }, patience);

  const ready = async (): Promise<boolean> => (await node.call('GET', '/readyz')).status === 200;

  /** All that is left, by a file that can be removed again. */
  async function fill(): Promise<string> {
    const ballast = join(disk, 'ballast');
    const { bavail, bsize } = await statfs(disk);
    await writeFile(ballast, Buffer.alloc(bavail * bsize));
    return ballast;
  }

  test('makes the node refuse and turn unready; nothing that it kept is lost, and with room again it goes on by itself', async () => {
    const kept: string[] = [];
    const ask = async (): Promise<number> => {
      const { status, body } = await node.call('POST', '/requests', wish, { limit: 60_000 });
      if (status === 303 && body.result === 'YES') kept.push(String(body.meta.uuid));
      return status;
    };
    expect(await ask()).toBe(303);
    const ballast = await fill();
    // The log of the database has room in the segment that it has; then not one row goes in.
    const refused = await until('an ask is refused', async () => { const status = await ask(); return status !== 303 && status; }, 90);
    expect(refused).toBe(503);
    await until('the node is not ready', async () => !await ready());
    expect((await node.call('GET', '/healthz')).status).toBe(200);

    await rm(ballast);
    await until('the node is ready again', ready, 90);
    expect(await node.accepted(wish)).toMatch(/^[0-9a-f-]{36}$/);
    const client = new pg.Client(server.url);
    await client.connect();
    const { rows } = await client.query<{ count: string }>("select count(*) from offer_set where id = any ($1) and state = 'OFFERED'", [kept]);
    await client.end();
    expect(Number(rows[0]?.count)).toBe(kept.length);
  }, patience);
});
