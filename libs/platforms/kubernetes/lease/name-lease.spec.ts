/** Two nodes under one platform name, on a server that keeps one Lease. */
import { describe, expect, test } from 'vitest';
import type { Clock } from '#model';
import { rememberingLog } from '#plugin-sdk/testing';
import { HandClock } from '#runtime/testing';
import { KubernetesClient } from '../kubernetes.client.js';
import type { NativeAnswer, NativeRequest } from '../api/transport.js';
import { checkName, clockOf } from './check.js';
import { heldFor, NameLease } from './name-lease.js';

interface Stored { metadata: { resourceVersion: string; annotations: Record<string, string> }; spec: { holderIdentity: string; renewTime: string } }

/** Merges as the server does, as far as Leases need it. */
class LeaseServer {
  lease: Stored | undefined;
  refusal: { readonly status: number; readonly message: string } | undefined;
  readonly clock = HandClock.at('2030-06-03T08:00:00Z');
  private version = 0;

  readonly transport = (request: NativeRequest): Promise<NativeAnswer> => {
    const { status, body } = this.answer(request);
    async function* said(): AsyncIterable<Uint8Array> { yield await Promise.resolve(Buffer.from(JSON.stringify(body))); }
    return Promise.resolve({ status, body: said(), date: new Date(this.clock.now()).toUTCString() });
  };

  private answer({ method, body }: NativeRequest): { readonly status: number; readonly body: unknown } {
    if (this.refusal) return { status: this.refusal.status, body: { message: this.refusal.message } };
    if (method === 'GET') return this.lease ? { status: 200, body: this.lease } : { status: 404, body: {} };
    const change = body as { metadata?: Partial<Stored['metadata']>; spec?: Partial<Stored['spec']> };
    const resourceVersion = change.metadata?.resourceVersion;
    if (method === 'POST' ? this.lease : resourceVersion !== undefined && resourceVersion !== this.lease?.metadata.resourceVersion) return { status: 409, body: {} };
    this.lease = {
      metadata: { ...this.lease?.metadata, ...change.metadata, annotations: { ...this.lease?.metadata.annotations, ...change.metadata?.annotations }, resourceVersion: String(this.version += 1) },
      spec: Object.fromEntries(Object.entries({ ...this.lease?.spec, ...change.spec }).filter(([, value]) => value !== null)) as unknown as Stored['spec'],
    };
    return { status: 200, body: this.lease };
  }
}

function nodeAt(server: LeaseServer, name: string, identity: string, clock: Clock = server.clock) {
  const logged: Parameters<typeof rememberingLog>[0] = [];
  const client = new KubernetesClient(server.transport, 'eb', clock);
  const host = { instance: 'cluster', node: { name, identity }, clock, log: rememberingLog(logged) };
  const lease = new NameLease({ client, host });
  const check = () => checkName({ client, host: { ...host, node: { name } } as never });
  return { client, lease, logged, check, levels: () => logged.map(({ level }) => level) };
}

const aLook = 10_000;

