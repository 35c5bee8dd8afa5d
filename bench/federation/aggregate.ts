/** An aggregator without its HTTP interface, over sites of another process, on a database of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { FederatedBroker, Ground, MemberBook, nobody } from '#federation';
import type { Member, Trail } from '#federation';
import { sessionTypeFaults } from '#http-api';
import { kinds } from '#model';
import type { ExecutionRequest, Requester, RequesterId } from '#model';
import { openPersistence } from '#persistence';
import { testDatabase } from '#persistence/testing';
import { silentLog, systemClock } from '#runtime';

export interface Sites { readonly port: number; stop(): Promise<void> }

/** `delay`: median of their answers in milliseconds; 0: at once. */
export async function startSites(count: number, bookingsEach: number, delay: number): Promise<Sites> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('sites.ts', import.meta.url)), ...[count, bookingsEach, delay].map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!child.stdout) throw new Error('the sites have no output');
  for await (const line of createInterface({ input: child.stdout })) {
    return { port: Number(line), stop: async () => {
      const ended = new Promise((resolve) => { child.once('exit', resolve); });
      child.kill();
      await ended;
    } };
  }
  throw new Error('the sites ended before they listened');
}

/** Each site has an address of its own, so each has connections of its own. */
export function siteUrl(port: number, site: number): string {
  return `http://127.1.${Math.floor(site / 250)}.${(site % 250) + 1}:${port}`;
}

export const alice: Requester = { id: 'local:alice' as RequesterId, name: 'alice', roles: ['user'], groups: [] };

export function aRequest(cores: number): ExecutionRequest {
  return { executable: { kind: kinds.dockerContainer, image: { locations: ['ghcr.io/org/app:1'] } }, compute: { kind: kinds.simpleCompute, cores: { min: cores } }, schedule: { requested: { duration: 'PT1H' } } } as ExecutionRequest;
}

export interface Aggregate {
  readonly broker: FederatedBroker;
  readonly ground: Ground;
  /** Carried by the asks from now on. */
  trail: Trail;
  stop(): Promise<void>;
}

export const deadline = 5_000;

export async function startAggregate(port: number, count: number, prune: { readonly pruneFrom: number; readonly mostAsked: number }): Promise<Aggregate> {
  const database = await testDatabase();
  const persistence = await openPersistence({ url: database.url, grain: 300_000, log: silentLog, clock: systemClock });
  const dispatcher = new Agent({ keepAliveTimeout: 60_000 });
  const book = new MemberBook(['bench']);
  book.set('bench', Array.from({ length: count }, (_, index): Member => ({ name: `m${index}`, url: siteUrl(port, index), exposure: 'proxy', hiddenHosts: [], identify: nobody })));
  const settings = { name: 'bench', deadline, lateFor: 1_000, callWithin: 10_000, expiryMargin: 5_000, mostOffers: 24, keepAnswers: 60_000, ...prune };
  const aggregate = { trail: { hops: [] } as Trail };
  const ground = new Ground({ settings, store: persistence.federation, members: book, dispatcher, clock: systemClock, log: silentLog, trail: () => aggregate.trail, newUuid: randomUUID, typeFault: sessionTypeFaults() });
  return Object.assign(aggregate, {
    ground, broker: new FederatedBroker(ground),
    stop: async (): Promise<void> => {
      await ground.close();
      await dispatcher.destroy();
      await persistence.close();
      await database.drop();
    },
  });
}
