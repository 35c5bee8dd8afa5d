/** A whole node on a real system, by the system's clock, with an embedded database of its own; everybody may ask, alice and bob have accounts. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { silentLog, systemClock } from '#runtime';
import { startApplication } from '../../apps/broker/src/application.js';
import type { Application } from '../../apps/broker/src/application.js';
import { loadConfigText } from '../../apps/broker/src/configuration/load-config.js';
import { TestClient, passwordHash } from './node.js';
import type { Json } from './node.js';
import type { RequestBuilder } from './requests.js';

export interface LiveNode {
  /** Of nobody. */
  readonly client: TestClient;
  as(name: string): TestClient;
  stop(): Promise<void>;
  /** As after a reboot: the same state, a new process as far as a test can make one. */
  restart(): Promise<void>;
}

export interface LiveNodeWishes {
  /** Entries of the configuration. */
  readonly platform: Readonly<Record<string, unknown>>;
  readonly data?: readonly unknown[];
  readonly policies?: readonly unknown[];
  /** More of the section booking: offers of one start by default. */
  readonly booking?: Readonly<Record<string, unknown>>;
}

export async function openLiveNode({ platform, data = [], policies = [], booking = {} }: LiveNodeWishes): Promise<LiveNode> {
  const state = await mkdtemp(join(tmpdir(), 'eb-live-'));
  // Accounts of the system that payloads run as go through it.
  await chmod(state, 0o755);
  const config = {
    node: { name: 'bed' }, http: { port: 0 }, access: { anonymous: true }, booking: { grain: 'PT1S', mostOffers: 1, ...booking }, platforms: [platform], data, policies,
  };
  let application = await started(config, state);
  return {
    get client() { return new TestClient(application.url, ''); },
    as: (name) => new TestClient(application.url, name),
    restart: async () => { await application.close(); application = await started(config, state); },
    stop: async () => { await application.close(); await rm(state, { recursive: true, force: true }); },
  };
}

async function started(config: unknown, state: string): Promise<Application> {
  const loaded = await loadConfigText(JSON.stringify(config), {});
  if (!loaded.ok || loaded.value.pluginFaults.length > 0) throw new Error(JSON.stringify(loaded));
  const application = await startApplication(loaded.value, { clock: systemClock, log: silentLog, stateFolder: state, database: { embedded: { folder: join(state, 'database') } } });
  for (const name of ['alice', 'bob']) await application.node.persistence.accounts.put({ name, hash: await passwordHash(), roles: ['user'], groups: [], created: systemClock.now(), disabled: false });
  return application;
}

type Asking = Pick<LiveNode, 'client'>;

/** The one offer of a request. */
export async function offerOf(node: Asking, wish: RequestBuilder): Promise<Json> {
  const set = await node.client.ask(wish);
  if (set.result !== 'YES') throw new Error(JSON.stringify(set.meta.messages));
  return set.offers[0];
}

export async function accepted(node: Asking, wish: RequestBuilder): Promise<Json> {
  const offer = await offerOf(node, wish);
  const answer = await node.client.update(offer, 'ACCEPTED');
  if (answer.status !== 200) throw new Error(`accepted, and got ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The session once `holds`. */
export async function untilSession(node: Asking, session: Json, holds: (now: Json) => boolean, patience = 90_000): Promise<Json> {
  const end = systemClock.now() + patience;
  for (;;) {
    const { body } = await node.client.session(session);
    if (holds(body)) return body;
    if (systemClock.now() > end) throw new Error(`still ${body.phase}: ${JSON.stringify(body.meta.messages)}`);
    await wait(200);
  }
}

export function untilIn(node: Asking, session: Json, phases: readonly string[], patience?: number): Promise<Json> {
  return untilSession(node, session, (now) => phases.includes(now.phase as string), patience);
}

export const final = ['COMPLETED', 'FAILED', 'CANCELLED'];

export async function outputOf(node: Asking, session: Json): Promise<string> {
  return String((await node.client.get(`/sessions/${session.meta.uuid}/logs`)).body);
}
