/** Who the containers of a session run as, and of what size they are. */
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { PoolId } from '#model';
import { kinds } from '#model';
import { aDraft, aPlan, testHost } from '#plugin-sdk/testing';
import { HandClock, passing } from '#runtime/testing';
import { parseKubernetesConfig } from '../config.js';
import type { KubernetesConfig } from '../config.js';
import { KubernetesClient } from '../kubernetes.client.js';
import { Holding } from '../steps/holding.js';
import { jobOf } from '../steps/job.js';
import { Snapshots } from '../watching/snapshot.js';

const configOf = (security: object): KubernetesConfig => parseKubernetesConfig({ namespace: 'eb', pools: [{ name: 'all' }], hold: { image: 'tools' }, security });

/** The placeholder that is asked of a server, and the Job that it stands for. */
async function madeOf(config: KubernetesConfig): Promise<{ readonly placeholder: readonly V1Container[]; readonly session: readonly V1Container[] }> {
  const clock = HandClock.at('2030-06-03T08:00:00Z');
  const start = clock.now() + 60_000;
  const plan = { ...aPlan(aDraft({ kind: kinds.dockerContainer, image: { locations: ['payload'] } }), { platform: 'bed', pools: ['bed/all.node1' as PoolId], start, length: 60_000 }), granted: { cores: 2, memory: 4 } };
  const made: V1Pod[] = [];
  async function* said(text: string): AsyncIterable<Uint8Array> { yield await Promise.resolve(Buffer.from(text)); }
  const client = new KubernetesClient(({ method, path, body }) => {
    if (method === 'POST') made.push({ ...body as V1Pod, status: { phase: 'Running' } });
    return Promise.resolve({ status: 200, body: said(JSON.stringify(method === 'POST' ? body : { metadata: {}, items: path.includes('/pods') ? made : [] })) });
  }, 'eb', clock);
  const host = await testHost({ clock, instance: 'bed' });
  const job = jobOf(plan, config, { maker: { instance: 'bed' }, now: clock.now(), isComplete: true, ahead: 0 });
  const holding = new Holding({ config, client, snapshots: new Snapshots(client, 'bed', clock), host }, config.hold ?? { image: '', priorityClass: '', sessionPriorityClass: '', ahead: 0, displacing: 'preempt' });
  await passing(clock, holding.ready({ session: plan.session, start, job }, new AbortController().signal));
  await host.close();
  const all = ({ initContainers = [], containers = [] }: Partial<V1Pod['spec'] & object> = {}): readonly V1Container[] => [...initContainers, ...containers];
  return { placeholder: all(made[0]?.spec), session: all(job.spec?.template.spec) };
}

const usersOf = (containers: readonly V1Container[]) => Object.fromEntries(containers.map(({ name, securityContext }) => [name, securityContext?.runAsUser]));

describe('containers of a session', () => {
  test('run tools as nobody where the site names no user and forbids root, and payloads as their images say', async () => {
    const { placeholder, session } = await madeOf(configOf({}));
    expect([usersOf(placeholder), usersOf(session)]).toEqual([{ bring: 65_534, hold: undefined }, { 'await-start': 65_534, payload: undefined }]);
  });

  test('run tools as their images say where root is allowed, and as the site says where it names a user', async () => {
    expect(usersOf((await madeOf(configOf({ nonRoot: false }))).placeholder)).toEqual({ bring: undefined, hold: undefined });
    expect(usersOf((await madeOf(configOf({ user: 1000 }))).session)).toEqual({ 'await-start': 1000, payload: undefined });
  });

  test('are all of the size of the payload, so that none is smaller than a namespace allows', async () => {
    const { placeholder, session } = await madeOf(configOf({}));
    for (const { resources } of [...placeholder, ...session]) expect(resources).toEqual({ requests: { cpu: '2', memory: '4Gi' }, limits: { cpu: '2', memory: '4Gi' } });
  });
});
