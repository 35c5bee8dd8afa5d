/**
 * npm run demo:federation. Three nodes and two aggregators on this machine: `top` over `north` and n3, `north` over n1 and n2. One
 * request is asked of `top`, the offers of all are shown, one is accepted, and it runs at its node.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BrokerClient } from '#client';
import type { WireOfferSet, WireSession } from '#client';
import { isFinal, kinds } from '#model';
import { systemClock } from '#runtime';

const root = fileURLToPath(new URL('../../', import.meta.url));
const mostSeconds = 120;

interface Running { readonly name: string; readonly client: BrokerClient; readonly url: string; stop(): Promise<void> }
interface Place { readonly folder: string; readonly running: Running[] }

/** Starts a program with a configuration of its own; resolves once it listens. */
async function start({ folder, running }: Place, name: string, main: string, configuration: object): Promise<Running> {
  const home = join(folder, name);
  await mkdir(home, { recursive: true });
  const file = join(home, 'configuration.json');
  await writeFile(file, JSON.stringify({ http: { port: 0 }, access: { anonymous: true }, ...configuration }));
  const env = { PATH: process.env['PATH'], EB_STATE: join(home, 'state') };
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--config', file], { cwd: root, env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = (): Promise<void> => end(child);
  try {
    const url = await listening(child, name);
    const one = { name, url, client: new BrokerClient({ url, clock: systemClock }), stop };
    running.push(one);
    console.log(`  ${name.padEnd(6)} ${url}`);
    return one;
  } catch (error) {
    await stop();
    throw error;
  }
}

function listening(child: ChildProcess, name: string): Promise<string> {
  const log: string[] = [];
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => { reject(new Error(`${name} ended with ${code ?? 'a signal'}\n${log.slice(-10).join('\n')}`)); });
    if (!child.stderr) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (log.push(line) > 50) log.shift();
      const url = line.includes('"listening"') ? /"url":"([^"]+)"/.exec(line)?.[1] : undefined;
      if (url !== undefined) resolve(url);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => { child.once('exit', () => { resolve(); }); });
  child.kill('SIGTERM');
  await ended;
}

function nodeConfiguration(name: string, cores: number, price: number): object {
  return {
    node: { name }, booking: { grain: 'PT1M', offerExpiry: 'PT2M', mostOffers: 2 },
    platforms: [{ name: 'stage', type: 'scripted', pools: { main: { cores, memory: 64, storage: 100 } } }],
    costs: { currency: 'EUR', perCoreHour: price },
  };
}

const over = (name: string, ...members: readonly Running[]): object => ({ aggregator: { name }, members: members.map((one) => ({ name: one.name, url: one.url })) });

async function startAll(place: Place): Promise<{ top: Running; leaves: readonly Running[] }> {
  const [node, aggregator] = ['apps/broker/src/main.ts', 'apps/aggregator/src/main.ts'];
  const [n1, n2, n3] = [
    await start(place, 'n1', node, nodeConfiguration('n1', 4, 0.3)), await start(place, 'n2', node, nodeConfiguration('n2', 8, 0.1)),
    await start(place, 'n3', node, nodeConfiguration('n3', 16, 0.2)),
  ];
  const north = await start(place, 'north', aggregator, over('north', n1, n2));
  return { top: await start(place, 'top', aggregator, over('top', north, n3)), leaves: [n1, n2, n3] };
}

function show(set: WireOfferSet): void {
  for (const [index, offer] of set.offers.entries()) {
    const cost = offer.costs?.find((one) => one.type?.includes('monetary'))?.max;
    console.log(`  ${index + 1}. ${offer.meta.uuid}  start ${offer.schedule?.available?.start ?? '?'}${cost === undefined ? '' : `  cost ${cost.toFixed(4)}`}`);
  }
}

async function followed(client: BrokerClient, session: WireSession): Promise<WireSession> {
  let phase = '';
  for (let end = performance.now() + mostSeconds * 1000; performance.now() < end; await wait(250)) {
    const seen = await client.session(session.meta.uuid);
    if (seen.phase !== phase) console.log(`  ${seen.phase}`);
    phase = seen.phase;
    if (isFinal(seen.phase)) return seen;
  }
  throw new Error(`the session has not ended after ${mostSeconds} s`);
}

async function walk(place: Place): Promise<void> {
  console.log('Three nodes, two aggregators:');
  const { top, leaves } = await startAll(place);
  console.log('\nOne request to top: 2 cores for a minute, soon.');
  const executable = { kind: kinds.scripted, meta: { name: 'demo' }, script: { run: 'PT3S' } };
  const compute = { kind: kinds.simpleCompute, cores: { min: 2 }, memory: { min: 2 } };
  const set = await top.client.ask({ executable, compute, schedule: { requested: { duration: 'PT1M' } } });
  show(set);
  const first = set.offers[0];
  if (!first) throw new Error(`no offers: ${JSON.stringify(set)}`);
  if (set.offers.length < leaves.length) throw new Error('there are fewer offers than nodes');
  console.log('\nThe first is accepted, through both levels:');
  const last = await followed(top.client, await top.client.accept(first.meta.uuid));
  const holders: string[] = [];
  for (const leaf of leaves) if ((await leaf.client.sessions()).length > 0) holders.push(leaf.name);
  console.log(`\nIt ran at ${holders.join(' and ')}, and at no other node.`);
  if (last.phase !== 'COMPLETED' || holders.length !== 1) throw new Error('it did not run at exactly one node to its end');
}

const place: Place = { folder: await mkdtemp(join(tmpdir(), 'eb-federation-')), running: [] };
try {
  await walk(place);
  console.log('\nDone.');
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const one of [...place.running].reverse()) await one.stop();
  await rm(place.folder, { recursive: true, force: true });
}