describe('a platform name in a namespace', () => {
  test('is held by the node that was first; a second one offers nothing, and both are told', async () => {
    const server = new LeaseServer();
    const [first, second] = [nodeAt(server, 'north', 'id-1'), nodeAt(server, 'south', 'id-2')];
    for (const one of [first, second]) await one.lease.look();
    expect([first.lease.refusal, second.lease.refusal?.kind]).toEqual([undefined, 'urn:execution-broker:reason:platform-name-taken']);
    expect([first.levels(), second.levels()]).toEqual([[], ['error']]);
    for (let times = 0; times < 3; times += 1) {
      await server.clock.advance(aLook);
      for (const one of [first, second]) await one.lease.look();
    }
    expect([first.levels(), second.levels()]).toEqual([['warn'], ['error']]);
    expect([first.lease.refusal, second.lease.refusal?.kind]).toEqual([undefined, 'urn:execution-broker:reason:platform-name-taken']);
    expect(await first.check()).toMatchObject([{ verdict: 'bad', seen: expect.stringMatching(/two nodes .*north.*south/) as string }]);
  });

  test('is shared by replicas of one node', async () => {
    const server = new LeaseServer();
    const replicas = [nodeAt(server, 'north', 'id-1'), nodeAt(server, 'north', 'id-1')];
    for (let times = 0; times < 5; times += 1) {
      await Promise.all(replicas.map((one) => one.lease.look()));
      await server.clock.advance(aLook);
    }
    expect(replicas.map((one) => [one.lease.refusal, one.logged])).toEqual([[undefined, []], [undefined, []]]);
    expect(await nodeAt(server, 'north', '').check()).toMatchObject([{ verdict: 'good' }]);
    expect(await nodeAt(server, 'south', '').check()).toMatchObject([{ verdict: 'bad' }]);
  });

  test('goes to one only of two that begin at the same moment', async () => {
    const server = new LeaseServer();
    const both = [nodeAt(server, 'north', 'id-1'), nodeAt(server, 'south', 'id-2')];
    await Promise.all(both.map((one) => one.lease.look()));
    expect(both.filter((one) => one.lease.refusal !== undefined)).toHaveLength(1);
  });

  test('is free again when the node that held it has been gone for a while', async () => {
    const server = new LeaseServer();
    const [first, second] = [nodeAt(server, 'north', 'id-1'), nodeAt(server, 'south', 'id-2')];
    for (const one of [first, second]) await one.lease.look();
    await server.clock.advance(heldFor + 1_000);
    await second.lease.look();
    expect(second.lease.refusal).toBeUndefined();
    await first.lease.look();
    expect(first.lease.refusal).toBeDefined();
  });

  test('stays with the other replicas of a node of which one ends, and is not given away while another node waits for it', async () => {
    const server = new LeaseServer();
    const [first, replica, second] = [nodeAt(server, 'north', 'id-1'), nodeAt(server, 'north', 'id-1'), nodeAt(server, 'south', 'id-2')];
    for (const one of [first, replica]) await one.lease.look();
    await first.lease.giveBack();
    await server.clock.advance(aLook);
    await replica.lease.look();
    await second.lease.look();
    expect(second.lease.refusal).toBeDefined();
    await server.clock.advance(aLook);
    await replica.lease.look();
    await replica.lease.giveBack();
    await second.lease.look();
    expect(second.lease.refusal, 'while somebody waits for it, it is not given away').toBeDefined();
  });

  test('is given to the next node without a wait when nobody else was waiting', async () => {
    const server = new LeaseServer();
    const [first, second] = [nodeAt(server, 'north', 'id-1'), nodeAt(server, 'south', 'id-2')];
    await first.lease.look();
    await first.lease.giveBack();
    await second.lease.look();
    expect([second.lease.refusal, server.lease?.spec.holderIdentity]).toEqual([undefined, 'id-2']);
  });

  test('is kept by a node whose clock is wrong, and not taken from it', async () => {
    const server = new LeaseServer();
    const late = HandClock.at('2030-06-03T07:45:00Z');
    const [first, second] = [nodeAt(server, 'north', 'id-1', late), nodeAt(server, 'south', 'id-2')];
    for (let times = 0; times < 4; times += 1) {
      for (const one of [first, second]) await one.lease.look();
      for (const clock of [late, server.clock]) await clock.advance(aLook);
    }
    expect([first.lease.refusal, second.lease.refusal !== undefined]).toEqual([undefined, true]);
    expect(clockOf({ client: first.client } as never)).toMatchObject({ verdict: 'bad', seen: expect.stringContaining('ahead') as string });
  });

  test('is believed to be its own by a node that may not look, which is said once', async () => {
    const server = new LeaseServer();
    server.refusal = { status: 403, message: 'leases.coordination.k8s.io "eb-cluster" is forbidden: User "broker" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "eb"' };
    const one = nodeAt(server, 'north', 'id-1');
    for (let times = 0; times < 3; times += 1) {
      await one.lease.look();
      await server.clock.advance(aLook);
    }
    expect([one.lease.refusal, one.levels()]).toEqual([undefined, ['warn']]);
  });
});
