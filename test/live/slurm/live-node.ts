/** A whole node on the bed, by the system's clock, with its own embedded database; everybody may ask, and runs as alice. */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { kinds } from '#model';
import { silentLog, systemClock } from '#runtime';
import { startApplication } from '../../../apps/broker/src/application.js';
import { loadConfigText } from '../../../apps/broker/src/load-config.js';
import { TestClient } from '../../support/node.js';
import type { Json } from '../../support/node.js';
import { aRequest } from '../../support/requests.js';
import type { RequestBuilder } from '../../support/requests.js';
import { bedConfig } from './bed.js';

export interface LiveNode { readonly client: TestClient; readonly folder: string; stop(): Promise<void> }

export async function startLiveNode(instance: string, more: Readonly<Record<string, unknown>> = {}, booking: Readonly<Record<string, unknown>> = {}, policies: readonly unknown[] = []): Promise<LiveNode> {
  const state = await mkdtemp(join(tmpdir(), 'eb-slurm-'));
  await chmod(state, 0o755);
  const platform = bedConfig(instance, { users: { asUser: ['runuser', '-u', '{user}', '--'], map: { '*': { user: 'alice' } } }, ...more });
  await mkdir(platform.folder, { recursive: true });
  const config = {
    node: { name: 'bed' }, http: { port: 0 }, access: { anonymous: true }, booking: { grain: 'PT1S', offerExpiry: 'PT2M', mostOffers: 1, ...booking },
    platforms: [{ name: instance, type: 'slurm', ...platform }], policies,
  };
  const loaded = await loadConfigText(JSON.stringify(config), {});
  if (!loaded.ok || loaded.value.pluginFaults.length > 0) throw new Error(JSON.stringify(loaded));
  const application = await startApplication(loaded.value, { clock: systemClock, log: silentLog, stateFolder: state, database: { embedded: { folder: join(state, 'database') } } });
  return {
    client: new TestClient(application.url, ''), folder: platform.folder,
    stop: async () => { await application.close(); await rm(state, { recursive: true, force: true }); },
  };
}

export const shell = (text: string): RequestBuilder => aRequest().with({ executable: { kind: kinds.localProcess, command: ['sh', text] } });

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

/** The session once it is in one of the phases. */
export async function untilIn(node: LiveNode, session: Json, phases: readonly string[], patience = 60_000): Promise<Json> {
  const end = systemClock.now() + patience;
  for (;;) {
    const { body } = await node.client.session(session);
    if (phases.includes(body.phase as string)) return body;
    if (systemClock.now() > end) throw new Error(`still ${body.phase}: ${JSON.stringify(body.meta.messages)}`);
    await wait(200);
  }
}

export async function outputOf(node: LiveNode, session: Json): Promise<string> {
  return String((await node.client.get(`/sessions/${session.meta.uuid}/logs`)).body);
}
