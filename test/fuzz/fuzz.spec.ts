import { expect, it } from 'vitest';
import { startNode } from '../support/node.js';
import { FuzzRun } from './fuzz-run.js';

it('whatever is sent to whatever operation: an answer, no 5xx, a fix with each problem, and nothing held afterwards', { timeout: 120_000 }, async () => {
  const node = await startNode({ mostOffers: 2 });
  const report = await new FuzzRun(node).run(500, 20_300_603);
  expect(report.findings).toEqual([]);
  expect(report.cases).toBe(500);
  await node.stop();
});
