import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OfferSetId, RequesterId } from '#model';
import { offerSetIdFrom } from '#model';
import type { CommitBatch, LedgerStore } from '#booking';
import { HandClock } from '#runtime/testing';
import { startEmbedded } from '../embedded/embedded.js';
import type { EmbeddedServer } from '../embedded/embedded.js';
import { openPersistence } from '../open-persistence.js';
import type { Persistence } from '../open-persistence.js';

const now = Date.parse('2030-06-03T09:00:00Z');
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let home: string;
let server: EmbeddedServer;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'eb-crash-'));
  await chmod(home, 0o755);
  server = await startEmbedded({ folder: join(home, 'database'), log });
});

afterAll(async () => {
  await server.stop();
  await rm(home, { recursive: true, force: true });
});

function open(): Promise<Persistence> {
  return openPersistence({ url: server.url, grain: 300_000, log, clock: new HandClock(now) });
}

function offerSet(id: OfferSetId): CommitBatch {
  const row = { id, owner: 'local:alice' as RequesterId, created: now, expires: now + 1, holds: [], document: {}, state: 'OFFERED' as const };
  return { at: now, events: [], pools: [], newSets: [row], accepts: [], rejects: [], expired: [], prolonged: [], releases: [], rebooked: [] };
}

/** Commits one set after the other; those that were acknowledged are in `told`. */
async function commitMany(ledger: LedgerStore, count: number, told: OfferSetId[]): Promise<void> {
  for (let version = 0; version < count; version += 1) {
    const id = offerSetIdFrom(randomUUID());
    const result = await ledger.commit(version, offerSet(id));
    if (result.kind === 'conflict') throw new Error('nobody else commits here');
    told.push(id);
  }
}

it('a server killed in the middle of commits loses none that was acknowledged and doubles none that was repeated', async () => {
  const persistence = await open();
  const told: OfferSetId[] = [];
  const work = commitMany(persistence.ledger, 400, told);
  let killed: number | undefined;
  for (const seen of [50, 150, 300]) {
    // A server that was started again takes commits a little before its number is known.
    while (told.length < seen || server.pid() === killed) await new Promise((resolve) => { setImmediate(resolve); });
    killed = server.pid();
    process.kill(killed, 'SIGKILL');
  }
  await work;
  const snapshot = await persistence.ledger.snapshot(0);
  expect(snapshot.version).toBe(400);
  expect(snapshot.open.map((one) => one.set).sort()).toEqual([...told].sort());
  await persistence.close();
  const again = await open();
  expect((await again.ledger.snapshot(0)).version).toBe(400);
  expect(await again.fault()).toBeUndefined();
  await again.close();
}, 60_000);
