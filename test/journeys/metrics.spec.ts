/** What an operator watches: /metrics counts what the node does. */
import { expect, it } from 'vitest';
import { request } from 'undici';
import { kept } from '../support/kept.js';
import { startNode } from '../support/node.js';
import type { TestNode } from '../support/node.js';
import { aRequest } from '../support/requests.js';

/** Values by name and labels, without that of the node. */
async function metricsOf(node: TestNode): Promise<ReadonlyMap<string, number>> {
  const text = await (await request(`${node.running.url}/metrics`)).body.text();
  return new Map(text.split('\n').filter((line) => line.startsWith('eb_')).map((line) => {
    const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return [`${name} ${labels.replace(/,?node="[^"]*"/, '')}`.trim(), Number(value)];
  }));
}

it('asks, accepts, phases, lateness of starts and platforms are counted', async () => {
  const node = await kept(startNode());
  const alice = node.as('alice');
  const { offers } = await alice.ask(aRequest().script({ run: 'PT5M' }));
  expect((await alice.update(offers[0], 'ACCEPTED')).status).toBe(200);
  expect((await alice.update(offers[1], 'ACCEPTED')).status).toBe(409);
  expect((await alice.ask(aRequest().cores(10_000))).result).toBe('NO');
  await node.advance('PT10M');
  expect((await alice.session(offers[0])).body.phase).toBe('COMPLETED');
  const seen = await metricsOf(node);
  expect([seen.get('eb_asks_total result="YES"'), seen.get('eb_asks_total result="NO"'), seen.get('eb_ask_seconds_count')]).toEqual([1, 1, 2]);
  expect([seen.get('eb_accepts_total result="ok"'), seen.get('eb_accepts_total result="conflict"')]).toEqual([1, 1]);
  expect([seen.get('eb_session_phases_total phase="COMPLETED"'), seen.get('eb_start_lateness_seconds_count')]).toEqual([1, 1]);
  expect([...seen].filter(([name]) => name.startsWith('eb_platform_up'))).toEqual([[expect.stringMatching(/^eb_platform_up platform="/) as string, 1]]);
  expect(seen.get('eb_capacity_alarms_total')).toBe(0);
});
