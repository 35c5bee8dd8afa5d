/** UC-40: charts are for those whose group may have them; a real cluster runs them in test/live/kubernetes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '#model';
import { startNode } from '../support/node.js';
import type { TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

let node: TestNode;
beforeAll(async () => {
  node = await startNode({
    members: { carol: ['pipelines'] },
    platforms: [{ name: 'stage', type: 'scripted', elastic: true, pools: { main: { cores: 16, memory: 64, storage: 1000 } }, executables: ['scripted', 'helmChart'] }],
    policies: [{ type: 'membership', name: 'charts', kinds: [kinds.helmChart], allow: [{ groups: ['pipelines'] }] }],
  });
});
afterAll(() => node.stop());

const chart = aRequest().with({ executable: { kind: kinds.helmChart, chart: 'spark', values: { workers: 2 } } });

describe('a chart', () => {
  it('is offered to a member of the group, with its values as they were sent', async () => {
    const set = await node.as('carol').ask(chart);
    expect(set.result).toBe('YES');
    expect(set.offers[0].executable).toMatchObject({ kind: kinds.helmChart, chart: 'spark', values: { workers: 2 } });
  });

  it('is refused to others by the policy, who may run everything else', async () => {
    const set = await node.as('alice').ask(chart);
    expect([set.result, JSON.stringify(set.meta.messages).includes('pipelines')]).toEqual(['NO', true]);
    expect((await node.as('alice').ask(aRequest())).result).toBe('YES');
  });

  it('without its name is answered NO, with the path', async () => {
    const set = await node.as('carol').ask(aRequest().with({ executable: { kind: kinds.helmChart } }));
    expect([set.result, JSON.stringify(set.meta.messages).includes('executable.chart')]).toEqual(['NO', true]);
  });
});
