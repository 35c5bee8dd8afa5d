/** A whole node on the bed, by the system's clock, with its own embedded database; everybody may ask. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { kinds } from '#model';
import { silentLog, systemClock } from '#runtime';
import { startApplication } from '../../../apps/broker/src/application.js';
import { loadConfigText } from '../../../apps/broker/src/load-config.js';
import { TestClient, passwordHash } from '../../support/node.js';
import type { Json } from '../../support/node.js';
import { aRequest } from '../../support/requests.js';
import type { RequestBuilder } from '../../support/requests.js';
import { bedConfig, busybox } from './bed.js';

export interface LiveNode { readonly client: TestClient; /** Alice and bob have accounts. */ as(name: string): TestClient; stop(): Promise<void>; /** As after a reboot: the same state, a new process as far as a test can make one. */ restart(): Promise<void> }

export async function startLiveNode(instance: string, namespace: string, more: Readonly<Record<string, unknown>> = {}): Promise<LiveNode> {
  const state = await mkdtemp(join(tmpdir(), 'eb-kubernetes-'));
  const config = {
    node: { name: 'bed' }, http: { port: 0 }, access: { anonymous: true }, booking: { grain: 'PT1S', offerExpiry: 'PT10S', mostOffers: 1 },
    platforms: [{ name: instance, type: 'kubernetes', ...bedConfig(namespace, more) }], data: [{ type: 'http', allowPrivate: true }],
  };
  const open = async () => {
    const loaded = await loadConfigText(JSON.stringify(config), {});
    if (!loaded.ok || loaded.value.pluginFaults.length > 0) throw new Error(JSON.stringify(loaded));
    const application = await startApplication(loaded.value, { clock: systemClock, log: silentLog, stateFolder: state, database: { embedded: { folder: join(state, 'database') } } });
    for (const name of ['alice', 'bob']) await application.node.persistence.accounts.put({ name, hash: await passwordHash(), roles: ['user'], groups: [], created: systemClock.now(), disabled: false });
    return { application, client: new TestClient(application.url, '') };
  };
  let current = await open();
  return {
    get client() { return current.client; },
    as: (name) => new TestClient(current.application.url, name),
    restart: async () => { await current.application.close(); current = await open(); },
    stop: async () => { await current.application.close(); await rm(state, { recursive: true, force: true }); },
  };
}

export const shell = (text: string, more: Readonly<Record<string, unknown>> = {}): RequestBuilder => (
  aRequest().with({ executable: { kind: kinds.dockerContainer, image: { locations: [busybox] }, command: ['/bin/sh', '-c', text], ...more } })
);

/** The one offer of a request. */
export async function offerOf(node: LiveNode, wish: RequestBuilder): Promise<Json> {
  const set = await node.client.ask(wish);
  if (set.result !== 'YES') throw new Error(JSON.stringify(set.meta.messages));
  return set.offers[0];
}

export async function accepted(node: LiveNode, wish: RequestBuilder): Promise<Json> {
  const offer = await offerOf(node, wish);
  const answer = await node.client.update(offer, 'ACCEPTED');
  if (answer.status !== 200) throw new Error(`accepted, and got ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The session once `holds`. */
export async function untilSession(node: LiveNode, session: Json, holds: (now: Json) => boolean, patience = 90_000): Promise<Json> {
  const end = systemClock.now() + patience;
  for (;;) {
    const { body } = await node.client.session(session);
    if (holds(body)) return body;
    if (systemClock.now() > end) throw new Error(`still ${body.phase}: ${JSON.stringify(body.meta.messages)}`);
    await wait(200);
  }
}

export function untilIn(node: LiveNode, session: Json, phases: readonly string[], patience?: number): Promise<Json> {
  return untilSession(node, session, (now) => phases.includes(now.phase as string), patience);
}

export const final = ['COMPLETED', 'FAILED', 'CANCELLED'];

export async function outputOf(node: LiveNode, session: Json): Promise<string> {
  return String((await node.client.get(`/sessions/${session.meta.uuid}/logs`)).body);
}
