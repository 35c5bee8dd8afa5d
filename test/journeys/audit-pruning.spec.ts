/** An audit record that is kept for a while only: what is left proves that nothing else is missing. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { main } from '../../apps/cli/src/main.js';
import { CapturedTerminal } from '../../apps/cli/src/testing/captured-terminal.js';
import { startNode } from '../support/node.js';
import type { Json, TestNode } from '../support/node.js';

const day = 24 * 3_600_000;

let node: TestNode;
beforeAll(async () => { node = await startNode({ access: { audit: { keep: 'P30D', key: 'a key that the database does not know' } } }); });
afterAll(() => node.stop());

const entries = async (): Promise<Json[]> => (await node.as('admin').get('/admin/audit?limit=1000')).body.entries as Json[];

async function eb(...words: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const terminal = new CapturedTerminal({ EB_URL: node.running.url, EB_USER: 'admin', EB_PASSWORD: 'correct horse battery staple' });
  const code = await main(words, terminal);
  return { code, text: terminal.stdout + terminal.stderr };
}

it('is pruned by itself, says so, still verifies, and tells when a noted entry can no longer be compared', async () => {
  await node.as('alice').get('/whoami');
  await node.as('bob').get('/whoami');
  const [newest, ...older] = await entries();
  const noted = `${older.at(-1).number}:${older.at(-1).hash}`;
  await node.clock.advance(31 * day);
  await node.running.node.auditPruner.prune();

  const left = await entries();
  const said = left.find((one) => one.action === 'audit.prune') as Json;
  expect(said).toMatchObject({ who: 'broker', outcome: 'done', subject: expect.stringMatching(/^\d+:[0-9a-f]{64}$/) });
  const [number, hash] = (said.subject as string).split(':');
  expect(Number(number)).toBeGreaterThanOrEqual(newest.number);
  expect(Math.min(...left.map((one) => one.number as number))).toBe(Number(number) + 1);
  expect((await node.as('admin').get('/admin/audit/verification')).body).toMatchObject({ sound: true, pruned: { number: Number(number), hash, at: said.at } });
  expect(await eb('admin', 'audit', '--verify')).toEqual({ code: 0, text: expect.stringContaining(`entries up to ${number} were pruned`) });
  expect(await eb('admin', 'audit', '--verify', '--noted', said.subject)).toEqual({ code: 0, text: expect.not.stringContaining('NOT COMPARED') });
  expect(await eb('admin', 'audit', '--verify', '--noted', noted)).toEqual({ code: 1, text: expect.stringContaining('NOT COMPARED') });
});
