/** UC-50, 51 and 52 with a real Open Policy Agent: the example bundle decides over the federation's half. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-port.js';
import { kinds, startNode } from '../../support/node.js';
import type { Json, TestNode } from '../../support/node.js';
import { aRequest } from '../../support/requests.js';

const opa = process.env.EB_BED_OPA ?? '';
const program = process.env.EB_BED_OPA_PROGRAM ?? '';
if (opa === '') throw new Error('the bed is not up; run: npm run test:live -- opa');

const members = { both: ['srcnet', 'site'], guest: ['srcnet'], local: ['site'], suspended: ['srcnet', 'srcnet-suspended', 'site'] };
const at = '2030-06-03T10:00:00Z/PT0S';
const pools = [{
  divide: 'stage/main',
  pledges: [{ name: 'srcnet', amounts: { cores: 500 }, who: [{ groups: ['srcnet'] }] }, { name: 'local', amounts: { cores: 500 }, who: [{ groups: ['site'] }] }],
}];
const example = (file: string): string => fileURLToPath(new URL(`../../../deploy/examples/opa/${file}`, import.meta.url));

let node: TestNode | undefined;
afterEach(async () => { await node?.stop(); node = undefined; });
async function start(url: string): Promise<TestNode> {
  node = await startNode({ cores: 1000, memory: 1000, mostOffers: 1, members, pools, policies: [{ type: 'http', name: 'federation', pool: 'srcnet', url: `${url}/v1/data/broker/authz` }] });
  return node;
}
const cores = (wanted: number): ReturnType<typeof aRequest> => aRequest().cores(wanted).from(at);
const sharesOf = (offer: Json): Json => offer.meta.messages.find((one: Json) => one.kind.endsWith(':pool-shares'))?.values;
const told = (set: Json): string => (set.meta.messages as Json[]).map((one: Json) => `${one.level as string} ${one.message as string}`).join('\n');

describe('with the engine in place', () => {
  it('one request draws on both halves, each by its own rules (UC-50)', async () => {
    const both = (await start(opa)).as('both');
    const set = await both.ask(cores(1000));
    expect(sharesOf(set.offers[0])).toMatchObject({ 'srcnet.cores': '500', 'local.cores': '500' });
    expect((await both.update(set.offers[0], 'ACCEPTED')).status).toBe(200);
  });

  it.each([['guest', 600, 'NO'], ['guest', 500, 'YES'], ['local', 600, 'NO'], ['local', 500, 'YES']])('%s asks for %i: %s (UC-50)', async (who, wanted, result) => {
    expect((await (await start(opa)).as(who).ask(cores(wanted))).result).toBe(result);
  });

  it('who is denied by the engine draws on the local half, and is told why (UC-51)', async () => {
    const set = await (await start(opa)).as('suspended').ask(cores(200));
    expect(sharesOf(set.offers[0])).toMatchObject({ 'local.cores': '200' });
    expect(told(set)).toContain('WARN pool srcnet is closed for this: your project is suspended');
  });

  it('what the engine warns of is told with the offer', async () => {
    expect(told(await (await start(opa)).as('guest').ask(cores(2)))).toContain('results are public after a year');
  });

  it('images are judged by it too', async () => {
    const image = { kind: kinds.dockerContainer, image: { locations: ['docker.io/library/debian:12'] } };
    const set = await (await start(opa)).as('guest').ask(cores(2).with({ executable: image }));
    expect(told(set)).toContain('images of this registry are not trusted');
  });

  it('a decision that the engine does not have is a denial', async () => {
    node = await startNode({ policies: [{ type: 'http', url: `${opa}/v1/data/nosuch` }] });
    expect(told(await node.as('alice').ask(aRequest()))).toContain('has no decision for this');
  });
});

describe('with an engine that goes away and comes back', () => {
  let url: string;
  let running: ChildProcess | undefined;
  const up = async (): Promise<void> => {
    running = spawn(program, ['run', '--server', '--addr', new URL(url).host, '--log-level', 'error', example('authz.rego'), example('data.json')], { stdio: 'ignore' });
    for (let tries = 0; tries < 600; tries += 1) {
      if (await fetch(`${url}/health`).then(({ ok }) => ok, () => false)) return;
      await wait(100);
    }
    throw new Error('the engine does not answer');
  };
  const down = async (): Promise<void> => {
    const ended = new Promise((resolve) => { running?.once('exit', resolve); });
    running?.kill();
    await ended;
    running = undefined;
  };
  beforeAll(async () => {
    url = `http://127.0.0.1:${await freePort()}`;
    await up();
  });
  afterAll(async () => { if (running) await down(); });

  it('its half is closed meanwhile: 700 is a NO, 400 comes from the other half with a warning (UC-52)', async () => {
    const both = (await start(url)).as('both');
    expect((await both.ask(cores(700))).result).toBe('YES');
    await node?.advance('PT10M');
    await down();
    const refused = await both.ask(cores(700));
    expect(refused.result).toBe('NO');
    const set = await both.ask(cores(400));
    expect(sharesOf(set.offers[0])).toMatchObject({ 'local.cores': '400' });
    expect(told(set)).toContain('WARN pool srcnet is closed for this');
    await up();
    await node?.advance('PT10M');
    expect((await both.ask(cores(700))).result).toBe('YES');
  });
});
