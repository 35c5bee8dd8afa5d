/** What `eb policy try` and `eb explain` tell of UC-50, 51 and 52 with a real engine: every verdict, with its numbers. docs/policies.md shows it. */
import { afterEach, describe, expect, it } from 'vitest';
import { main } from '../../../apps/cli/src/main.js';
import { CapturedTerminal } from '../../../apps/cli/src/testing/captured-terminal.js';
import { startNode } from '../../support/node.js';
import type { Json, TestNode } from '../../support/node.js';
import { aRequest } from '../../support/requests.js';

const opa = process.env.EB_BED_OPA ?? '';
if (opa === '') throw new Error('the bed is not up; run: npm run test:live -- opa');

const members = { both: ['srcnet', 'site'], suspended: ['srcnet', 'srcnet-suspended', 'site'] };
const pools = [{
  divide: 'stage/main',
  pledges: [{ name: 'srcnet', amounts: { cores: 500 }, who: [{ groups: ['srcnet'] }] }, { name: 'local', amounts: { cores: 500 }, who: [{ groups: ['site'] }] }],
}];
const quota = { type: 'quota', quotas: [{ name: 'monthly', hours: { cores: 2000 }, period: 'P30D' }] };

let node: TestNode;
afterEach(() => node.stop());
const start = async (url: string): Promise<void> => {
  node = await startNode({ cores: 1000, memory: 1000, mostOffers: 1, members, pools, policies: [quota, { type: 'http', name: 'federation', pool: 'srcnet', url: `${url}/v1/data/broker/authz` }] });
};
const ask = (who: string, cores: number): Promise<Json> => node.as(who).ask(aRequest().cores(cores).from('2030-06-03T10:00:00Z/PT0S'));

/** Prints the console too when EB_TRANSCRIPT is set. */
async function eb(who: string, ...argv: readonly string[]): Promise<string> {
  const terminal = new CapturedTerminal({ EB_URL: node.running.url, EB_USER: who, EB_PASSWORD: 'correct horse battery staple' });
  // 1: denied.
  expect(await main(argv, terminal), terminal.stderr).toBeLessThan(2);
  if (process.env['EB_TRANSCRIPT'] !== undefined) process.stdout.write(`\n$ eb ${argv.join(' ')}\n${terminal.stdout}`);
  return terminal.stdout;
}

describe('what is told', () => {
  it('of one request that draws on both halves (UC-50)', async () => {
    await start(opa);
    const tried = await eb('admin', 'policy', 'try', '--as', 'both', '--cores', '1000', '--image', 'ghcr.io/site/app:1', '--duration', '1h');
    expect(tried).toMatch(/federation/);
    expect(tried).toMatch(/2000/);
    const told = await eb('both', 'explain', (await ask('both', 1000)).meta.uuid as string);
    for (const part of [/federation of pool srcnet/, /quota/, /quota\/monthly\/hours\/local:both/, /resources \{"cores":500\}/]) expect(told).toMatch(part);
  });

  it('of a denial for one half (UC-51)', async () => {
    await start(opa);
    expect(await eb('admin', 'policy', 'try', '--as', 'suspended', '--cores', '200', '--image', 'ghcr.io/site/app:1', '--duration', '1h')).toContain('your project is suspended');
    const told = await eb('suspended', 'explain', (await ask('suspended', 200)).meta.uuid as string);
    expect(told).toContain('your project is suspended');
  });

  it('of an engine that is away (UC-52)', async () => {
    await start('http://127.0.0.1:9');
    expect(await eb('admin', 'policy', 'try', '--as', 'both', '--cores', '700', '--image', 'ghcr.io/site/app:1', '--duration', '1h')).toContain('could not be asked');
    const told = await eb('both', 'explain', (await ask('both', 700)).meta.uuid as string);
    expect(told).toMatch(/federation of pool srcnet[^]*could not be asked/);
    expect(told).toContain('local has 500 for you');
  });
});
