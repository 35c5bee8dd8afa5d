/** UC-39 on a real cluster, over the wire: one GPU, a thousand, and one on each of two hosts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatInstant } from '#model';
import { systemClock } from '#runtime';
import type { Json } from '../../support/node.js';
import type { RequestBuilder } from '../../support/requests.js';
import { leftOf, slurm, untilHostsAreFree } from './bed.js';
import { accepted, outputOf, shell, soon, startLiveNode, untilIn } from './live-node.js';
import type { LiveNode } from './live-node.js';

const instance = `gpus-${process.pid}`;
const type = 'https://example.org/accelerators/pretended';
const final = ['COMPLETED', 'FAILED', 'CANCELLED'];

let node: LiveNode;
beforeAll(async () => {
  const accelerators = [{ type: 'fake-gpu', aliases: [type], memory: 16, gres: 'gpu:fake' }];
  // The bed's partition `short` ends every job after an hour.
  node = await startLiveNode(instance, { partitions: [{ name: 'short', hosts: 2 }], accelerators }, {}, [{ type: 'quota', quotas: [{ name: 'project', per: 'all', amounts: { 'fake-gpu': 32 } }] }]);
});
afterAll(() => node.stop());

const wish = (text: string, gpus: number): RequestBuilder => shell(text).accelerators(type, gpus).from(soon(5));

describe('UC-39 on a real cluster', () => {
  it('one GPU for an hour is offered, given, and seen by the payload', async () => {
    const session = await accepted(node, wish('echo "gpu $CUDA_VISIBLE_DEVICES"', 1).lasting('PT1H'));
    expect(session.compute.accelerators).toEqual([{ type, model: 'fake-gpu', count: { min: 1, max: 1 }, memory: { min: 16, max: 16 } }]);
    expect((await untilIn(node, session, final)).phase).toBe('COMPLETED');
    expect(await outputOf(node, session)).toMatch(/^gpu [01]\n$/);
  });

  it('a thousand for a month get a NO that names the limit of the project, of the partition and of the node', async () => {
    const set = await node.client.ask(wish('true', 1000).lasting('P30D'));
    const told = (set.meta.messages as Json[]).map(({ message }: Json) => message as string).join('\n');
    expect(set.result).toBe('NO');
    expect(told).toContain('a quota allows 32 fake-gpu at once, at least 1000 are asked for');
    expect(told).toContain('asks for P30D, the longest run is PT1H');
    expect(told).toContain('ask for at most P7D');
  });

  it('two hosts with a GPU each reach one another', async () => {
    const session = await accepted(node, wish('echo "$EB_HOSTS hosts"; srun --ntasks-per-node=1 sh -c "echo \\$SLURMD_NODENAME \\$CUDA_VISIBLE_DEVICES" | sort -u | wc -l', 2).nodes(2).lasting('PT5M'));
    expect(session.compute).toMatchObject({ nodes: { min: 2, max: 2 }, accelerators: [{ count: { min: 2, max: 2 } }] });
    expect((await untilIn(node, session, final)).phase).toBe('COMPLETED');
    expect(await outputOf(node, session)).toBe('2 hosts\n2\n');
  });

  it('what others have of the GPUs is not offered', async () => {
    const capacity = async (): Promise<number> => (await node.client.get('/capacity')).body.pools[0].free[0]['fake-gpu'] as number;
    await expect.poll(capacity, { timeout: 60_000, interval: 500 }).toBe(4);
    const job = slurm('runuser', '-u', 'bob', '--', 'sbatch', '--parsable', '-p', 'short', '-n1', '--mem=100M', '--gres=gpu:2', '-t5', '-D', '/tmp', '-o', '/dev/null', '--wrap=sleep 120').trim();
    try {
      await expect.poll(capacity, { timeout: 60_000, interval: 500 }).toBe(2);
      const set = await node.client.ask(shell('true').accelerators(type, 3).lasting('PT1M').from(`${formatInstant(Math.ceil(systemClock.now() / 1000) * 1000)}/PT5S`));
      expect(set.result).toBe('NO');
    } finally {
      slurm('scancel', job);
      await untilHostsAreFree();
    }
  });

  it('leaves nothing behind', async () => {
    await expect.poll(() => leftOf(instance, node.folder), { timeout: 60_000, interval: 500 }).toEqual([]);
  });
});
