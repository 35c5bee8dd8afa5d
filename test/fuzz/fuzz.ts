/** `npm run fuzz -- [--cases N] [--seed S]`: a longer run of the fuzz; prints what was answered and found, and fails on any finding. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startNode } from '../support/node.js';
import { FuzzRun } from './fuzz-run.js';

const { values } = parseArgs({ options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } });
const node = await startNode({ mostOffers: 2 });
try {
  const report = await new FuzzRun(node).run(Number(values.cases), Number(values.seed));
  for (const finding of report.findings) process.stdout.write(`FOUND ${finding}\n`);
  process.stdout.write(`statuses ${JSON.stringify(report.statuses)}\nheap in MB, every tenth batch: ${report.heapMegabytes.filter((_, index) => index % 10 === 0).join(' ')}\n`);
  process.stdout.write(`${report.cases} cases (seed ${values.seed}), ${report.findings.length} findings\n`);
  process.exitCode = report.findings.length === 0 ? 0 : 1;
} finally {
  await node.stop();
}
