import { ledgerStoreContract, contractGrain } from '#booking/testing';
import type { CommitBatch } from '#booking';
import { HandClock } from '#runtime/testing';
import type { SessionRecord } from '#sessions';
import { sessionStoreContract } from '#sessions/testing';
import { openPersistence } from './open-persistence.js';
import type { Persistence } from './open-persistence.js';
import { testDatabase } from './testing/index.js';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = HandClock.at('2030-06-03T08:00:00Z');

async function fresh(): Promise<{ persistence: Persistence; close(): Promise<void> }> {
  const database = await testDatabase();
  const persistence = await openPersistence({ url: database.url, grain: contractGrain, log, clock });
  return { persistence, close: async () => { await persistence.close(); await database.drop(); } };
}

ledgerStoreContract('PostgreSQL', async () => {
  const { persistence, close } = await fresh();
  return { store: persistence.ledger, close };
});

sessionStoreContract('PostgreSQL', async () => {
  const { persistence, close } = await fresh();
  return { store: persistence.sessions, insert: (record) => insert(persistence, record), close };
});

/** As an accepted offer does: the ledger's commit writes the first row. */
async function insert({ ledger }: Persistence, { session, plan, handle, work, due }: SessionRecord): Promise<void> {
  const none: CommitBatch = { at: session.created, events: [], pools: [], newSets: [], accepts: [], rejects: [], expired: [], prolonged: [], releases: [], rebooked: [] };
  const { id, owner, phase, offerSet: set } = session;
  const { version } = await ledger.snapshot(0);
  await ledger.commit(version, { ...none, newSets: [{ id: set, owner, created: session.created, expires: session.created + 1, holds: [], document: {}, state: 'OFFERED' }] });
  const seed = { id, owner, phase, due: due ?? session.created, document: { session, plan, handle, work } };
  await ledger.commit(version + 1, { ...none, accepts: [{ set, index: 0, booking: { session: id, set, claims: [] }, seed }] });
}
