import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, it } from 'vitest';
import { silentLog, systemClock } from '#runtime';
import { startEmbedded } from '../embedded/embedded.js';
import { openPersistence } from '../open-persistence.js';

const grain = 300_000;

it('an embedded database that is opened again has no leases, as nobody else can hold one', async () => {
  const home = await mkdtemp(join(tmpdir(), 'eb-leases-'));
  await chmod(home, 0o755);
  const folder = join(home, 'database');
  const open = (): ReturnType<typeof openPersistence> => openPersistence({ embedded: { folder }, grain, log: silentLog, clock: systemClock });
  await (await open()).close();
  const now = systemClock.now();
  await onServer(folder, `insert into session (id, offer_set, owner, phase, revision, created, due, lease_by, lease_until, document)
    values ('${randomUUID()}', '${randomUUID()}', 'local:a', 'ACCEPTED', 1, 0, ${now}, 'killed', ${now + 3_600_000}, '{}')`);
  const again = await open();
  expect(await again.sessions.nextDue()).toBe(now);
  await again.close();
  await rm(home, { recursive: true });
});

async function onServer(folder: string, sql: string): Promise<void> {
  const server = await startEmbedded({ folder, log: silentLog });
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(sql);
  await client.end();
  await server.stop();
}
