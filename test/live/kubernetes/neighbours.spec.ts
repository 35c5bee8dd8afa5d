/** Nodes that do not know of each other under one platform name in one namespace, and nodes whose clock is not the cluster's. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Clock, PoolId } from '#model';
import type { Platform } from '#plugin-sdk';
import { aDraft, aPlan, quietWork, testHost } from '#plugin-sdk/testing';
import type { TestHost } from '#plugin-sdk/testing';
import { kubernetesPlugin } from '#platforms/kubernetes';
import { systemClock } from '#runtime';
import { bedConfig, dropNamespace, kubectl, leftOf, makeNamespace, sh } from './bed.js';
import { accepted, final, outputOf, shell, startLiveNode, untilIn } from './live-node.js';

const instance = `near-${process.pid}`;
const namespace = `eb-${instance}`;
const opened: { readonly platform: Platform; readonly host: TestHost }[] = [];

beforeAll(() => { makeNamespace(namespace); });
afterAll(() => { dropNamespace(namespace); });
afterEach(async () => {
  for (const { platform, host } of opened.splice(0)) {
    await platform.close?.();
    await host.close();
  }
});

async function made(name: string, { node, clock = systemClock }: { readonly node?: TestHost['node']; readonly clock?: Clock } = {}, more: Readonly<Record<string, unknown>> = {}): Promise<Platform> {
  const host = await testHost({ clock, instance: name, ...(node ? { node } : {}) });
  const platform = kubernetesPlugin.create(kubernetesPlugin.parseConfig(bedConfig(namespace, { patience: 'PT90S', ...more })), host);
  opened.push({ platform, host });
  return platform;
}

const anHour = () => ({ start: systemClock.now(), end: systemClock.now() + 3_600_000 });
const day = 24 * 3_600_000;

describe('a second node under the same platform name', () => {
  it('offers nothing and says whose name it is, while the sessions of the first go on', async () => {
    const name = `${instance}-n`;
    const first = await startLiveNode(name, namespace, { patience: 'PT90S' });
    try {
      const session = await accepted(first, shell('echo ran').lasting('PT2M'));
      const second = await startLiveNode(name, namespace, { patience: 'PT90S' });
      try {
        const answer = await second.client.ask(shell('true').lasting('PT1M'));
        expect([answer.result, JSON.stringify(answer.meta.messages)]).toEqual(['NO', expect.stringContaining(`works under the name '${name}' in namespace '${namespace}'`)]);
        expect((await untilIn(first, session, final)).phase).toBe('COMPLETED');
        expect(await outputOf(first, session)).toBe('ran\n');
        const look = await made(name, { node: { name: 'bed' } });
        expect((await look.check?.())?.find(({ about }) => about === `name ${name}`)).toMatchObject({ verdict: 'bad', seen: expect.stringContaining('two nodes') as string });
      } finally {
        await second.stop();
      }
      await first.restart();
      expect((await first.client.ask(shell('true').lasting('PT1M'))).result).toBe('YES');
    } finally {
      await first.stop();
    }
  }, 300_000);

  it('is named by the check before it is started, and takes nothing of the other for a left-over', async () => {
    const name = `${instance}-s`;
    const first = await made(name, { node: { name: 'north', identity: 'id-north' } }, { hold: undefined });
    await first.capacity(anHour());
    const plan = aPlan(aDraft(sh('true')), { platform: name, pools: [`${name}/cpu.node1` as PoolId], start: systemClock.now() - 2 * day, length: 60_000 });
    await first.prepare({ ...plan, granted: { cores: 1, memory: 1 } }, quietWork());
    const second = await made(name, { node: { name: 'south', identity: 'id-south' } }, { hold: undefined });
    expect((await second.check?.())?.find(({ about }) => about === `name ${name}`)).toMatchObject({ verdict: 'bad', seen: expect.stringContaining("'north'") as string });
    await expect(second.capacity(anHour())).rejects.toMatchObject({ fixer: 'operator', message: expect.stringContaining("'north'") as string });
    await second.observe([]);
    expect(leftOf(namespace, name)).toEqual([`job.batch/eb-${plan.session}`]);
    await first.observe([]);
    await expect.poll(() => leftOf(namespace, name), { timeout: 60_000, interval: 250 }).toEqual([]);
  }, 120_000);
});

describe('a node whose clock is not the cluster\'s', () => {
  it.each([[5_000, 'doubtful', 'behind'], [-60_000, 'bad', 'ahead of']] as const)('by %i ms is told so, and its sessions begin at their start by its own', async (off, verdict, word) => {
    const name = `${instance}-c${Math.abs(off)}`;
    const clock: Clock = { now: () => systemClock.now() + off, sleep: (time, signal) => systemClock.sleep(time, signal) };
    const platform = await made(name, { clock });
    expect((await platform.check?.())?.find(({ about }) => about === 'clock')).toMatchObject({ verdict, seen: expect.stringContaining(word) as string });
    const { approachTime = 0 } = await platform.capabilities();
    const plan = { ...aPlan(aDraft(sh('date +%s')), { platform: name, pools: [`${name}/cpu.node1` as PoolId], start: Math.ceil(clock.now() / 1000) * 1000 + 32_000, length: 60_000 }), granted: { cores: 1, memory: 1 } };
    const handle = await platform.prepare(plan, quietWork());
    await clock.sleep(Math.max(0, plan.run.start - approachTime - clock.now()));
    await platform.approach?.(handle);
    await expect.poll(async () => (await platform.observe([handle])).get(handle.session), { timeout: 90_000, interval: 250 }).toMatchObject({ seen: 'ended', outcome: 'succeeded' });
    let said = '';
    for await (const piece of platform.logs?.(handle, { follow: false, signal: new AbortController().signal }) ?? []) said += piece;
    const late = Number(said.trim()) * 1000 + off - plan.run.start;
    // Its node counts seconds, and the cluster's clock is known to one. A busy machine is late, but nothing begins before its time.
    expect([late >= -2_000, late < approachTime], String(late)).toEqual([true, true]);
    await platform.release(handle);
    expect(kubectl('-n', namespace, 'get', 'leases', '-o', 'name')).not.toContain(name);
  }, 240_000);
});
